"""Check-ins and red-flag reports: stored as they were said, found again for rules and lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, insert, select, tuple_

from tracker import ids
from tracker.checkins.models import CheckIn, RedFlagReport
from tracker.db import db
from tracker.errors import NotFound
from tracker.sessions.models import TreatmentSession


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What the rules need of one check-in that tells soreness."""

    check_in_id: UUID
    recorded_at: datetime
    soreness: int
    stiffness: int | None
    red_flags_answered: bool


# What one check-in looks like from outside: its columns and the end of its session.
_SHOWN = [
    column
    for column in CheckIn.__table__.columns
    if column.key not in {"created_by_id", "idempotency_key", "body_hash", "device_recorded_at", "sent_at"}
]
_VIEW: Select[Any] = select(*_SHOWN, TreatmentSession.ended_at.label("session_ended_at")).outerjoin(
    TreatmentSession, TreatmentSession.id == CheckIn.session_id
)
_ONE = _VIEW.where(CheckIn.id == bindparam("check_in_id"))
_BY_KEY = select(CheckIn.id, CheckIn.body_hash).where(
    CheckIn.created_by_id == bindparam("account_id"), CheckIn.idempotency_key == bindparam("key")
)
_ANSWERS = (
    select(CheckIn.id, CheckIn.recorded_at, CheckIn.soreness, CheckIn.stiffness, CheckIn.red_flags)
    .where(
        CheckIn.session_id == bindparam("session_id"),
        CheckIn.soreness.is_not(None),
        CheckIn.deleted_at.is_(None),
    )
    .order_by(CheckIn.recorded_at, CheckIn.id)
)
_INSERT = insert(CheckIn)


def find_by_key(account_id: UUID, key: str) -> tuple[UUID, bytes] | None:
    """Return id and body hash of the check-in that this account created with this key, or None."""
    row = db.session.connection().execute(_BY_KEY, {"account_id": account_id, "key": key}).one_or_none()
    return (row.id, bytes(row.body_hash)) if row else None


def add(values: Mapping[str, Any]) -> None:
    """Store one check-in."""
    db.session.connection().execute(_INSERT, values)


def list_answers(session_id: UUID) -> list[GivenAnswer]:
    """Return every answer about soreness after one session, oldest first."""
    found = db.session.connection().execute(_ANSWERS, {"session_id": session_id})
    return [
        GivenAnswer(row.id, row.recorded_at, row.soreness, row.stiffness, row.red_flags is not None)
        for row in found
    ]


def get_check_in(check_in_id: UUID) -> dict[str, Any]:
    """Return one check-in as a mapping; raises NotFound."""
    row = db.session.connection().execute(_ONE, {"check_in_id": check_in_id}).one_or_none()
    if row is None or row.deleted_at is not None:
        raise NotFound
    return dict(row._mapping)


def list_check_ins(
    patient_id: UUID,
    limit: int,
    after: tuple[datetime, UUID] | None,
    session_id: UUID | None = None,
    recorded_from: datetime | None = None,
    recorded_to: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return a patient's check-ins as mappings, newest first, one more than the limit."""
    conditions = [CheckIn.patient_id == patient_id, CheckIn.deleted_at.is_(None)]
    if session_id:
        conditions.append(CheckIn.session_id == session_id)
    if recorded_from:
        conditions.append(CheckIn.recorded_at >= recorded_from)
    if recorded_to:
        conditions.append(CheckIn.recorded_at < recorded_to)
    if after:
        conditions.append(tuple_(CheckIn.recorded_at, CheckIn.id) < tuple_(*after))
    order = (CheckIn.recorded_at.desc(), CheckIn.id.desc())
    found = db.session.connection().execute(_VIEW.where(and_(*conditions)).order_by(*order).limit(limit + 1))
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found]


def find_last(patient_id: UUID) -> dict[str, Any] | None:
    """Return the newest check-in of a patient, or None."""
    return next(iter(list_check_ins(patient_id, 0, None)), None)


def total_hydration(patient_id: UUID, local_date: Any) -> int:
    """Return the millilitres logged on one local day."""
    statement = select(func.coalesce(func.sum(CheckIn.hydration_ml), 0)).where(
        CheckIn.patient_id == patient_id, CheckIn.local_date == local_date, CheckIn.deleted_at.is_(None)
    )
    return db.session.execute(statement).scalar_one() or 0


def find_report(account_id: UUID, key: str) -> RedFlagReport | None:
    """Return the red-flag report that this account sent with this key, or None."""
    statement = select(RedFlagReport).where(
        RedFlagReport.created_by_id == account_id, RedFlagReport.idempotency_key == key
    )
    return db.session.scalars(statement).one_or_none()


def add_report(values: Mapping[str, Any]) -> RedFlagReport:
    """Store one red-flag report."""
    report = RedFlagReport(id=ids.new_id(), **values)
    db.session.add(report)
    db.session.flush()
    return report
