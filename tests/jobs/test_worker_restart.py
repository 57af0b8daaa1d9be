"""A worker that starts again on the same machine is another worker."""

from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from tests.jobs.worker_processes import PATIENCE_SECONDS, Workers, stop, wait_until
from tracker.config import Settings
from tracker.db import db
from tracker.delivery.models import WorkerHeartbeat


def known_workers() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(WorkerHeartbeat)) or 0


def test_a_restarted_worker_never_passes_for_the_old_one(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    with Workers(settings, tmp_path) as workers:
        for expected in (1, 2):
            process = workers.start()
            wait_until(lambda least=expected: known_workers() >= least, PATIENCE_SECONDS, "a new worker")  # type: ignore[misc]
            stop(process)
    assert known_workers() == 2
