"""Members of a clinic's staff: who stands behind whom now."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from tracker.clinics.models import Clinic
from tracker.db import db, reading
from tracker.people.access import Role
from tracker.people.cover import Candidate, Line, has_expired
from tracker.people.models import Account, StaffLeave
from tracker.protocols.zones import zone


def find_line(account_id: UUID, now: datetime) -> Line:
    """Return who answers for a member of staff now, in order; one statement."""
    row = db.session.execute(_line(account_id, now)).one_or_none()
    if row is None:
        return Line()
    return Line(*(_candidate(row, place, now) for place in ("assigned", "cover", "deputy", "last_resort")))


def find_covered(account_id: UUID, now: datetime) -> frozenset[UUID]:
    """Return for whom this member of staff covers now."""
    statement = select(StaffLeave.account_id).where(
        StaffLeave.cover_id == account_id, *is_on(StaffLeave, now)
    )
    return frozenset(reading().scalars(statement))


def is_on(leave: Any, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a leave holds now: begun, not ended, not cancelled."""
    return leave.cancelled_at.is_(None), leave.starts_at <= now, leave.ends_at > now


def _line(account_id: UUID, now: datetime) -> Any:
    assigned, cover, deputy, last_resort = (aliased(Account) for _ in range(4))
    places = {"assigned": assigned, "cover": cover, "deputy": deputy, "last_resort": last_resort}
    columns = [column for place, who in places.items() for column in _facts(place, who, now)]
    return (
        select(Clinic.time_zone, *columns)
        .select_from(assigned)
        .join(Clinic, Clinic.id == assigned.clinic_id)
        .outerjoin(StaffLeave, (StaffLeave.account_id == assigned.id) & _all(is_on(StaffLeave, now)))
        .outerjoin(cover, cover.id == StaffLeave.cover_id)
        .outerjoin(deputy, deputy.id == Clinic.deputy_id)
        .outerjoin(last_resort, last_resort.id == Clinic.owner_of_last_resort_id)
        .where(assigned.id == account_id)
        .limit(1)
    )


def _facts(place: str, who: Any, now: datetime) -> tuple[Any, ...]:
    leave = aliased(StaffLeave)
    return (
        who.id.label(f"{place}_id"),
        (who.active & (who.role == Role.THERAPIST)).label(f"{place}_active"),
        who.licence_ends_on.label(f"{place}_licence_ends_on"),
        exists().where(leave.account_id == who.id, *is_on(leave, now)).label(f"{place}_away"),
    )


def _candidate(row: Any, place: str, now: datetime) -> Candidate | None:
    staff_id, active, licence_ends_on, away = (
        getattr(row, f"{place}_{fact}") for fact in ("id", "active", "licence_ends_on", "away")
    )
    if staff_id is None:
        return None
    expired = has_expired(licence_ends_on, now, zone(row.time_zone))
    return Candidate(str(staff_id), bool(active), not (away or expired))


def _all(conditions: tuple[ColumnElement[bool], ...]) -> ColumnElement[bool]:
    first, *others = conditions
    for other in others:
        first = first & other
    return first
