"""The list of alerts: whose, in which state, about what; newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_

from tracker.alerts.models import Alert
from tracker.alerts.vocabulary import UNFINISHED
from tracker.clinics import service as clinics
from tracker.db import db
from tracker.people import staff
from tracker.people.access import Actor
from tracker.people.models import Account, Patient
from tracker.protocols.windows import local_date
from tracker.protocols.zones import zone


class OwnerFilter(StrEnum):
    """Whose alerts: the caller's own, those looked after for a colleague, those nobody looks after now."""

    ME = "me"
    COVER = "cover"
    UNOWNED = "unowned"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts; what is None or empty does not narrow."""

    owner: OwnerFilter | None = None
    statuses: Sequence[str] = ()
    severities: Sequence[str] = ()
    rules: Sequence[str] = ()
    patient_id: UUID | None = None


def list_alerts(
    actor: Actor,
    patient_ids: Any,
    limit: int,
    after: tuple[datetime, UUID] | None,
    wanted: Wanted,
    now: datetime,
) -> Sequence[Alert]:
    """Return alerts of these patients, newest first, one more than the limit."""
    conditions = [Alert.clinic_id == actor.clinic_id, Alert.patient_id.in_(patient_ids)]
    words = ((Alert.status, wanted.statuses), (Alert.severity, wanted.severities), (Alert.rule, wanted.rules))
    conditions += [column.in_(chosen) for column, chosen in words if chosen]
    if wanted.owner is not None:
        conditions += _of_owner(wanted.owner, actor, now)
    if wanted.patient_id is not None:
        conditions.append(Alert.patient_id == wanted.patient_id)
    if after:
        conditions.append(tuple_(Alert.raised_at, Alert.id) < tuple_(*after))
    order = (Alert.raised_at.desc(), Alert.id.desc())
    return db.session.scalars(select(Alert).where(*conditions).order_by(*order).limit(limit + 1)).all()


def _of_owner(owner: OwnerFilter, actor: Actor, now: datetime) -> list[ColumnElement[bool]]:
    mine = Alert.owner_id == actor.account_id
    match owner:
        case OwnerFilter.ME:
            return [mine]
        case OwnerFilter.COVER:
            # A value of each alert, where EXISTS lets PostgreSQL read every patient of others first.
            therapist_id = (
                select(Patient.therapist_id).where(Patient.id == Alert.patient_id).scalar_subquery()
            )
            return [
                Alert.status.in_(UNFINISHED),
                or_(Alert.owner_id.in_(actor.stands_in_for), mine & (therapist_id != actor.account_id)),
            ]
        case OwnerFilter.UNOWNED:
            today = local_date(now, zone(clinics.get_clinic(actor.clinic_id).time_zone))
            looks = select(Account.id).where(
                Account.id == Alert.owner_id, staff.is_there(Account, today, now)
            )
            return [Alert.status.in_(UNFINISHED), ~looks.exists()]
