"""What those who run the service see of it: numbers for monitors, dead messages, and another try for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal_column, select, update

from tracker.db import db
from tracker.delivery.models import (
    READY_AT,
    DeliveryAttempt,
    Dispatch,
    DispatchMove,
    SendingPause,
    WorkerHeartbeat,
)
from tracker.delivery.pauses import list_standing
from tracker.delivery.vocabulary import Purpose, State, WaitsFor
from tracker.errors import Conflict, NotFound
from tracker.people import patients

NO_CHANNEL = "none"  # of a message that nobody could even try to hand over

_OPEN = Dispatch.ended_at.is_(None)
# The word stands in the statement: a database that sees it can take the index of the dead alone.
_DEAD_BY_CHANNEL = (
    select(func.coalesce(DeliveryAttempt.channel, NO_CHANNEL).label("channel"), func.count().label("rows"))
    .select_from(Dispatch)
    .outerjoin(
        DeliveryAttempt,
        (DeliveryAttempt.dispatch_id == Dispatch.id) & (DeliveryAttempt.number == Dispatch.attempt_count),
    )
    .where(Dispatch.state == literal_column(f"'{State.DEAD}'"))
    .group_by("channel")
)


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """The engine at one moment."""

    due: dict[str, int]
    # Open messages that no worker inside takes, by what they wait for.
    waiting: dict[str, int]
    oldest_overdue_seconds: float
    workers: Sequence[WorkerHeartbeat]
    pauses: Sequence[SendingPause]
    dead: dict[str, int]


def read_figures(now: datetime) -> EngineFigures:
    """Return what is due by purpose, since when, every worker's own counts, and the dead by their last channel."""
    waiting = (
        select(Dispatch.purpose, func.count(), func.min(READY_AT))
        .where(
            Dispatch.purpose.in_(list(Purpose)),
            _OPEN,
            Dispatch.waits_for.is_(None),
            Dispatch.next_attempt_at <= now,
        )
        .group_by(Dispatch.purpose)
    )
    found = {purpose: (rows, oldest) for purpose, rows, oldest in db.session.execute(waiting)}
    late = [(now - oldest).total_seconds() for _rows, oldest in found.values()]
    return EngineFigures(
        due={purpose: found.get(purpose, (0, now))[0] for purpose in Purpose},
        waiting=_count_waiting(),
        oldest_overdue_seconds=max([0.0, *late]),
        workers=db.session.scalars(select(WorkerHeartbeat).order_by(WorkerHeartbeat.started_at)).all(),
        pauses=list_standing(),
        dead=count_dead(),
    )


def count_dead() -> dict[str, int]:
    """Return how many messages could not be handed over, by the last channel that was tried, or "none"."""
    return {row.channel: row.rows for row in db.session.execute(_DEAD_BY_CHANNEL)}


def _count_waiting() -> dict[str, int]:
    statement = (
        select(Dispatch.waits_for.label("waits_for"), func.count().label("rows"))
        .where(_OPEN, Dispatch.waits_for.is_not(None))
        .group_by(Dispatch.waits_for)
    )
    found = {row.waits_for: row.rows for row in db.session.execute(statement)}
    return {each: found.get(each, 0) for each in WaitsFor}


def count_by_state(since: datetime) -> dict[str, int]:
    """Return how many messages that were due since an instant stand in which state."""
    statement = (
        select(Dispatch.state, func.count().label("rows"))
        .where(Dispatch.due_at >= since)
        .group_by(Dispatch.state)
    )
    return {row.state: row.rows for row in db.session.execute(statement)}


def list_dead(most: int) -> Sequence[Dispatch]:
    """Return the messages that could not be handed over, the newest first."""
    statement = select(Dispatch).where(Dispatch.state == State.DEAD).order_by(Dispatch.ended_at.desc())
    return db.session.scalars(statement.limit(most)).all()


def list_tries(dispatch_ids: Sequence[UUID]) -> dict[UUID, list[DeliveryAttempt]]:
    """Return the hand-overs of these messages, first to last."""
    tries: dict[UUID, list[DeliveryAttempt]] = {dispatch_id: [] for dispatch_id in dispatch_ids}
    statement = select(DeliveryAttempt).where(DeliveryAttempt.dispatch_id.in_(dispatch_ids))
    for attempt in db.session.scalars(statement.order_by(DeliveryAttempt.number)):
        tries[attempt.dispatch_id].append(attempt)
    return tries


def list_moves(dispatch_id: UUID) -> Sequence[DispatchMove]:
    """Return how the moment of a message changed, first to last."""
    statement = select(DispatchMove).where(DispatchMove.dispatch_id == dispatch_id)
    return db.session.scalars(statement.order_by(DispatchMove.at, DispatchMove.id)).all()


def retry(dispatch_id: UUID, now: datetime) -> UUID:
    """Let a dead message be tried again from the start; returns its patient. Raises NotFound, Conflict."""
    patient_id = db.session.scalar(select(Dispatch.patient_id).where(Dispatch.id == dispatch_id))
    if patient_id is None:
        raise NotFound("There is no message with this id.")
    position = patients.lock_patient(patient_id).sync_seq
    again = {
        "state": State.SCHEDULED,
        "reason": None,
        "ended_at": None,
        "claims": 0,
        "next_attempt_at": now,
        "postponed_until": now,
        "retried_at": now,
        "sync_seq": position,
    }
    dead = (Dispatch.id == dispatch_id, Dispatch.state == State.DEAD, Dispatch.not_after > now)
    moved = update(Dispatch).where(*dead).values(again).returning(Dispatch.id)
    if not db.session.scalars(moved.execution_options(synchronize_session=False)).all():
        raise Conflict("Only a dead message whose time has not passed can be tried again.")
    return patient_id
