"""The worker as its supervisor sees it: signals, exit statuses, one worker per SQLite file, a stall."""

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.delivery.mail_server import Behaviour, mail_server
from tests.jobs.due_rows import make_due, make_patient, read_attempts, read_row
from tests.jobs.worker_processes import PATIENCE_SECONDS, Workers, stop, wait_until
from tracker import clock
from tracker.config import Settings
from tracker.db import db
from tracker.delivery.models import WorkerHeartbeat
from tracker.delivery.vocabulary import AttemptOutcome, State
from tracker.jobs.watchdog import Watchdog
from tracker.jobs.worker import longest_silence

LOOK_SECONDS = 0.25


def heartbeats() -> list[WorkerHeartbeat]:
    db.session.rollback()
    return list(db.session.scalars(select(WorkerHeartbeat).execution_options(populate_existing=True)))


def test_a_stopped_worker_finishes_and_leaves_nothing_claimed(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    planned = make_due(make_patient(clock.now()), clock.now(), count=300)
    behaviour = Behaviour()
    with (
        mail_server(behaviour) as address,
        Workers(settings, tmp_path, SMTP_URL=f"smtp://{address}") as workers,
    ):
        for received in (50, 150):
            worker = workers.start()
            wait_until(lambda most=received: len(behaviour.received) >= most, PATIENCE_SECONDS, "sending")  # type: ignore[misc]
            assert stop(worker) == os.EX_OK
            rows = Counter(read_row(dispatch_id).state for dispatch_id in planned)
            assert rows[State.ACCEPTED] == len(behaviour.received) < 300
            assert set(rows) == {State.ACCEPTED, State.SCHEDULED}
    assert len({content for _, content in behaviour.received}) == len(behaviour.received)
    assert {attempt.outcome for attempt in read_attempts()} == {AttemptOutcome.ACCEPTED}


@pytest.mark.any_database
def test_a_worker_that_is_paused_and_continued_goes_on(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    patient, behaviour = make_patient(clock.now()), Behaviour()
    with (
        mail_server(behaviour) as address,
        Workers(settings, tmp_path, SMTP_URL=f"smtp://{address}", LOOK_SECONDS=LOOK_SECONDS) as workers,
    ):
        worker = workers.start()
        wait_until(lambda: len(heartbeats()) == 1, PATIENCE_SECONDS, "a sign of life")
        for mails in (1, 2):
            worker.send_signal(signal.SIGSTOP)
            time.sleep(2 * LOOK_SECONDS)
            worker.send_signal(signal.SIGCONT)
            time.sleep(2 * LOOK_SECONDS)
            make_due(patient, clock.now())
            wait_until(lambda most=mails: len(behaviour.received) == most, PATIENCE_SECONDS, "sending")  # type: ignore[misc]
        assert worker.poll() is None
        assert stop(worker) == os.EX_OK


@pytest.mark.any_database
def test_a_worker_shows_that_it_lives(app: Flask, settings: Settings, tmp_path: Path) -> None:
    with Workers(settings, tmp_path) as workers:
        for process in (1, 2):
            worker = workers.start()
            wait_until(lambda seen=process: len(heartbeats()) == seen, PATIENCE_SECONDS, "a sign of life")  # type: ignore[misc]
            assert stop(worker) == os.EX_OK
    first, second = heartbeats()
    assert first.worker_id != second.worker_id, "a restarted worker must not pass for the old one"


def test_sqlite_has_one_worker_and_postgresql_many(app: Flask, settings: Settings, tmp_path: Path) -> None:
    with Workers(settings, tmp_path) as workers:
        first = workers.start()
        wait_until(lambda: len(heartbeats()) == 1, PATIENCE_SECONDS, "a sign of life")
        second = workers.start()
        if settings.is_sqlite:
            _, told = second.communicate(timeout=PATIENCE_SECONDS)
            assert second.returncode == os.EX_TEMPFAIL
            assert told.startswith("A worker is already running on this database")
            assert told.count("\n") == 1
            first.kill()
            first.wait()
            workers.start()  # the lock died with its process
        wait_until(lambda: len(heartbeats()) == 2, PATIENCE_SECONDS, "a second sign of life")


@pytest.mark.any_database
def test_a_worker_that_hangs_ends_itself(app: Flask, settings: Settings, tmp_path: Path) -> None:
    make_due(make_patient(clock.now()), clock.now())
    with Workers(settings, tmp_path) as workers:
        assert workers.start("hang", silence_seconds=2).wait(timeout=PATIENCE_SECONDS) == os.EX_SOFTWARE


@pytest.mark.parametrize(
    ("tick", "timeout", "seconds"), [(1, 1, 30), (5, 10, 30), (60, 10, 180), (5, 100, 210)]
)
def test_silence_is_measured_against_what_is_normal(tick: int, timeout: int, seconds: int) -> None:
    assert longest_silence(Settings(tick_seconds=tick, send_timeout_seconds=timeout)) == seconds


class Steady:
    """A steady clock that stands still until it is moved, and counts who asks it."""

    def __init__(self) -> None:
        self.seconds, self.asked = 0.0, 0

    def __call__(self) -> float:
        self.asked += 1
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        """Move it, and wait until somebody who asks again and again has seen that."""
        self.seconds += seconds
        most = self.asked + 2
        wait_until(lambda: self.asked >= most, PATIENCE_SECONDS, "two looks")


def test_a_watchdog_ends_a_silent_process_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses: list[int] = []
    steady = Steady()
    monkeypatch.setattr(clock, "monotonic", steady)
    watchdog = Watchdog(0.4, end=statuses.append)
    watchdog.start()
    for _ in range(5):
        steady.pass_by(0.3)
        watchdog.beat()
    steady.pass_by(0.4)
    assert statuses == []
    steady.seconds += 0.1
    wait_until(lambda: bool(statuses), PATIENCE_SECONDS, "the end")
    watchdog.finish()
    assert statuses == [os.EX_SOFTWARE]
