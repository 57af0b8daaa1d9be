"""The sign of life that a worker process writes, so that others see when it falls silent."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, update

from tracker.db import db
from tracker.delivery.models import WorkerHeartbeat

KEPT = timedelta(days=1)


def beat(worker_id: UUID, started_at: datetime, now: datetime, tally: dict[str, Any] | None = None) -> None:
    """Write a worker's sign of life; the first one removes those that are older than a day."""
    if _write(worker_id, {"last_tick_at": now, "tally": tally}):
        return
    old = WorkerHeartbeat.last_tick_at < now - KEPT
    db.session.execute(delete(WorkerHeartbeat).where(old).execution_options(synchronize_session=False))
    first = {"worker_id": worker_id, "started_at": started_at, "last_tick_at": now, "tally": tally}
    db.session.execute(insert(WorkerHeartbeat), [first])


def end(worker_id: UUID, now: datetime, tally: dict[str, Any]) -> None:
    """Write that a worker has come to an orderly end, and all that it did."""
    _write(worker_id, {"last_tick_at": now, "ended_at": now, "tally": tally})


def _write(worker_id: UUID, values: dict[str, Any]) -> bool:
    mine = update(WorkerHeartbeat).where(WorkerHeartbeat.worker_id == worker_id).values(values)
    found: Any = db.session.execute(mine.execution_options(synchronize_session=False))
    return bool(found.rowcount)
