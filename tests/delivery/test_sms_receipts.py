"""What a service for text messages says later: signed by it, noted beside the hand-over, and told to nobody."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert
from werkzeug.test import TestResponse

from tests.delivery.web_server import reply, web_server
from tests.jobs.due_rows import make_due, make_patient, read_attempts
from tracker import ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.delivery import channels
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.recipients import find_patient_recipient
from tracker.delivery.rules.sms_account import callback_url, is_genuine, sign
from tracker.delivery.rules.verdicts import HandOver, Verdict
from tracker.delivery.vocabulary import Purpose
from tracker.jobs.dispatch import run_once
from tracker.jobs.exits import Exits
from tracker.people import patients
from tracker.people.models import Patient

TOKEN = "to/ken"
HERE = "https://recovery.example.org/base"
PLAIN_ADDRESS = f"{HERE}/sms-receipts"
SID = "SM0123456789abcdef0123456789abcdef"
NUMBER = "+4930123456"


@pytest.fixture
def reached(app: Flask, settings: Settings) -> Iterator[Flask]:
    """A web process with an account for text messages, known to the world."""
    app.extensions["settings"] = replace(
        settings, public_url=HERE, sms_url="https://AC1:to%2Fken@api.twilio.com?from=+15550100"
    )
    yield app
    app.extensions["settings"] = settings


@pytest.fixture
def sent(reached: Flask, settings: Settings, moment: MovableClock) -> UUID:
    """A message that the service has taken."""
    patient = make_patient(moment())
    with transaction():
        db.session.get_one(Patient, patient.id).phone = NUMBER
        db.session.flush()
    [dispatch_id] = make_due(patient, moment())
    with web_server(reply(201, json.dumps({"sid": SID}).encode())) as site:
        sms_url = f"http://AC1:to%2Fken@{site.place}?from=+15550100"
        exits = Exits(channels.open_all(replace(settings, sms_url=sms_url, public_url=HERE)))
        run_once(settings, ids.new_id(), last_look=dict.fromkeys(Purpose, by_text), exits=exits)
    [request] = site.requests
    assert parse_qs(request.body.decode())["StatusCallback"] == [address_of(dispatch_id)]
    return dispatch_id


def address_of(dispatch_id: UUID) -> str:
    """Where the service tells of this message: the key of its hand-over stands in the address."""
    return f"{PLAIN_ADDRESS}?key={read_attempts(dispatch_id)[0].send_key}"


def by_text(row: Dispatch, now: Any) -> Verdict:
    patient = patients.find_patient(row.patient_id)
    assert patient is not None
    return HandOver(find_patient_recipient(patient, now), "reminder")


def tell(
    app: Flask, address: str, status: str, *, sid: str = SID, token: str = TOKEN, said: str = "", **more: Any
) -> TestResponse:
    form = {"MessageSid": sid, "MessageStatus": status, "To": NUMBER, "AccountSid": "AC1", **more}
    signed = {name: value if isinstance(value, list) else [value] for name, value in form.items()}
    headers = {"X-Twilio-Signature": sign(token, said or address, signed)}
    return app.test_client().post(address.removeprefix(HERE), data=form, headers=headers)


def kept(dispatch_id: UUID) -> tuple[str | None, Any]:
    [attempt] = read_attempts(dispatch_id)
    return attempt.receipt, attempt.receipt_at


def test_the_signature_is_the_one_that_the_service_documents() -> None:
    form = {
        "To": ["+18005551212"], "Digits": ["1234"], "From": ["+14158675309"], "Caller": ["+14158675309"],
        "CallSid": ["CA1234567890ABCDE"],
    }  # fmt: skip
    address = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", address, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    ("ours", "signed", "genuine"),
    [
        ("https://a.example/x", "https://a.example/x", True),
        ("https://a.example/x", "https://a.example:443/x", True),
        ("https://a.example:443/x", "https://a.example/x", True),
        ("https://a.example:8443/x", "https://a.example:8443/x", True),
        ("https://a.example:8443/x", "https://a.example/x", True),
        ("https://a.example/x", "https://a.example:8443/x", False),
        ("https://a.example/x", "http://a.example/x", False),
        ("https://a.example/x", "https://a.example/x/", False),
        ("https://a.example/x", "https://b.example/x", False),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x", True),
    ],
)
def test_a_port_may_stand_in_the_address_or_not(ours: str, signed: str, genuine: bool) -> None:
    assert is_genuine("t", ours, {"a": ["1"]}, sign("t", signed, {"a": ["1"]})) is genuine


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        (HERE, PLAIN_ADDRESS),
        ("http://127.0.0.1:8000", ""),
        ("http://localhost:8000", ""),
        ("http://[::1]:8000", ""),
    ],
)
def test_nobody_is_asked_to_call_where_nobody_can(public_url: str, expected: str) -> None:
    assert callback_url(public_url) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (["sent"], "sent"),
        (["sent", "delivered"], "delivered"),
        (["delivered", "sent"], "delivered"),  # they come in any order
        (["undelivered"], "bounced"),
        (["failed"], "bounced"),
        (["delivered", "read"], "opened"),
        (["queued"], None),
        (["sending"], None),
        (["something_new"], None),
        ([""], None),
    ],
)
def test_what_it_says_is_noted_and_only_moves_forward(
    reached: Flask, sent: UUID, moment: MovableClock, told: list[str], expected: str | None
) -> None:
    for status in told:
        answer = tell(reached, address_of(sent), status)
        assert (answer.status_code, answer.data) == (204, b"")
    assert kept(sent) == (expected, moment() if expected else None)


def test_who_did_not_sign_is_refused(reached: Flask, sent: UUID) -> None:
    client = reached.test_client()
    form = {"MessageSid": SID, "MessageStatus": "delivered"}
    address = address_of(sent)
    path, good = (
        address.removeprefix(HERE),
        sign(TOKEN, address, {name: [value] for name, value in form.items()}),
    )
    for signature in ("", "x", "é", good[:-1], good.lower(), sign(TOKEN, address, {})):
        answer = client.post(path, data=form, headers={"X-Twilio-Signature": signature})
        assert (answer.status_code, answer.get_json()["code"]) == (403, "signature_invalid")
    answers = [
        tell(reached, address, "delivered", token="other"),
        tell(reached, address, "delivered", said="https://elsewhere.example/sms-receipts"),
        tell(reached, address, "delivered", said=PLAIN_ADDRESS),
        client.post(path, data=form),
        client.post("/sms-receipts", data=form, headers={"X-Twilio-Signature": good}),
        client.post(f"{path}0", data=form, headers={"X-Twilio-Signature": good}),
        client.post(path, data=form | {"To": "1"}, headers={"X-Twilio-Signature": good}),
        client.post(path, json=form, headers={"X-Twilio-Signature": good}),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert kept(sent) == (None, None)
    assert client.post(path, data=form, headers={"X-Twilio-Signature": good}).status_code == 204
    assert kept(sent)[0] == "delivered"


@pytest.mark.parametrize("sid", ["SM1", "", "a" * 200, "\x00", "SM1' OR 1=1", SID.lower()])
def test_a_message_that_is_not_ours_is_answered_like_one_that_is(
    reached: Flask, sent: UUID, sid: str
) -> None:
    answer = tell(reached, address_of(sent), "delivered", sid=sid)
    assert (answer.status_code, answer.data) == (204, b"")
    assert kept(sent) == (None, None)


@pytest.mark.parametrize(
    ("key", "status"), [("", 204), ("?key=", 204), ("?key=0123", 204), ("?key=%00", 403), ("?key=a%20b", 403)]
)
def test_under_a_key_that_is_not_ours_nothing_is_noted(
    reached: Flask, sent: UUID, key: str, status: int
) -> None:
    signed = f"{PLAIN_ADDRESS}?key={unquote(key.removeprefix('?key='))}"
    assert tell(reached, f"{PLAIN_ADDRESS}{key}", "delivered", said=signed).status_code == status
    assert kept(sent) == (None, None)


def test_a_receipt_that_comes_before_the_answer_is_kept(reached: Flask, sent: UUID) -> None:
    with transaction():
        [attempt] = read_attempts(sent)
        attempt.provider_reference = attempt.outcome = attempt.ended_at = None
        db.session.flush()
    assert tell(reached, address_of(sent), "delivered").status_code == 204
    assert kept(sent)[0] == "delivered"


def test_of_two_hand_overs_under_one_key_the_reference_tells_which(reached: Flask, sent: UUID) -> None:
    with transaction():
        [first] = read_attempts(sent)
        columns = {column.key: getattr(first, column.key) for column in DeliveryAttempt.__table__.columns}
        again = {"id": ids.new_id(), "number": 2, "provider_reference": "SM2"}
        db.session.execute(insert(DeliveryAttempt), [columns | again])
    tell(reached, address_of(sent), "delivered")
    assert [attempt.receipt for attempt in read_attempts(sent)] == ["delivered", None]
    tell(reached, address_of(sent), "failed", sid="SM2")
    assert [attempt.receipt for attempt in read_attempts(sent)] == ["delivered", "bounced"]


def test_a_field_that_comes_twice_is_signed_twice(reached: Flask, sent: UUID) -> None:
    assert tell(reached, address_of(sent), "delivered", Tag=["b", "a"]).status_code == 204
    assert kept(sent)[0] == "delivered"


def test_another_channel_s_message_of_the_same_reference_is_left_alone(reached: Flask, sent: UUID) -> None:
    with transaction():
        [attempt] = read_attempts(sent)
        attempt.channel = "email"
        db.session.flush()
    assert tell(reached, address_of(sent), "delivered").status_code == 204
    assert kept(sent) == (None, None)


@pytest.mark.parametrize("changes", [{"sms_url": ""}, {"public_url": "http://127.0.0.1:8000"}])
def test_without_an_account_or_an_address_nobody_is_believed(reached: Flask, changes: dict[str, str]) -> None:
    reached.extensions["settings"] = replace(reached.extensions["settings"], **changes)
    assert tell(reached, f"{PLAIN_ADDRESS}?key=1", "delivered").status_code == 403


def test_nothing_of_it_is_logged(reached: Flask, sent: UUID, logged: io.StringIO) -> None:
    address = address_of(sent)
    tell(reached, address, "delivered", Body="kestrel")
    tell(reached, address, "delivered", Body="kestrel", token="other")
    lines = logged.getvalue()
    assert lines.count("/sms-receipts") == 2
    for secret in ("kestrel", NUMBER, SID, TOKEN, address.partition("=")[2]):
        assert secret not in lines
