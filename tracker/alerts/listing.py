"""The list of alerts: whose, in which state, about what; newest first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, tuple_

from tracker.alerts import notices
from tracker.alerts.models import Alert
from tracker.alerts.vocabulary import UNFINISHED
from tracker.clinics import service as clinics
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import OPEN_STATES, Anchor, Purpose, State
from tracker.local_time.zones import date_in
from tracker.people import staff
from tracker.people.models import Account, Patient
from tracker.people.rules.access import Actor


class OwnerFilter(StrEnum):
    """Whose alerts: the caller's own, those looked after for a colleague, those nobody looks after now."""

    ME = "me"
    COVER = "cover"
    UNOWNED = "unowned"


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts; what is None or empty does not narrow."""

    owner: OwnerFilter | None = None
    statuses: Sequence[str] = ()
    severities: Sequence[str] = ()
    rules: Sequence[str] = ()
    patient_id: UUID | None = None


def list_alerts(
    actor: Actor,
    patient_ids: Select[UUID] | Sequence[UUID],
    limit: int,
    after: tuple[datetime, UUID] | None,
    wanted: AlertFilter,
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
            today = date_in(clinics.get_clinic(actor.clinic_id).time_zone, now)
            looks = select(Account.id).where(
                Account.id == Alert.owner_id, staff.is_there(Account, today, now)
            )
            return [Alert.status.in_(UNFINISHED), ~looks.exists()]


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the messages of an alert say of it: when the next person is told, and whether the last was not."""

    next_escalation_at: datetime | None = None
    undelivered: bool = False


def find_next_steps(alerts: Iterable[Alert]) -> Mapping[UUID, NextStep]:
    """Return for each alert when the next person is told and whether its latest message reached nobody."""
    rounds = {alert.id: alert.round for alert in alerts if alert.status in UNFINISHED}
    found: dict[UUID, NextStep] = {}
    statement = (
        select(Dispatch.anchor_id, Dispatch.occurrence, Dispatch.step_key, Dispatch.state, Dispatch.due_at)
        .where(
            Dispatch.anchor_kind == Anchor.ALERT,
            Dispatch.anchor_id.in_(rounds),
            Dispatch.purpose == Purpose.ALERT,
            Dispatch.step_key != notices.WAKE,
        )
        .order_by(Dispatch.due_at, Dispatch.id)
    )
    for row in db.session.execute(statement):
        if row.occurrence != rounds[row.anchor_id]:
            continue
        known = found.get(row.anchor_id, NextStep())
        if row.state in OPEN_STATES:
            ahead = row.due_at if row.step_key not in {notices.NOTIFY, notices.ASSIGNED} else None
            found[row.anchor_id] = NextStep(known.next_escalation_at or ahead, known.undelivered)
        elif row.state in {*notices.UNSENT, State.ACCEPTED}:
            found[row.anchor_id] = NextStep(known.next_escalation_at, row.state in notices.UNSENT)
    return found
