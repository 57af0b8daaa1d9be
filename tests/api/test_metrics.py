"""What Prometheus reads."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from tests.jobs.due_rows import EVERY_ROW, RecordingChannel, make_due, make_patient, to
from tracker import ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import transaction
from tracker.delivery import pauses
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.message import Result
from tracker.delivery.rules.routes import Route
from tracker.delivery.rules.verdicts import HandOver, Recipient
from tracker.delivery.service import LastLook
from tracker.delivery.vocabulary import AttemptOutcome, PauseScope, Purpose
from tracker.jobs.exits import Exits
from tracker.jobs.tasks import Worker, dispatch_due
from tracker.jobs.watchdog import Watchdog


def read(app: Flask) -> dict[str, float]:
    """Every sample by its name and its labels without the worker's name."""
    response = app.test_client().get("/metrics")
    assert response.status_code == 200
    samples = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            labels = [value for label, value in sample.labels.items() if label != "worker"]
            samples[" ".join([sample.name, *labels])] = sample.value
    return samples


def test_before_anything_has_happened(app: Flask) -> None:
    assert read(app) == {
        "tracker_messages_due alert": 0,
        "tracker_messages_due reminder": 0,
        "tracker_messages_due summary": 0,
        "tracker_messages_waiting resume": 0,
        "tracker_messages_waiting outside_worker": 0,
        "tracker_oldest_overdue_seconds": 0,
        "tracker_sending_paused all": 0,
        "tracker_sending_paused clinic": 0,
        "tracker_sending_paused channel": 0,
    }


def test_what_waits_what_left_and_who_works(app: Flask, settings: Settings, moment: MovableClock) -> None:
    patient = make_patient(moment())
    make_due(patient, moment(), count=3)
    make_due(patient, moment(), not_after=moment() + timedelta(seconds=20))
    answers = iter([Result(AttemptOutcome.TRANSIENT, "smtp_451")])
    channel = RecordingChannel(lambda _: next(answers, Result(AttemptOutcome.ACCEPTED)))
    worker = Worker(app, settings, ids.new_id(), moment(), EVERY_ROW, channel.exits, Watchdog(30))
    moment.advance(timedelta(seconds=45))
    dispatch_due(worker)
    worker._sign_due = 0.0
    worker.beat()
    moment.advance(timedelta(minutes=2))
    with transaction():
        pauses.pause(PauseScope.ALL, "drill", moment())
    seen = read(app)
    assert seen["tracker_messages_due reminder"] == 1
    assert 105 <= seen["tracker_oldest_overdue_seconds"] <= 120, "from when on it could be tried again"
    assert seen["tracker_worker_tick_age_seconds"] == 120
    assert seen["tracker_sending_paused all"] == 1
    assert seen["tracker_hand_overs_total email accepted"] == 2
    assert seen["tracker_hand_overs_total email transient"] == 1
    assert seen["tracker_messages_ended_total accepted"] == 2
    assert seen["tracker_messages_ended_total expired"] == 1
    assert seen["tracker_delivery_delay_seconds_bucket email 30.0"] == 0
    assert seen["tracker_delivery_delay_seconds_bucket email 60.0"] == 2
    assert seen["tracker_delivery_delay_seconds_bucket email +Inf"] == 2
    assert seen["tracker_delivery_delay_seconds_sum email"] == 90


def test_what_is_dead_by_the_last_way_that_was_tried(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    patient = make_patient(moment())
    make_due(patient, moment(), count=3)
    nowhere = HandOver(Recipient(None, (), "en"), "reminder")
    by_both = HandOver(
        Recipient(None, (Route("email", "a@b.example"), Route("sms", "+491")), "en"), "reminder"
    )
    verdicts = iter([nowhere, by_both, HandOver(to("c@d.example"), "reminder")])
    refusing = RecordingChannel(lambda _: Result(AttemptOutcome.PERMANENT, "smtp_550"))
    exits = Exits({"email": refusing, "sms": refusing})
    decide = {purpose: by_turns(verdicts) for purpose in Purpose}
    worker = Worker(app, settings, ids.new_id(), moment(), decide, exits, Watchdog(30))
    dispatch_due(worker)
    assert {name: value for name, value in read(app).items() if "dead" in name} == {
        "tracker_messages_dead none": 1,
        "tracker_messages_dead sms": 1,
        "tracker_messages_dead email": 1,
    }


def by_turns(verdicts: Iterator[HandOver]) -> LastLook:
    """Give each row the next verdict, and always the same one."""
    given: dict[UUID, HandOver] = {}
    lock = Lock()

    def decide(row: Dispatch, _now: datetime) -> HandOver:
        with lock:
            if row.id not in given:
                given[row.id] = next(verdicts)
            return given[row.id]

    return decide


def test_no_label_names_anybody(app: Flask, settings: Settings, moment: MovableClock) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    text = app.test_client().get("/metrics").text
    for secret in (patient.id, patient.clinic_id, dispatch_id):
        assert str(secret) not in text


def test_a_worker_that_came_to_an_orderly_end_is_not_late(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    channel = RecordingChannel()
    worker = Worker(app, settings, ids.new_id(), moment(), EVERY_ROW, channel.exits, Watchdog(30))
    make_due(make_patient(moment()), moment())
    worker.beat()
    dispatch_due(worker)
    worker.end()
    seen = read(app)
    assert "tracker_worker_tick_age_seconds" not in seen
    assert seen["tracker_hand_overs_total email accepted"] == 1, "what it did stays"
