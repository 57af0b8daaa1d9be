"""Leave of staff: entered with a cover who is there, listed, cancelled, and closed once it is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_

from tracker import idempotency, ids
from tracker.db import db
from tracker.errors import Conflict, Fault, Invalid, NotFound
from tracker.local_time.zones import zone
from tracker.people import staff
from tracker.people.models import Account, StaffLeave
from tracker.people.rules.bodies import LeaveTimes
from tracker.people.rules.cover import has_expired

LONGEST = timedelta(days=366)
FURTHEST_AHEAD = timedelta(days=730)


def enter(
    clinic_id: UUID, entered_by: UUID, key: str, values: LeaveTimes, time_zone: str, now: datetime
) -> tuple[StaffLeave, bool]:
    """Enter a leave under the clinic's lock; return it and whether this key had entered it before.

    Raises Invalid for times or people that cannot be, Conflict when one of the two is away or covering then.
    """
    body_hash = idempotency.hash_body(values)
    known = idempotency.find_created(StaffLeave, entered_by, key, body_hash)
    if known is not None:
        return known, True
    _check_times(values["starts_at"], values["ends_at"], now)
    cover = _check_people(clinic_id, values)
    if has_expired(cover.licence_ends_on, values["ends_at"], zone(time_zone)):
        raise Invalid(
            Fault("#/cover_id", "unknown_value", "The licence of this cover ends before the leave does.")
        )
    _refuse_overlaps(clinic_id, values)
    leave = StaffLeave(
        id=ids.new_id(), clinic_id=clinic_id, created_at=now, created_by_id=entered_by,
        idempotency_key=key, body_hash=body_hash, **values,
    )  # fmt: skip
    db.session.add(leave)
    db.session.flush()
    return leave, False


def hold_leave(clinic_id: UUID, leave_id: UUID) -> StaffLeave:
    """Take the lock of a leave of this clinic and return it as it is now; raises NotFound."""
    statement = select(StaffLeave).where(StaffLeave.id == leave_id, StaffLeave.clinic_id == clinic_id)
    held = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    leave = db.session.scalars(held).one_or_none()
    if leave is None:
        raise NotFound
    return leave


def cancel(leave: StaffLeave, now: datetime) -> bool:
    """End a leave at once, or let it never begin; False when it was cancelled before. Raises Conflict when over."""
    if leave.cancelled_at is not None:
        return False
    if leave.ends_at <= now:
        raise Conflict("This leave is over; there is nothing to cancel.")
    leave.cancelled_at = now
    db.session.flush()
    return True


def list_leaves(
    clinic_id: UUID, limit: int, after: tuple[datetime, UUID] | None, ends_from: datetime
) -> Sequence[StaffLeave]:
    """Return what ends at or after an instant and was not cancelled, the first to end first, one more than asked."""
    row = StaffLeave
    statement = select(row).where(
        row.clinic_id == clinic_id, row.cancelled_at.is_(None), row.ends_at >= ends_from
    )
    if after:
        statement = statement.where(tuple_(row.ends_at, row.id) > tuple_(*after))
    return db.session.scalars(statement.order_by(row.ends_at, row.id).limit(limit + 1)).all()


def list_current(clinic_id: UUID, now: datetime) -> Sequence[StaffLeave]:
    """Return who is away now."""
    statement = select(StaffLeave).where(StaffLeave.clinic_id == clinic_id, *staff.is_on(StaffLeave, now))
    return db.session.scalars(statement).all()


def list_over(now: datetime, most: int) -> Sequence[tuple[UUID, UUID]]:
    """Return clinic and id of leaves that began, are over, and whose alerts have not gone back yet."""
    row = StaffLeave
    began = or_(row.cancelled_at.is_(None), row.cancelled_at > row.starts_at)
    is_over = or_(row.ends_at <= now, row.cancelled_at.is_not(None))
    statement = select(row.clinic_id, row.id).where(row.handed_back_at.is_(None), began, is_over)
    found = db.session.execute(statement.order_by(row.ends_at, row.id).limit(most))
    return [(each.clinic_id, each.id) for each in found]


def pass_on(leaver_id: UUID, heir_id: UUID, now: datetime) -> None:
    """Let somebody else cover what one would have covered, where they can, and cancel the leaver's own leave."""
    for leave in _ahead(or_(StaffLeave.account_id == leaver_id, StaffLeave.cover_id == leaver_id), now):
        if leave.account_id == leaver_id:
            leave.cancelled_at = now
        elif leave.account_id != heir_id and not _ahead(
            StaffLeave.account_id == heir_id, leave.starts_at, leave.ends_at
        ):
            leave.cover_id = heir_id  # else nobody covers, and the deputy answers
    db.session.flush()


def _ahead(
    which: ColumnElement[bool], starts_at: datetime, ends_at: datetime | None = None
) -> Sequence[StaffLeave]:
    """Return the leaves of this kind that hold at any moment from one instant on, or up to another."""
    conditions = [which, StaffLeave.cancelled_at.is_(None), StaffLeave.ends_at > starts_at]
    if ends_at is not None:
        conditions.append(StaffLeave.starts_at < ends_at)
    return db.session.scalars(select(StaffLeave).where(*conditions).order_by(StaffLeave.id)).all()


def _check_times(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise Invalid(Fault("#/ends_at", "out_of_range", "A leave has to end after it starts."))
    if ends_at <= now:
        raise Invalid(Fault("#/ends_at", "out_of_range", "This leave would be over already."))
    if ends_at - starts_at > LONGEST:
        raise Invalid(Fault("#/ends_at", "out_of_range", "A leave lasts a year at most; hand over instead."))
    if starts_at > now + FURTHEST_AHEAD:
        raise Invalid(Fault("#/starts_at", "out_of_range", "A leave starts within two years."))


def _check_people(clinic_id: UUID, values: LeaveTimes) -> Account:
    away = staff.find_therapist(clinic_id, values["account_id"])
    cover = staff.find_therapist(clinic_id, values["cover_id"])
    if away is None:
        raise Invalid(Fault("#/member_id", "unknown_value", "Must be an active therapist of this clinic."))
    if cover is None or cover.id == away.id:
        sentence = "Must be another active therapist of this clinic."
        raise Invalid(Fault("#/cover_id", "unknown_value", sentence))
    return cover


def _refuse_overlaps(clinic_id: UUID, values: LeaveTimes) -> None:
    away, cover = values["account_id"], values["cover_id"]
    concerned = StaffLeave.account_id.in_([away, cover]) | (StaffLeave.cover_id == away)
    here = concerned & (StaffLeave.clinic_id == clinic_id)
    for other in _ahead(here, values["starts_at"], values["ends_at"]):
        when = f"from {other.starts_at:%Y-%m-%d %H:%M} to {other.ends_at:%Y-%m-%d %H:%M} UTC"
        if other.account_id == away:
            raise Conflict(f"There is a leave already, {when}; cancel it first.", code="leave_overlaps")
        if other.account_id == cover:
            raise Conflict(f"This cover is away {when}; choose somebody else.", code="leave_overlaps")
        raise Conflict(
            f"Who wants leave covers for somebody else {when}; let another cover there first.",
            code="leave_overlaps",
        )
