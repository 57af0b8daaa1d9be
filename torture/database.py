"""PostgreSQL that crashes under writers and a worker, connections that are cut, and disks that are full (R10, R12).

Usage: python -m torture.database
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import flask_migrate
from sqlalchemy import NullPool, create_engine, func, select, text

from tests.cast import build_cast
from tests.conftest import MEMORY, SECRET_KEY
from tests.jobs.due_rows import make_due, make_patient
from tests.support.postgres import PostgresServer
from torture.checker import check
from torture.database_disk import fill_postgresql, fill_sqlite
from torture.database_traffic import Traffic, lost
from torture.figures import Figure, at_least, at_most, exactly, publish
from torture.ledger import read_ledger
from torture.stage import POSTGRESQL, Stage
from torture.target import Report, on_each, quieten
from tracker import clock, create_app
from tracker.config import Settings
from tracker.db import db
from tracker.delivery.models import Dispatch

RESTARTS, TERMINATIONS = 100, 1_000
ROWS_PER_RESTART = 40
LONGEST_RECOVERY_SECONDS = 5
BETWEEN_RESTARTS, BETWEEN_TERMINATIONS = 0.3, 0.03
LEASE_SECONDS = 5
NOWHERE_SECONDS = 60
TERMINATE_ONE = """
SELECT count(pg_terminate_backend(pid)) FROM (
    SELECT pid FROM pg_stat_activity
    WHERE datname = :name AND application_name <> 'judge' ORDER BY random() LIMIT 1
) AS chosen
"""


def crash(server: PostgresServer, stage: Stage, restarts: int = RESTARTS) -> Report:
    """End the server at once and start it again, in the middle of everything."""
    recoveries: list[float] = []
    cast = build_cast(stage.app)
    with Traffic(stage, cast) as traffic:
        traffic.wait_for_all(time.monotonic())
        for _ in range(restarts):
            make_due(make_patient(clock.now()), clock.now(), ROWS_PER_RESTART)
            time.sleep(BETWEEN_RESTARTS)
            db.session.remove()
            server.crash()
            server.revive()
            recoveries.append(traffic.wait_for_all(time.monotonic()))
        drain(traffic)
    report = judge(traffic)
    report.add(
        exactly("immediate restarts", len(recoveries), restarts),
        at_most("longest recovery, seconds", max(recoveries), LONGEST_RECOVERY_SECONDS),
    )
    return report


def terminate(stage: Stage, terminations: int = TERMINATIONS) -> Report:
    """Cut one connection of the service after the other."""
    cast = build_cast(stage.app)
    url = stage.settings.database_url
    judge_engine = create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"application_name": "judge"}
    )
    make_due(make_patient(clock.now()), clock.now(), terminations)
    db.session.remove()
    cut = 0
    with Traffic(stage, cast) as traffic, judge_engine.connect() as connection:
        name = {"name": judge_engine.url.database}
        while cut < terminations:
            cut += connection.execute(text(TERMINATE_ONE), name).scalar_one()
            time.sleep(BETWEEN_TERMINATIONS)
        recovery = traffic.wait_for_all(time.monotonic())
        drain(traffic)
    report = judge(traffic)
    report.add(
        at_least("connections cut", cut, terminations),
        at_most("recovery after the last, seconds", recovery, LONGEST_RECOVERY_SECONDS),
    )
    return report


def drain(traffic: Traffic) -> None:
    """Let the patients be quiet and the worker go on until it has ended every row, or gets nowhere."""
    traffic.stop_writing()
    still_open, left, moved_at = select(func.count()).where(Dispatch.ended_at.is_(None)), -1, time.monotonic()
    while time.monotonic() - moved_at < NOWHERE_SECONDS:
        db.session.rollback()
        before, left = left, db.session.scalar(still_open) or 0
        if not left:
            return
        if left != before:
            moved_at = time.monotonic()
        time.sleep(0.2)


def judge(traffic: Traffic) -> Report:
    """Compare what was acknowledged and handed over with what the database holds."""
    statuses: Counter[int] = sum((heard.statuses for heard in traffic.heard), Counter())
    gone = lost(traffic.heard)
    copies = [replace(copy, process=0) for copy in read_ledger(traffic.log.path)]
    found = check(copies)
    failures = {status: count for status, count in statuses.items() if status not in {200, 201}}
    report = Report()
    report.add(
        Figure("writes acknowledged", sum(len(heard.acknowledged) for heard in traffic.heard)),
        exactly("acknowledged writes lost, doubled or torn", len(gone), 0),
        Figure("answers 503", failures.pop(503, 0)),
        exactly("answers that are neither 2xx nor 503", sum(failures.values()), 0),
        Figure("rounds of the worker that failed", traffic.rounds_failed),
        Figure("messages handed over", found.hand_overs),
        Figure("  of these, copies after an answer that could not be written down", len(found.extra)),
        exactly("findings of the checker", len(found.faults()), 0),
        exactly("threads that ended by an error", len(traffic.surprises), 0),
        findings=[*gone, *found.faults(), *traffic.surprises, *(f"status {code}" for code in failures)],
    )
    return report


@contextmanager
def on_breakable_server() -> Iterator[tuple[PostgresServer, Stage]]:
    """A server that keeps what it acknowledged when it crashes, and an empty service on it."""
    with (
        tempfile.TemporaryDirectory(prefix="torture-", dir=MEMORY if MEMORY.is_dir() else None) as name,
        PostgresServer(breakable=True) as server,
    ):
        folder = Path(name)
        settings = Settings(
            instance_dir=folder,
            database_url=server.create_database("breakable"),
            secret_key=SECRET_KEY,
            log_level="ERROR",
            lease_seconds=LEASE_SECONDS,
            send_timeout_seconds=1,
        )
        app = create_app(settings)
        with app.app_context():
            flask_migrate.upgrade()
            try:
                yield server, Stage(POSTGRESQL, app, settings, folder)
            finally:
                db.session.remove()
                db.engine.dispose()


def main() -> int:
    """Play all of it and return the exit status."""
    quieten()
    with on_breakable_server() as (server, stage):
        crashed = crash(server, stage)
    met = publish("PostgreSQL that crashes (R10)", crashed.figures, crashed.missed and crashed.findings)
    with on_breakable_server() as (_, stage):
        cut = terminate(stage)
    met &= publish("Connections that are cut (R10)", cut.figures, cut.missed and cut.findings)
    full = on_each("A disk that is full (R12)", fill_sqlite, databases=["SQLite"])
    server_full = fill_postgresql()
    met &= publish(
        "A disk that is full (R12), PostgreSQL",
        server_full.figures,
        server_full.missed and server_full.findings,
    )
    return 0 if met and not full else 1


if __name__ == "__main__":
    sys.exit(main())
