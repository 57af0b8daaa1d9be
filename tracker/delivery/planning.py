"""Messages planned, moved, withdrawn and expired: all that happens to one before a worker has it."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from tracker import ids
from tracker.db import db
from tracker.delivery import statements
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.new_message import NewMessage, Placed
from tracker.delivery.vocabulary import Reason, State
from tracker.people.patients import PatientFacts

_ASIDE_FROM_ITS_PLACE = [
    field.name for field in fields(NewMessage) if field.name not in {"placed", "planned_because"}
]


class SendWindow(TypedDict, total=False):
    """What else moves with a message that follows the calendar into another zone."""

    nominal_at: datetime
    not_before: datetime
    not_after: datetime


def plan(messages: Sequence[NewMessage], now: datetime) -> None:
    """Write messages to be sent; raises IntegrityError when a step of an anchor is planned twice."""
    if messages:
        db.session.execute(insert(Dispatch), [_row(message, now) for message in messages])


def move(
    row: Dispatch,
    to: Placed,
    patient: PatientFacts,
    now: datetime,
    may_move: ColumnElement[bool],
    **window: Unpack[SendWindow],
) -> None:
    """Let a message that has not left leave at another moment, or not at all, and remember that."""
    note_move(row, to.leaves_at, to.because, now, time_zone=patient.time_zone)
    values = {
        **_columns(to),
        **window,
        "reason": to.because,
        "time_zone": patient.time_zone,
        "sync_seq": patient.sync_seq,
        "claim_token": None,
        "claimed_by": None,
    }
    db.session.execute(update(Dispatch).where(Dispatch.id == row.id, may_move).values(values))


def cancel_open(
    anchor_kind: str,
    anchor_id: UUID,
    reason: Reason,
    now: datetime,
    sync_seq: int,
    *,
    step_keys: Collection[str] | None = None,
) -> int:
    """Cancel what is still open of an anchor, or these steps of it; returns how many are in flight."""
    which = [Dispatch.anchor_kind == anchor_kind, Dispatch.anchor_id == anchor_id]
    if step_keys is not None:
        which.append(Dispatch.step_key.in_(step_keys))
    return _withdraw(State.CANCELLED, which, reason, now, sync_seq)


def suppress_open(plan_task_ids: Collection[UUID], reason: Reason, now: datetime, sync_seq: int) -> int:
    """Suppress what is still open of these tasks; returns how many are in flight."""
    return _withdraw(State.SUPPRESSED, [Dispatch.plan_task_id.in_(plan_task_ids)], reason, now, sync_seq)


def suppress_anchored(
    anchor_kind: str, anchor_ids: Collection[UUID], reason: Reason, now: datetime, sync_seq: int
) -> int:
    """Suppress what is still open of these anchors; returns how many are in flight."""
    if not anchor_ids:
        return 0
    which = [Dispatch.anchor_kind == anchor_kind, Dispatch.anchor_id.in_(anchor_ids)]
    return _withdraw(State.SUPPRESSED, which, reason, now, sync_seq)


def expire_late(now: datetime, most: int) -> int:
    """End what is past its not-after, of so many patient_ids at once; returns how many rows."""
    patient_ids = statements.lock_patients_of_late(now, most)
    expired = statements.expire_staff_messages(now)
    if patient_ids:
        expired += statements.expire_reminders(patient_ids, now)
    if expired:
        statements.close_open_attempts(expired, now)
    return len(expired)


def note_move(
    row: Dispatch, to_at: datetime | None, reason: Reason, now: datetime, *, time_zone: str | None = None
) -> None:
    """Remember that a message leaves at another moment than was told before, or not at all, and why."""
    statements.add_move(
        {
            "id": ids.new_id(),
            "dispatch_id": row.id,
            "at": now,
            "from_at": row.due_at,
            "to_at": to_at,
            "reason": reason,
            "time_zone": time_zone or row.time_zone,
        }
    )


def _row(message: NewMessage, now: datetime) -> dict[str, object]:
    placed = message.placed
    row = {name: getattr(message, name) for name in _ASIDE_FROM_ITS_PLACE}
    return row | {
        **_columns(placed),
        "id": ids.new_id(),
        "planned_because": message.planned_because or placed.because,
        "reason": placed.because if placed.held_since else None,
        "created_at": now,
    }


def _columns(placed: Placed) -> dict[str, State | datetime | None]:
    return {
        "state": placed.state,
        "due_at": placed.due_at,
        "next_attempt_at": placed.due_at,
        "ended_at": placed.held_since,
    }


def _withdraw(
    state: State, which: Sequence[ColumnElement[bool]], reason: Reason, now: datetime, sync_seq: int
) -> int:
    ended = {"state": state, "reason": reason, "ended_at": now, "sync_seq": sync_seq}
    db.session.execute(
        update(Dispatch)
        .where(*which, Dispatch.state.in_([State.SCHEDULED, State.CLAIMED]))
        .values(**ended, claim_token=None, claimed_by=None)
        .execution_options(synchronize_session=False)
    )
    in_flight = select(Dispatch.id).where(*which, Dispatch.state == State.SENDING)
    return len(db.session.execute(in_flight).all())
