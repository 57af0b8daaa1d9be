"""Members of a clinic's staff: who they are, who stands behind whom now, whose licence has ended."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from tracker.clinics.models import Clinic
from tracker.db import db, reading
from tracker.errors import NotFound
from tracker.local_time.zones import date_in, zone
from tracker.people.accounts import hold_account
from tracker.people.models import Account, StaffLeave
from tracker.people.rules.access import STAFF, Role
from tracker.people.rules.cover import Candidate, CoverLine, has_expired

Moment = datetime | BindParameter[datetime]  # the second in a statement that is built once


def find_line(account_id: UUID, now: datetime) -> CoverLine:
    """Return who answers for a member of staff now, in order; one statement."""
    row = db.session.execute(_LINE, {"account_id": account_id, "now": now}).one_or_none()
    if row is None:
        return CoverLine()
    return CoverLine(
        *(_candidate(row, place, now) for place in ("assigned", "cover", "deputy", "last_resort"))
    )


def find_covered(account_id: UUID, now: datetime) -> frozenset[UUID]:
    """Return for whom this member of staff covers now."""
    statement = select(StaffLeave.account_id).where(
        StaffLeave.cover_id == account_id, *is_on(StaffLeave, now)
    )
    return frozenset(reading().scalars(statement))


def find_uncovered(clinic_id: UUID, time_zone: str, now: datetime) -> frozenset[UUID]:
    """Return the therapists of a clinic who are not there now and whose cover is not either: its deputy answers."""
    today, cover = date_in(time_zone, now), aliased(Account)
    covering = (
        select(StaffLeave.id)
        .join(cover, cover.id == StaffLeave.cover_id)
        .where(StaffLeave.account_id == Account.id, *is_on(StaffLeave, now), is_there(cover, today, now))
    )
    statement = select(Account.id).where(
        Account.clinic_id == clinic_id,
        Account.role == Role.THERAPIST,
        ~is_there(Account, today, now),
        ~covering.exists(),
    )
    return frozenset(reading().scalars(statement))


def list_members(clinic_id: UUID) -> Sequence[Account]:
    """Return everybody on a clinic's staff, those who left too, in the order of their names."""
    statement = select(Account).where(Account.clinic_id == clinic_id, Account.role.in_(STAFF))
    return db.session.scalars(statement.order_by(Account.display_name, Account.id)).all()


def hold_member(clinic_id: UUID, account_id: UUID) -> Account:
    """Take the lock of a member of this clinic's staff, and return them as they are now; raises NotFound."""
    account = hold_account(account_id)
    if account.clinic_id != clinic_id or account.role not in STAFF:
        raise NotFound
    return account


def find_therapist(clinic_id: UUID, account_id: UUID) -> Account | None:
    """Return an active therapist of this clinic as they are now, or None."""
    account = db.session.get(Account, account_id, populate_existing=True)
    is_one = account is not None and account.active and account.role == Role.THERAPIST
    return account if is_one and account is not None and account.clinic_id == clinic_id else None


def list_expired(clinic_id: UUID, now: datetime) -> Sequence[Account]:
    """Return the active members of staff whose licence has ended in the clinic's zone."""
    rows = db.session.execute(
        select(Account, Clinic.time_zone)
        .join(Clinic, Clinic.id == Account.clinic_id)
        .where(Account.clinic_id == clinic_id, Account.active, Account.licence_ends_on.is_not(None))
        .order_by(Account.licence_ends_on, Account.id)
    ).all()
    return [row.Account for row in rows if has_expired(row.Account.licence_ends_on, now, zone(row.time_zone))]


def find_licences(account_ids: Collection[UUID]) -> dict[UUID, tuple[date | None, ZoneInfo]]:
    """Return the last day of each one's licence and the zone in which it is meant."""
    rows = db.session.execute(
        select(Account.id, Account.licence_ends_on, Clinic.time_zone)
        .join(Clinic, Clinic.id == Account.clinic_id)
        .where(Account.id.in_(account_ids))
    )
    return {row.id: (row.licence_ends_on, zone(row.time_zone)) for row in rows}


def is_on(leave: type[StaffLeave], now: Moment) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a leave holds now: begun, not ended, not cancelled."""
    return leave.cancelled_at.is_(None), leave.starts_at <= now, leave.ends_at > now


def holds(leave: StaffLeave, now: datetime) -> bool:
    """Say whether a leave may still begin or has not ended yet."""
    return leave.cancelled_at is None and leave.ends_at > now


def is_there(who: type[Account], today: date, now: datetime) -> ColumnElement[bool]:
    """Return the condition under which somebody works now, on this date in the clinic's zone."""
    licensed = who.licence_ends_on.is_(None) | (who.licence_ends_on >= today)
    return and_(who.active, licensed, ~_is_away(who, now))


def _is_away(who: type[Account], now: Moment) -> ColumnElement[bool]:
    leave = aliased(StaffLeave)
    return exists().where(leave.account_id == who.id, *is_on(leave, now))


def _candidate(row: Row[Any], place: str, now: datetime) -> Candidate | None:
    staff_id, active, licence_ends_on, away = (
        getattr(row, f"{place}_{fact}") for fact in ("id", "active", "licence_ends_on", "away")
    )
    if staff_id is None:
        return None
    expired = has_expired(licence_ends_on, now, zone(row.time_zone))
    return Candidate(str(staff_id), bool(active), not (away or expired))


def _line() -> Select[Any]:
    now: BindParameter[datetime] = bindparam("now")
    assigned, cover, deputy, last_resort = (aliased(Account) for _ in range(4))
    places = {"assigned": assigned, "cover": cover, "deputy": deputy, "last_resort": last_resort}
    columns = [column for place, who in places.items() for column in _facts(place, who, now)]
    return (
        select(Clinic.time_zone, *columns)
        .select_from(assigned)
        .join(Clinic, Clinic.id == assigned.clinic_id)
        .outerjoin(StaffLeave, (StaffLeave.account_id == assigned.id) & and_(*is_on(StaffLeave, now)))
        .outerjoin(cover, cover.id == StaffLeave.cover_id)
        .outerjoin(deputy, deputy.id == Clinic.deputy_id)
        .outerjoin(last_resort, last_resort.id == Clinic.owner_of_last_resort_id)
        .where(assigned.id == bindparam("account_id"))
        .limit(1)
    )


def _facts(place: str, who: type[Account], now: Moment) -> tuple[ColumnElement[Any], ...]:
    return (
        who.id.label(f"{place}_id"),
        (who.active & (who.role == Role.THERAPIST)).label(f"{place}_active"),
        who.licence_ends_on.label(f"{place}_licence_ends_on"),
        _is_away(who, now).label(f"{place}_away"),
    )


_LINE = _line()
