"""The worker with real servers for mail, texts and webhooks: what one refuses, the next one takes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from flask import Flask
from standardwebhooks import Webhook as Verifier

from tests.delivery.mail_server import Behaviour as MailBehaviour
from tests.delivery.mail_server import free_port, mail_server
from tests.delivery.web_server import Behaviour, Site, in_turn, reply, web_server
from tests.jobs.due_rows import make_due, make_patient, read_attempts, read_row
from tracker import ids
from tracker.clinics.models import Clinic
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.delivery import channels
from tracker.delivery.channels.webhook import secret_of
from tracker.delivery.models import Dispatch
from tracker.delivery.recipients import find_patient_recipient
from tracker.delivery.rules.verdicts import HandOver, Verdict
from tracker.delivery.vocabulary import Purpose, State
from tracker.jobs.dispatch import run_once
from tracker.jobs.exits import Exits
from tracker.people import patients
from tracker.people.models import Patient

CREATED = reply(201, b'{"sid": "SM1"}')
OPTED_OUT = reply(400, b'{"code": 21610}')


def reachable(row: Dispatch, now: datetime) -> Verdict:
    patient = patients.find_patient(row.patient_id)
    assert patient is not None
    return HandOver(find_patient_recipient(patient, now), "reminder")


class Worker:
    """Ticks with the channels that the settings open, and remembers what they did."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._exits = Exits(channels.open_all(settings))

    def tick(self) -> None:
        last_look = {Purpose.ALERT: reachable, Purpose.REMINDER: reachable}
        run_once(self._settings, ids.new_id(), last_look=last_look, exits=self._exits)


@contextmanager
def texts(settings: Settings, behaviour: Behaviour, mail: str) -> Iterator[tuple[Worker, Site]]:
    """A worker with this mail server and a service for texts."""
    with web_server(behaviour) as site:
        sms_url = f"http://AC1:token@{site.place}?from=+15550100"
        yield Worker(replace(settings, smtp_url=f"smtp://{mail}", sms_url=sms_url, sender_threads=1)), site


@pytest.fixture
def patient(app: Flask, moment: MovableClock) -> Patient:
    """Somebody with a mail address and a number."""
    patient = make_patient(moment())
    with transaction():
        stored = db.session.get_one(Patient, patient.id)
        stored.email, stored.phone = "pia@example.org", "+4930123456"
        db.session.flush()
    return patient


def tried(dispatch_id: UUID) -> list[tuple[str, str | None, str | None]]:
    """What was tried by which channel, and what came of it."""
    return [(attempt.channel, attempt.outcome, attempt.error_code) for attempt in read_attempts(dispatch_id)]


def test_a_text_goes_out_when_mail_is_refused(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    [dispatch_id] = make_due(patient, moment())
    with (
        mail_server(MailBehaviour(rcpt="550 no such person")) as mail,
        texts(settings, CREATED, mail) as (worker, site),
    ):
        worker.tick()
    assert tried(dispatch_id) == [("email", "permanent", "smtp_550"), ("sms", "accepted", None)]
    assert read_row(dispatch_id).state == State.ACCEPTED
    assert read_attempts(dispatch_id)[1].provider_reference == "SM1"
    [request] = site.requests
    form = parse_qs(request.body.decode())
    assert form["To"] == ["+4930123456"]
    assert form["Body"][0].startswith("A short note is waiting for you: http://")


def test_a_text_goes_out_when_mail_cannot_be_reached(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    [dispatch_id] = make_due(patient, moment())
    with texts(settings, CREATED, f"127.0.0.1:{free_port()}") as (worker, site):
        for _ in range(4):
            worker.tick()
            moment.advance(timedelta(minutes=15))
    assert [channel for channel, *_ in tried(dispatch_id)] == ["email"] * 3 + ["sms"]
    assert read_row(dispatch_id).state == State.ACCEPTED
    assert len(site.requests) == 1


def test_who_asked_for_no_more_texts_gets_none(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    refusing = MailBehaviour(rcpt="550 no such person")
    with mail_server(refusing) as mail, texts(settings, OPTED_OUT, mail) as (worker, site):
        [first] = make_due(patient, moment())
        worker.tick()
        opted_out_at = moment()
        moment.advance(timedelta(minutes=1))
        [second] = make_due(patient, moment())
        worker.tick()
    assert tried(first) == [("email", "permanent", "smtp_550"), ("sms", "permanent", "opted_out")]
    assert (read_row(first).state, read_row(first).reason) == (State.DEAD, "opted_out")
    assert db.session.get_one(Patient, patient.id).phone_opted_out_at == opted_out_at
    assert tried(second) == [("email", "permanent", "smtp_550")]
    assert len(site.requests) == 1


def test_a_service_that_asks_for_a_pause_gets_it(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    busy = in_turn(reply(429, retry_after="600"), CREATED)
    refusing = MailBehaviour(rcpt="550 no such person")
    [dispatch_id] = make_due(patient, moment())
    with mail_server(refusing) as mail, texts(settings, busy, mail) as (worker, _):
        worker.tick()
        asked_at = moment()
        row = read_row(dispatch_id)
        assert (row.state, row.reason) == (State.SCHEDULED, "http_429")
        moment.move_to(row.next_attempt_at)
        worker.tick()
        row = read_row(dispatch_id)
        assert (row.state, row.reason) == (State.SCHEDULED, "channel_down")
        assert timedelta(seconds=600) <= row.next_attempt_at - asked_at <= timedelta(seconds=645)


def test_a_lost_answer_is_repeated_once_at_most(
    settings: Settings, moment: MovableClock, patient: Patient
) -> None:
    refusing = MailBehaviour(rcpt="550 no such person")
    [dispatch_id] = make_due(patient, moment())
    with mail_server(refusing) as mail, texts(settings, reply(500), mail) as (worker, site):
        for _ in range(5):
            worker.tick()
            moment.advance(timedelta(minutes=15))
    assert tried(dispatch_id)[1:] == [("sms", "unknown", "http_500")] * 2
    assert (read_row(dispatch_id).state, len(site.requests)) == (State.DEAD, 2)


def test_a_clinics_own_system_is_told(settings: Settings, moment: MovableClock, patient: Patient) -> None:
    with web_server(in_turn(reply(503), reply(200))) as site:
        with transaction():
            db.session.get_one(Clinic, patient.clinic_id).webhook_url = f"{site.url}/in"
            stored = db.session.get_one(Patient, patient.id)
            stored.ways = ["webhook"]
        worker = Worker(replace(settings, webhooks=True, outbound_allowed=site.place))
        [dispatch_id] = make_due(patient, moment())
        worker.tick()
        moment.advance(timedelta(minutes=15))
        worker.tick()
    assert tried(dispatch_id) == [("webhook", "transient", "http_503"), ("webhook", "accepted", None)]
    first, second = site.requests
    assert (first.path, first.body, first.headers["webhook-id"]) == (
        "/in",
        second.body,
        second.headers["webhook-id"],
    )
    content = json.loads(second.body)
    assert str(patient.id) not in second.body.decode()
    assert content["data"]["link"].startswith("http://")
    secret = secret_of(settings.secret_key, str(patient.clinic_id))
    signature = Verifier(secret).sign(second.headers["webhook-id"], moment(), second.body.decode())
    assert second.headers["webhook-signature"] == signature
    assert second.headers["webhook-timestamp"] == str(int(moment().timestamp()))
