"""However many messages have been sent, or will be, the engine reads only those that it takes, on both databases."""

import os
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import flask_migrate
import pytest
from flask import Flask

from bench.messages import Kind, make_patients, write_messages
from tests.conftest import SECRET_KEY, START
from tests.database.caught import Call, catch
from tests.support.postgres import PostgresServer
from tracker import create_app
from tracker.alerts import first_look
from tracker.config import Settings
from tracker.db import db, is_sqlite
from tracker.delivery import health, pauses, planning, service, statements
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import PauseScope, Purpose, State
from tracker.reminders.first_look import find_unwanted

MESSAGES = int(os.environ.get("TEST_MESSAGES", "200000"))  # a million take half a minute to write
OF_ONE_PATIENT = 100  # in a long course
PATIENTS = MESSAGES // OF_ONE_PATIENT
BACKLOG = 200  # due at once, of each purpose
LATE = 5  # past their end, of each purpose
BATCH = 20
STEPS_PER_ROW = 400  # of SQLite's machine, to find one row and change it in all its indexes
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def crowded_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database for this module alone, so that no other test has to clear it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tracker.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"crowded_{os.getpid()}"
    yield server.create_database(name)
    server.drop_database(name)


@pytest.fixture
def crowded(crowded_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Of ten messages nine are over and one is far ahead; between them a few are due and a few are late."""
    application = create_app(
        Settings(instance_dir=tmp_path, database_url=crowded_url, secret_key=SECRET_KEY, log_level="ERROR")
    )
    over, ahead = MESSAGES * 9 // 10, MESSAGES // 10
    kinds = [
        Kind(over, START - 200 * DAY, State.ACCEPTED, spread=199 * DAY),
        Kind(ahead // 2, START + DAY, spread=30 * DAY),
        Kind(ahead - ahead // 2, START + DAY, purpose=Purpose.ALERT, spread=30 * DAY),
    ]
    for purpose in Purpose:
        kinds.append(Kind(BACKLOG, START - DAY / 24, purpose=purpose, spread=DAY / 24))
        kinds.append(Kind(LATE, START - DAY, purpose=purpose))
    with application.app_context():
        flask_migrate.upgrade()
        make_patients(START, PATIENTS)
        write_messages(kinds, PATIENTS)
        yield application
        db.session.remove()
        db.engine.dispose()


def claim(purpose: Purpose) -> Call:
    return lambda: service.claim(purpose, UUID(int=1), START, batch=BATCH, lease=timedelta(minutes=1))


FIRST = [UUID(int=number) for number in range(BATCH)]
# What the worker asks at every tick or batch, and what a monitor asks; how many rows that is about.
CALLS: dict[str, tuple[Call, int]] = {
    "claim reminders": (claim(Purpose.REMINDER), BATCH),
    "claim alerts": (claim(Purpose.ALERT), BATCH),
    "look at a claimed batch": (lambda: find_unwanted(FIRST, START), BATCH),
    "look at alerts": (lambda: first_look.find_unwanted(FIRST, START), BATCH),
    "count what is due": (lambda: statements.count_due(START, BATCH), BATCH),
    "count when nothing is due": (lambda: statements.count_due(START - 2 * DAY, BATCH), 0),
    # It may look at every message of the patients who have a late one, for their number does not grow.
    "end what is late": (lambda: planning.expire_late(START, BATCH), LATE * OF_ONE_PATIENT),
    "end what is late when nothing is": (lambda: planning.expire_late(START - 2 * DAY, BATCH), 0),
    "the oldest that is due": (lambda: health.worker_health(START), 2 * health.WAITING_LONGEST),
}


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the parts of PostgreSQL's plan that read the table of messages."""
    if plan.get("Relation Name") == Dispatch.__tablename__ and plan["Node Type"].endswith("Scan"):
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def rows_read(scan: dict[str, Any]) -> float:
    """Return how many rows were looked at, wanted or not."""
    removed = sum(rows for name, rows in scan.items() if name.startswith("Rows Removed"))
    return float((scan["Actual Rows"] + removed) * scan["Actual Loops"])


def offences_on_postgresql(call: Call, rows: int) -> list[str]:
    with db.session.begin_nested() as savepoint:
        caught = catch(call)
        savepoint.rollback()
    offences = []
    for statement, parameters in caught:
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
        [plan] = db.session.connection().exec_driver_sql(explain, parameters).scalar_one()
        found = list(scans(plan["Plan"]))
        read = sum(map(rows_read, found))
        whole = [scan for scan in found if scan["Node Type"] == "Seq Scan"]
        if whole or read > 4 * rows:
            offences.append(f"{read:.0f} rows read by {found} in {statement}")
    return offences


def offences_on_sqlite(call: Call, rows: int) -> list[str]:
    connection = cast(sqlite3.Connection, db.session.connection().connection.driver_connection)
    passed: list[None] = []
    connection.set_progress_handler(lambda: passed.append(None), STEPS_PER_ROW)
    caught = catch(call)
    connection.set_progress_handler(None, 0)
    offences = [] if len(passed) <= 4 * max(rows, 1) else [f"{len(passed) * STEPS_PER_ROW} steps"]
    for statement, parameters in caught:
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        shown = [str(row[-1]) for row in plan]
        if any(line.startswith(f"SCAN {Dispatch.__tablename__}") for line in shown):
            offences.append(f"{shown} in {statement}")
    return offences


def test_only_what_is_taken_is_read(crowded: Flask) -> None:
    offences: list[str] = []
    look = offences_on_sqlite if is_sqlite() else offences_on_postgresql
    for name, (call, rows) in CALLS.items():
        db.session.rollback()
        db.session.connection(execution_options={"write": True})
        offences += [f"{name}: {offence}" for offence in look(call, rows)]
        db.session.rollback()
    db.session.connection(execution_options={"write": True})
    pauses.pause(PauseScope.ALL, "", START)
    offences += [f"claim while all is paused: {offence}" for offence in look(claim(Purpose.REMINDER), 0)]
    db.session.rollback()
    assert not offences, "\n\n".join(offences)
