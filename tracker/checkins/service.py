"""Check-ins and red-flag reports: stored as they were said, found again for rules and lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypedDict, cast
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, insert, or_, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from tracker import ids
from tracker.checkins.models import CheckIn, ContactRequest, RedFlagReport
from tracker.checkins.vocabulary import Source
from tracker.db import db, reading
from tracker.errors import NotFound
from tracker.sessions.models import PlanTask, TreatmentSession


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What the rules need of one check-in."""

    check_in_id: UUID
    recorded_at: datetime
    soreness: int | None
    stiffness: int | None
    alcohol: str | None
    red_flags_answered: bool

    @property
    def answers_checks(self) -> bool:
        """Say whether it answers the checks that were open at its moment."""
        return self.soreness is not None and self.red_flags_answered


class ShownCheckIn(TypedDict):
    """A check-in as it is shown; beside these members stand all its other columns but those of the inside."""

    id: UUID
    patient_id: UUID
    recorded_at: datetime
    advice: dict[str, Any]
    session_ended_at: datetime | None


# What one check-in looks like from outside: its columns and the end of its session.
_INSIDE = {
    "created_by_id", "idempotency_key", "body_hash", "device_recorded_at", "sent_at", "sync_seq", "deleted_at",
}  # fmt: skip
_SHOWN = [column for column in CheckIn.__table__.columns if column.key not in _INSIDE]
_VIEW: Select[Any] = select(*_SHOWN, TreatmentSession.ended_at.label("session_ended_at")).outerjoin(
    TreatmentSession, TreatmentSession.id == CheckIn.session_id
)
_VIEW = _VIEW.where(CheckIn.deleted_at.is_(None))
_ONE = _VIEW.where(CheckIn.id == bindparam("check_in_id"))
_ANSWERS = (
    select(
        CheckIn.id,
        CheckIn.recorded_at,
        CheckIn.soreness,
        CheckIn.stiffness,
        CheckIn.alcohol,
        CheckIn.red_flags.is_not(None).label("red_flags_answered"),
    )
    .where(CheckIn.session_id == bindparam("session_id"), CheckIn.deleted_at.is_(None))
    .order_by(CheckIn.recorded_at, CheckIn.id)
)
_INSERT = insert(CheckIn)
# The row of an earlier version is on no phone, and never gets there.
_NOT_SHOWN = -1


def add(values: Mapping[str, object], session_ended_at: datetime | None) -> ShownCheckIn:
    """Store one check-in; return it as ``get_check_in`` would."""
    db.session.connection().execute(_INSERT, values)
    shown = {column.key: values[column.key] for column in _SHOWN}
    return _shown(shown | {"session_ended_at": session_ended_at})


def list_answers(session_id: UUID) -> list[GivenAnswer]:
    """Return what was said after one session, oldest first."""
    found = db.session.connection().execute(_ANSWERS, {"session_id": session_id})
    return [GivenAnswer(*row) for row in found.all()]


def get_check_in(check_in_id: UUID) -> ShownCheckIn:
    """Return one check-in; raises NotFound."""
    row = reading().execute(_ONE, {"check_in_id": check_in_id}).one_or_none()
    if row is None:
        raise NotFound
    return _shown(dict(row._mapping))


def find_row(check_in_id: UUID) -> CheckIn:
    """Return the row of a check-in, a deleted one too, read anew; raises NotFound."""
    row = db.session.get(CheckIn, check_in_id, populate_existing=True)
    if row is None or row.sync_seq == _NOT_SHOWN:
        raise NotFound
    return row


def amend(row: CheckIn, changes: Mapping[str, object], sync_seq: int, now: datetime) -> None:
    """Change what a check-in says; what it said before is kept as a row of its own, which nothing shows."""
    before = {column.key: getattr(row, column.key) for column in CheckIn.__table__.columns}
    kept = {"id": ids.new_id(), "idempotency_key": f"{row.id} version {row.version}"}
    db.session.connection().execute(_INSERT, before | kept | {"deleted_at": now, "sync_seq": _NOT_SHOWN})
    for name, value in changes.items():
        setattr(row, name, value)
    row.amended = True
    row.version += 1
    row.sync_seq = sync_seq
    db.session.flush()


def delete(row: CheckIn, sync_seq: int, now: datetime) -> None:
    """Leave a tombstone of a check-in: it is shown to nobody any more, and phones hear of it."""
    row.deleted_at = now
    row.version += 1
    row.sync_seq = sync_seq
    db.session.flush()


def list_loose(patient_id: UUID, since: datetime, session_id: UUID | None) -> Sequence[CheckIn]:
    """Return what a patient said since then that hangs on no session, or on this one by default, oldest first.

    What answered a check of it, or came through the link of its reminder, was said about it.
    """
    answered = exists().where(PlanTask.check_in_id == CheckIn.id, PlanTask.session_id == CheckIn.session_id)
    by_default = (CheckIn.session_id == session_id) & (CheckIn.source != Source.REMINDER_LINK) & ~answered
    return _list_rows(
        CheckIn.patient_id == patient_id,
        CheckIn.recorded_at >= since,
        or_(CheckIn.session_id.is_(None), by_default),
    )


def list_rows_of(session_id: UUID) -> Sequence[CheckIn]:
    """Return the check-ins of a session as rows, oldest first."""
    return _list_rows(CheckIn.session_id == session_id)


def credit(row: CheckIn, session_id: UUID | None, sync_seq: int) -> None:
    """Let a check-in belong to another session, or to none; what it was compared with is gone."""
    row.session_id, row.course_position, row.sync_seq = session_id, None, sync_seq
    db.session.flush()


def note_completed(check_in_id: UUID, task_ids: Sequence[UUID], sync_seq: int) -> None:
    """Write down which tasks a check-in turned out to answer."""
    row = find_row(check_in_id)
    row.completed_plan_task_ids = [*row.completed_plan_task_ids, *map(str, task_ids)]
    row.sync_seq = sync_seq
    db.session.flush()


def list_earlier_versions(row: CheckIn) -> Sequence[CheckIn]:
    """Return what an amended check-in said before, oldest version first."""
    keys = [f"{row.id} version {version}" for version in range(1, row.version)]
    statement = select(CheckIn).where(
        CheckIn.created_by_id == row.created_by_id, CheckIn.idempotency_key.in_(keys)
    )
    return db.session.scalars(statement.order_by(CheckIn.version)).all()


def list_by_ids(check_in_ids: Sequence[UUID]) -> list[ShownCheckIn]:
    """Return these check-ins, in no order."""
    if not check_in_ids:
        return []
    found = db.session.execute(_VIEW.where(CheckIn.id.in_(check_in_ids)))
    return [_shown(dict(row._mapping)) for row in found]


def show_again(session_id: UUID, sync_seq: int) -> None:
    """Let phones read the check-ins of a session again: its end moved, and with it their hours since then."""
    standing = (CheckIn.session_id == session_id) & CheckIn.deleted_at.is_(None)
    db.session.execute(update(CheckIn).where(standing).values(sync_seq=sync_seq))


def list_check_ins(
    patient_id: UUID,
    limit: int,
    after: tuple[datetime, UUID] | None,
    session_id: UUID | None = None,
    recorded_from: datetime | None = None,
    recorded_to: datetime | None = None,
) -> list[ShownCheckIn]:
    """Return a patient's check-ins, newest first, one more than the limit."""
    filters = {"session_id": session_id, "recorded_from": recorded_from, "recorded_to": recorded_to}
    if after:
        filters |= {"after_at": after[0], "after_id": after[1]}
    given = {name: value for name, value in filters.items() if value is not None}
    found = reading().execute(
        _list_by(frozenset(given)), {"patient_id": patient_id, "most": limit + 1, **given}
    )
    names = tuple(found.keys())
    return [_shown(dict(zip(names, row, strict=True))) for row in found.all()]


def _shown(columns: dict[str, object]) -> ShownCheckIn:
    return cast("ShownCheckIn", columns)  # every statement of a view selects the same columns


@cache
def _list_by(given: frozenset[str]) -> Select[Any]:
    """Return the list's statement with these filters; it is built once, which takes longer than running it."""
    instant = CheckIn.recorded_at.type
    conditions = {
        "session_id": CheckIn.session_id == bindparam("session_id"),
        "recorded_from": CheckIn.recorded_at >= bindparam("recorded_from", type_=instant),
        "recorded_to": CheckIn.recorded_at < bindparam("recorded_to", type_=instant),
        "after_at": tuple_(CheckIn.recorded_at, CheckIn.id)
        < tuple_(bindparam("after_at", type_=instant), bindparam("after_id", type_=CheckIn.id.type)),
    }
    wanted = [condition for name, condition in conditions.items() if name in given]
    listed = _VIEW.where(CheckIn.patient_id == bindparam("patient_id"), *wanted)
    return listed.order_by(CheckIn.recorded_at.desc(), CheckIn.id.desc()).limit(bindparam("most"))


def _list_rows(*which: ColumnElement[bool]) -> Sequence[CheckIn]:
    statement = select(CheckIn).where(*which, CheckIn.deleted_at.is_(None))
    return db.session.scalars(
        statement.order_by(CheckIn.recorded_at, CheckIn.id).execution_options(populate_existing=True)
    ).all()


def find_last(patient_id: UUID) -> ShownCheckIn | None:
    """Return the newest check-in of a patient, or None."""
    return next(iter(list_check_ins(patient_id, 0, None)), None)


def list_contact_requests(patient_id: UUID, since: datetime | None) -> Sequence[ContactRequest]:
    """Return what a patient asked of the clinic since an instant, oldest first."""
    statement = select(ContactRequest).where(ContactRequest.patient_id == patient_id)
    if since:
        statement = statement.where(ContactRequest.requested_at >= since)
    return db.session.scalars(statement.order_by(ContactRequest.requested_at, ContactRequest.id)).all()


def find_report(account_id: UUID, key: str) -> RedFlagReport | None:
    """Return the red-flag report that this account sent with this key, or None."""
    statement = select(RedFlagReport).where(
        RedFlagReport.created_by_id == account_id, RedFlagReport.idempotency_key == key
    )
    return db.session.scalars(statement).one_or_none()


def add_contact_request(values: Mapping[str, object]) -> ContactRequest:
    """Store one request to be contacted."""
    request = ContactRequest(id=ids.new_id(), **values)
    db.session.add(request)
    db.session.flush()
    return request


def add_report(values: Mapping[str, object]) -> RedFlagReport:
    """Store one red-flag report."""
    report = RedFlagReport(id=ids.new_id(), **values)
    db.session.add(report)
    db.session.flush()
    return report
