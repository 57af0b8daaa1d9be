"""A person with several ways: which is taken, what takes over, and when an operator says stop."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.jobs.due_rows import ACCEPTED, RecordingChannel, make_due, make_patient, read_attempts, read_row
from tracker import ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.delivery import pauses
from tracker.delivery.models import Dispatch, DispatchMove
from tracker.delivery.recipients import find_patient_recipient
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.rules.verdicts import HandOver, Verdict
from tracker.delivery.vocabulary import AttemptOutcome, PauseScope, Purpose, State
from tracker.jobs.dispatch import TickReport, run_once
from tracker.jobs.exits import Exits
from tracker.people import patients
from tracker.people.models import Account, Device, Patient

GONE = Result(AttemptOutcome.PERMANENT, "unregistered", gone=True)
DOWN = Result(AttemptOutcome.TRANSIENT, "connect_failed")


class Ways:
    """Three channels that keep what they were given."""

    def __init__(self, **answers: Result) -> None:
        self.by_name: dict[str, RecordingChannel] = {}
        for name in ("fcm", "email", "sms"):
            self.by_name[name] = RecordingChannel(self._answer(answers.get(name, ACCEPTED)))
            self.by_name[name].name = name
        self.exits = Exits(self.by_name)

    @staticmethod
    def _answer(result: Result) -> Callable[[Message], Result]:
        return lambda _message: result

    @property
    def used(self) -> dict[str, int]:
        return {name: len(channel.sent) for name, channel in self.by_name.items() if channel.sent}


def reachable(row: Dispatch, now: datetime) -> Verdict:
    patient = patients.find_patient(row.patient_id)
    assert patient is not None
    return HandOver(find_patient_recipient(patient, now), "reminder")


def tick(settings: Settings, ways: Ways) -> TickReport:
    last_look = {Purpose.ALERT: reachable, Purpose.REMINDER: reachable}
    return run_once(replace(settings, sender_threads=1), ids.new_id(), last_look=last_look, exits=ways.exits)


@pytest.fixture
def patient(app: Flask, moment: MovableClock) -> Patient:
    """Somebody with a phone that shows notifications, a mail address and a number."""
    patient = make_patient(moment())
    account = Account(
        id=ids.new_id(), clinic_id=patient.clinic_id, role="patient", display_name="P", patient_id=patient.id,
        locale="en", time_zone="UTC", created_at=moment(),
    )  # fmt: skip
    device = Device(
        id=ids.new_id(), account_id=account.id, installation_id="phone", platform="ios", push_provider="fcm",
        address="token", address_hash=b"h" * 32, notification_permission="granted", app_version="1",
        locale="en", time_zone="UTC", registered_at=moment(), last_seen_at=moment(),
    )  # fmt: skip
    with transaction():
        db.session.add(account)
        db.session.flush()
        db.session.add(device)
        stored = db.session.get_one(Patient, patient.id)
        stored.email, stored.phone = "pia@example.org", "+4930123456"
        db.session.flush()
    return patient


def read_device() -> Device:
    db.session.rollback()
    return db.session.query(Device).populate_existing().one()


def test_the_phone_comes_first(settings: Settings, moment: MovableClock, patient: Patient) -> None:
    [dispatch_id] = make_due(patient, moment())
    ways = Ways()
    assert tick(settings, ways).accepted == 1
    assert ways.used == {"fcm": 1}
    [attempt] = read_attempts(dispatch_id)
    assert (attempt.channel, attempt.device_id) == ("fcm", read_device().id)


def test_the_patients_own_order_is_kept(settings: Settings, moment: MovableClock, patient: Patient) -> None:
    with transaction():
        db.session.get_one(Patient, patient.id).ways = ["sms", "email"]
        db.session.flush()
    make_due(patient, moment())
    ways = Ways(sms=Result(AttemptOutcome.PERMANENT, "number_invalid"))
    assert tick(settings, ways).accepted == 1
    assert ways.used == {"sms": 1, "email": 1}


def test_a_phone_without_the_app_is_retired_and_the_mail_takes_over_at_once(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    [dispatch_id] = make_due(patient, moment())
    ways = Ways(fcm=GONE)
    assert tick(settings, ways).accepted == 1
    assert ways.used == {"fcm": 1, "email": 1}
    device = read_device()
    assert (device.retired_at, device.retired_reason) == (moment(), "unregistered")
    assert read_row(dispatch_id).claims <= 1
    make_due(patient, moment())
    tick(settings, ways)
    assert ways.used == {"fcm": 1, "email": 2}, "a retired device is not asked again"


def test_after_three_failures_the_next_way_takes_over(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    [dispatch_id] = make_due(patient, moment())
    ways = Ways(fcm=DOWN)
    for _ in range(4):
        tick(settings, ways)
        moment.advance(timedelta(minutes=20))
    assert ways.used == {"fcm": 3, "email": 1}
    assert read_row(dispatch_id).state == State.ACCEPTED


def test_when_every_way_is_refused_the_message_is_dead_with_the_last_reason(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    [dispatch_id] = make_due(patient, moment())
    opted_out = Result(AttemptOutcome.PERMANENT, "opted_out", gone=True)
    assert (
        tick(settings, Ways(fcm=GONE, email=Result(AttemptOutcome.PERMANENT, "smtp_550"), sms=opted_out)).dead
        == 1
    )
    row = read_row(dispatch_id)
    assert (row.state, row.reason) == (State.DEAD, "opted_out")
    found = patients.find_patient(patient.id)
    assert found is not None
    assert found.phone_opted_out_at == moment()


def test_a_channel_that_fails_again_and_again_is_left_alone(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    for way in (["email"], ["email", "sms"]):
        with transaction():
            db.session.get_one(Patient, patient.id).ways = way
            db.session.flush()
        make_due(patient, moment(), count=8)
        ways = Ways(email=DOWN)
        tick(settings, ways)
        assert ways.used["email"] == 5
    assert ways.used["sms"] > 0, "the next way takes over while it is shut"
    waiting = [row for row in db.session.query(Dispatch).populate_existing() if row.ended_at is None]
    assert all(row.next_attempt_at > moment() or row.reason is None for row in waiting)
    assert {row.claims for row in waiting} == {0}


def test_a_channel_that_raises_is_left_alone_too(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    def explode(_message: Message) -> Result:
        raise RuntimeError

    with transaction():
        db.session.get_one(Patient, patient.id).ways = ["email"]
        db.session.flush()
    make_due(patient, moment(), count=20)
    ways = Ways()
    ways.by_name["email"] = RecordingChannel(explode)
    ways.exits = Exits(ways.by_name)
    tick(settings, ways)
    assert ways.used == {"email": 5}


@pytest.mark.parametrize("scope", PauseScope)
def test_nothing_leaves_while_an_operator_has_paused_it(
    settings: Settings, moment: MovableClock, patient: Patient, scope: PauseScope
) -> None:
    what = {
        "clinic_id": patient.clinic_id if scope is PauseScope.CLINIC else None,
        "channel": "email" if scope is PauseScope.CHANNEL else None,
    }
    with transaction():
        db.session.get_one(Patient, patient.id).ways = ["email"]
        assert pauses.pause(scope, "drill", moment(), **what)  # type: ignore[arg-type]
        assert not pauses.pause(scope, "drill", moment(), **what)  # type: ignore[arg-type]
    [dispatch_id] = make_due(patient, moment())
    ways = Ways()
    only_mail = Ways()
    only_mail.exits = Exits({"email": only_mail.by_name["email"]})
    for held in (ways, only_mail):
        tick(settings, held)
        assert held.used == {}
    row = read_row(dispatch_id)
    assert (row.state, row.claims) == (State.SCHEDULED, 0)
    with transaction():
        assert pauses.resume(scope, moment(), **what)  # type: ignore[arg-type]
    moment.advance(timedelta(minutes=2))
    tick(settings, ways)
    assert ways.used == {"email": 1}


def test_a_pause_of_one_clinic_holds_back_no_other(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    other = make_patient(moment())
    with transaction():
        pauses.pause(PauseScope.CLINIC, "drill", moment(), clinic_id=other.clinic_id)
    make_due(patient, moment())
    ways = Ways()
    tick(settings, ways)
    assert ways.used == {"fcm": 1}


def test_a_wait_is_remembered_with_its_reason_once(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    with transaction():
        db.session.get_one(Patient, patient.id).ways = ["email"]
        db.session.flush()
    make_due(patient, moment(), count=6)
    ways = Ways(email=DOWN)
    ways.exits = Exits({"email": ways.by_name["email"], "sms": ways.by_name["sms"]})
    for _ in range(3):
        tick(settings, ways)
        moment.advance(timedelta(minutes=20))
    moves = db.session.query(DispatchMove).all()
    assert {move.reason for move in moves} == {"channel_down"}
    assert len({move.dispatch_id for move in moves}) == len(moves)


def test_a_repetition_says_what_was_said_before_in_whatever_language_is_read_now(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    make_due(patient, moment())
    ways = Ways(fcm=DOWN)
    tick(settings, ways)
    with transaction():
        db.session.get_one(Patient, patient.id).locale = "de"
        db.session.flush()
    moment.advance(timedelta(minutes=20))
    tick(settings, ways)
    first, second = ways.by_name["fcm"].sent
    assert first == second


def test_a_way_that_asks_for_a_pause_does_not_hold_up_the_others(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    busy = Result(AttemptOutcome.TRANSIENT, "http_429", retry_after_seconds=7200)
    [dispatch_id] = make_due(patient, moment(), not_after=moment() + timedelta(hours=1))
    ways = Ways(fcm=busy)
    tick(settings, ways)
    moment.move_to(read_row(dispatch_id).next_attempt_at)
    assert tick(settings, ways).accepted == 1
    assert ways.used == {"fcm": 1, "email": 1}


def test_another_worker_keeps_the_pause_that_was_asked_for(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    with transaction():
        db.session.get_one(Patient, patient.id).ways = ["sms"]
        db.session.flush()
    [dispatch_id] = make_due(patient, moment())
    asked_at = moment()
    tick(settings, Ways(sms=Result(AttemptOutcome.TRANSIENT, "http_429", retry_after_seconds=7200)))
    other = Ways()
    while read_row(dispatch_id).state == State.SCHEDULED:
        moment.move_to(read_row(dispatch_id).next_attempt_at)
        tick(settings, other)
    assert timedelta(seconds=7200) <= moment() - asked_at <= timedelta(seconds=7215)
    assert [attempt.outcome for attempt in read_attempts(dispatch_id)] == ["transient", "accepted"]
