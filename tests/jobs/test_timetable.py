"""What the worker does again and again, and the rules of the scheduler that calls it."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import func, select

from tests.delivery.web_server import Behaviour, raw, reply, web_server
from tests.jobs.due_rows import EVERY_ROW, RecordingChannel, make_due, make_patient, read_row
from tracker import clock, ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.delivery.vocabulary import State
from tracker.jobs import scheduler, tasks
from tracker.jobs.tasks import Worker
from tracker.jobs.watchdog import Watchdog
from tracker.people import throttle
from tracker.people.models import Attempts, Patient, Token
from tracker.people.sign_in import Lives, issue
from tracker.sessions.models import TreatmentSession


@pytest.fixture
def worker(app: Flask, settings: Settings) -> Worker:
    return Worker(app, settings, ids.new_id(), clock.now(), EVERY_ROW, RecordingChannel().exits, Watchdog(30))


@pytest.fixture
def timetable(worker: Worker) -> BaseScheduler:
    return scheduler.build(worker, on_start=lambda: None)


def make_session(patient: Patient, clock_: MovableClock) -> TreatmentSession:
    """A session that ended three days ago and whose checks were to be looked at an hour ago."""
    session = TreatmentSession(
        id=ids.new_id(),
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        therapist_id=patient.therapist_id,
        modality="dry_needling",
        technique="deep",
        body_areas=[],
        ended_at=clock_() - timedelta(days=3),
        time_zone="UTC",
        status="completed",
        protocol_key="standard_aftercare",
        protocol_version=1,
        assess_after=clock_() - timedelta(hours=1),
        sync_seq=0,
        created_at=clock_(),
        updated_at=clock_(),
        created_by_id=patient.therapist_id,
        idempotency_key="1",
        body_hash=b"",
    )
    with transaction():
        db.session.add(session)
    return session


def test_the_table_names_every_task_and_its_interval() -> None:
    settings = Settings(tick_seconds=7)
    lines = {entry.task.__name__: entry.every_seconds(settings) for entry in scheduler.TIMETABLE}
    assert lines == {
        "dispatch_due": 7, "tell_alive": 60, "assess_missed": 60, "hand_back": 60, "take_back": 60,
        "forget_secrets": 3600, "forget_reminders": 86_400,
    }  # fmt: skip


def test_every_job_runs_by_intervals_in_utc_and_never_twice_at_once(timetable: BaseScheduler) -> None:
    assert str(timetable.timezone) == "UTC"
    jobs = timetable.get_jobs()
    assert len(jobs) == len(scheduler.TIMETABLE)
    for job in jobs:
        assert isinstance(job.trigger, IntervalTrigger), "no local times: they are skipped or come twice"
        assert job.trigger.jitter > 0


def test_a_task_that_fails_is_logged_by_its_kind_and_called_again(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Worker) -> None:
        raise RuntimeError("Ana Example, 1970-01-01")

    failing = scheduler.build(worker, lambda: None, (scheduler.Entry(fail, lambda _: 1),))
    [job] = failing.get_jobs()
    with caplog.at_level(logging.ERROR):
        job.func(*job.args)
    assert "fail failed: RuntimeError" in caplog.text
    assert "Ana" not in caplog.text


def test_the_dispatch_task_sends_what_is_due(worker: Worker) -> None:
    [dispatch_id] = make_due(make_patient(clock.now()), clock.now())
    tasks.dispatch_due(worker)
    assert read_row(dispatch_id).state == State.ACCEPTED


def test_a_monitor_outside_is_told_that_the_worker_is_at_work(worker: Worker) -> None:
    tasks.tell_alive(worker)  # nobody is named, nobody is told
    with web_server(reply(200)) as monitor:
        worker.settings = replace(worker.settings, alive_url=f"{monitor.url}/alive/secret?of=worker")
        tasks.tell_alive(worker)
    [request] = monitor.requests
    assert (request.path, request.body) == ("/alive/secret?of=worker", b"")


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (reply(404), "http_404"),
        (reply(302, location="http://127.0.0.1:1/"), "redirected"),
        (raw(), "connection_lost"),
    ],
)
def test_a_monitor_that_fails_is_logged_without_its_address(
    worker: Worker, caplog: pytest.LogCaptureFixture, behaviour: Behaviour, code: str
) -> None:
    with web_server(behaviour) as monitor, caplog.at_level(logging.WARNING):
        worker.settings = replace(worker.settings, alive_url=f"{monitor.url}/alive/secret")
        tasks.tell_alive(worker)
    assert code in caplog.text
    assert "secret" not in caplog.text


def test_what_is_over_for_long_is_forgotten_in_batches(worker: Worker, moment: MovableClock) -> None:
    lives = Lives("key", timedelta(hours=1), timedelta(days=2))
    with transaction():
        old = [f"10.0.{number // 250}.{number % 250}" for number in range(tasks.FORGOTTEN_AT_ONCE + 1)]
        for address in old:
            throttle.count_attempt(throttle.activation_limits(address), moment())
        issue(make_patient(moment()).therapist_id, "desk", lives, moment())
    moment.advance(timedelta(days=33))
    with transaction():
        throttle.count_attempt(throttle.activation_limits("192.0.2.1"), moment())
    tasks.forget_secrets(worker)
    db.session.rollback()
    left = [db.session.scalar(select(func.count()).select_from(row)) for row in (Attempts, Token)]
    assert left == [1, 0]


def test_sessions_whose_moment_has_come_are_assessed(worker: Worker, moment: MovableClock) -> None:
    session = make_session(make_patient(moment()), moment)
    tasks.assess_missed(worker)
    db.session.rollback()
    later = db.session.execute(
        select(TreatmentSession.assess_after).where(TreatmentSession.id == session.id)
    ).scalar_one()
    assert later is None or later > moment()
