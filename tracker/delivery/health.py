"""What a monitor asks: does the database answer with our schema, does a worker tick, is a message late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import bindparam, delete, exc, func, insert, inspect, select, text, union_all, update

from tracker.db import db
from tracker.delivery.models import READY_AT, Dispatch, WorkerHeartbeat
from tracker.delivery.vocabulary import Purpose, TallyCounts
from tracker.errors import NotReady

# Away, locked, out of connections, out of time, disk full: each passes, and trying again is right.
DATABASE_AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
# A worker ticks at least once a minute (TICK_SECONDS); three missed rounds are no hiccup.
TICK_OVERDUE = timedelta(minutes=3)
# "Reminders delayed" is worth saying from five minutes on; ordinary retries are shorter.
LATE = timedelta(minutes=5)

# Of so many that wait longest the oldest is told, so that a backlog is not read whole.
WAITING_LONGEST = 100

# A row between two tries waits for its provider, and one that was put off for its hour, not for a worker.
_WAITING = [
    select(READY_AT.label("ready_at"))
    .where(
        Dispatch.purpose == purpose,
        Dispatch.ended_at.is_(None),
        Dispatch.waits_for.is_(None),
        Dispatch.next_attempt_at <= bindparam("now"),
    )
    .order_by(Dispatch.next_attempt_at)
    .limit(WAITING_LONGEST)
    .subquery()
    for purpose in Purpose
]
_OLDEST_DUE = select(func.min(union_all(*(select(waiting) for waiting in _WAITING)).subquery().c.ready_at))
_LAST_TICK = select(func.max(WorkerHeartbeat.last_tick_at))


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """Whether messages leave in time, at one moment."""

    last_tick_at: datetime | None
    oldest_due_at: datetime | None
    late_by_minutes: int
    is_degraded: bool


def worker_health(now: datetime) -> WorkerHealth:
    """Return the last tick of any worker and the oldest message that is due, as of this instant."""
    last_tick = db.session.scalar(_LAST_TICK)
    oldest = db.session.scalar(_OLDEST_DUE, {"now": now})
    late = max(now - oldest, timedelta(0)) if oldest is not None else timedelta(0)
    silent = last_tick is None or now - last_tick > TICK_OVERDUE
    return WorkerHealth(
        last_tick_at=last_tick,
        oldest_due_at=oldest,
        late_by_minutes=int(late / timedelta(minutes=1)),
        is_degraded=late >= LATE or silent,
    )


def require_ready() -> None:
    """Raise NotReady unless the database's schema is the newest this code knows; lets a database error through."""
    if not inspect(db.session.connection()).has_table("alembic_version"):
        raise NotReady("The database is empty; run flask db upgrade.")
    found = frozenset(db.session.scalars(text("SELECT version_num FROM alembic_version")))
    if found != _newest():
        raise NotReady("The database is not migrated; run flask db upgrade.")


@cache
def _newest() -> frozenset[str]:
    from alembic.script import ScriptDirectory  # costs 50 ms that only this question needs

    return frozenset(ScriptDirectory(str(MIGRATIONS)).get_heads())


KEPT = timedelta(days=1)


def beat(worker_id: UUID, started_at: datetime, now: datetime, tally: TallyCounts | None = None) -> None:
    """Write a worker's sign of life; the first one removes those that are older than a day."""
    if _write(worker_id, {"last_tick_at": now, "tally": tally}):
        return
    old = WorkerHeartbeat.last_tick_at < now - KEPT
    db.session.execute(delete(WorkerHeartbeat).where(old).execution_options(synchronize_session=False))
    first = {"worker_id": worker_id, "started_at": started_at, "last_tick_at": now, "tally": tally}
    db.session.execute(insert(WorkerHeartbeat), [first])


def end_beat(worker_id: UUID, now: datetime, tally: TallyCounts) -> None:
    """Write that a worker has come to an orderly end, and all that it did."""
    _write(worker_id, {"last_tick_at": now, "ended_at": now, "tally": tally})


def _write(worker_id: UUID, values: dict[str, object]) -> bool:
    mine = update(WorkerHeartbeat).where(WorkerHeartbeat.worker_id == worker_id).values(values)
    found = mine.returning(WorkerHeartbeat.worker_id).execution_options(synchronize_session=False)
    return db.session.scalars(found).one_or_none() is not None
