"""Text messages against a local service that speaks as Twilio does."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.delivery.mail_server import free_port
from tests.delivery.web_server import Behaviour, raw, reply, web_server
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.delivery import channels
from tracker.delivery.channels.sms import Sms
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.errors import NotReady

SID = "SM0123456789abcdef0123456789abcdef"
CREATED = reply(201, json.dumps({"sid": SID, "status": "queued", "error_code": None}).encode())


@pytest.fixture
def message(moment: MovableClock) -> Message:
    """A message that is wanted for an hour."""
    until = moment() + timedelta(hours=1)
    link = "https://example.org/go/abc"
    return Message("key-1", "+4915112345678", "A note & more", "Long\nbody", moment(), until, link)


def send(behaviour: Behaviour, message: Message, timeout: float = 30.0) -> tuple[Result, list[Any]]:
    with web_server(behaviour) as site:
        channel = Sms(f"http://AC1:to%2Fken@{site.place}?from=+15550100", timeout)
        return channel.send(message), site.requests


def refused(status: int, code: int, **headers: str) -> Behaviour:
    """An answer in the form of the service's errors."""
    said = {"code": code, "message": "No", "more_info": "https://example.org", "status": status}
    return reply(status, json.dumps(said).encode(), **headers)


def form_of(request: Any) -> Mapping[str, str]:
    return {name: value for name, [value] in parse_qs(request.body.decode(), strict_parsing=True).items()}


def test_a_text_message_holds_subject_and_link_and_ends_in_time(message: Message) -> None:
    result, [request] = send(CREATED, message)
    assert result == Result(AttemptOutcome.ACCEPTED, reference=SID)
    assert request.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"AC1:to/ken").decode()
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form_of(request) == {
        "To": "+4915112345678",
        "From": "+15550100",
        "Body": "A note & more: https://example.org/go/abc",
        "ValidityPeriod": "3600",
    }


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        (timedelta(seconds=-5), "1"),
        (timedelta(seconds=0.4), "1"),
        (timedelta(seconds=1.9), "1"),
        (timedelta(seconds=36_000), "36000"),
        (timedelta(seconds=36_001), "36000"),
        (timedelta(days=9), "36000"),
    ],
)
def test_the_service_keeps_a_message_no_longer_than_it_is_wanted(
    moment: MovableClock, message: Message, left: timedelta, seconds: str
) -> None:
    _, [request] = send(CREATED, replace(message, not_after=moment() + left))
    assert form_of(request)["ValidityPeriod"] == seconds


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (refused(400, 21610), Result(AttemptOutcome.PERMANENT, "opted_out", gone=True)),
        (refused(400, 21211), Result(AttemptOutcome.PERMANENT, "number_invalid")),
        (refused(400, 21614), Result(AttemptOutcome.PERMANENT, "number_invalid")),
        (refused(400, 21602), Result(AttemptOutcome.PERMANENT, "http_400")),
        # Ours to correct; no message dies of it.
        (refused(401, 20003), Result(AttemptOutcome.TRANSIENT, "provider_refused_us")),
        (refused(400, 20003), Result(AttemptOutcome.TRANSIENT, "provider_refused_us")),
        (refused(400, 21606), Result(AttemptOutcome.TRANSIENT, "provider_refused_us")),
        (reply(401), Result(AttemptOutcome.TRANSIENT, "provider_refused_us")),
        (reply(403, b"<html>"), Result(AttemptOutcome.TRANSIENT, "provider_refused_us")),
        (refused(404, 20404), Result(AttemptOutcome.TRANSIENT, "provider_refused_us")),
        (reply(301, location="https://example.org"), Result(AttemptOutcome.TRANSIENT, "provider_refused_us")),
        (
            refused(429, 20429, retry_after="30"),
            Result(AttemptOutcome.TRANSIENT, "http_429", retry_after_seconds=30),
        ),
        (refused(429, 20429), Result(AttemptOutcome.TRANSIENT, "http_429")),
        (reply(503, retry_after="5"), Result(AttemptOutcome.TRANSIENT, "http_503", retry_after_seconds=5)),
        # It may have taken the message before it failed.
        (refused(500, 20500), Result(AttemptOutcome.UNKNOWN, "http_500")),
        (reply(502), Result(AttemptOutcome.UNKNOWN, "http_502")),
        (reply(504), Result(AttemptOutcome.UNKNOWN, "http_504")),
        (raw(b""), Result(AttemptOutcome.UNKNOWN, "connection_lost")),
        # An error only counts with the status of one.
        (reply(201, b'{"code": 21610}'), Result(AttemptOutcome.ACCEPTED)),
        (reply(400, b'{"code": "21610"}'), Result(AttemptOutcome.PERMANENT, "http_400")),
        (reply(400, b'{"code": [21610]}'), Result(AttemptOutcome.PERMANENT, "http_400")),
        (reply(400, b"[21610]"), Result(AttemptOutcome.PERMANENT, "http_400")),
    ],
)
def test_an_answer_says_whether_to_try_again(
    message: Message, behaviour: Behaviour, expected: Result
) -> None:
    result, _ = send(behaviour, message)
    assert result == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>created</html>",
        b"{",
        b"null",
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"sid": 1}',
        b'{"sid": null}',
        b'{"sid": ""}',
        b'{"sid": "SM\\r\\nX: 1"}',
        b'{"sid": "' + b"a" * 65 + b'"}',
        b'{"sid": "' + b"a" * 10_000_000 + b'"}',
    ],
)
def test_words_that_make_no_sense_give_no_reference(message: Message, body: bytes) -> None:
    created, _ = send(reply(201, body), message)
    assert created == Result(AttemptOutcome.ACCEPTED)
    other, _ = send(reply(200, body), message)
    assert other == Result(AttemptOutcome.UNKNOWN, "answer_unreadable")


def test_another_success_counts_with_a_reference(message: Message) -> None:
    result, _ = send(reply(202, b'{"sid": "X1"}'), message)
    assert result == Result(AttemptOutcome.ACCEPTED, reference="X1")


def test_a_service_that_is_away_is_tried_again_later(message: Message) -> None:
    channel = Sms(f"http://AC1:token@127.0.0.1:{free_port()}?from=+15550100", 5.0)
    assert channel.send(message) == Result(AttemptOutcome.TRANSIENT, "connect_failed")


def test_silence_is_unknown(message: Message) -> None:
    result, _ = send(raw(b"", b"HTTP/1.1 201 Created\r\n\r\n", pause=2.0), message, timeout=1.0)
    assert result == Result(AttemptOutcome.UNKNOWN, "timeout")


def test_the_address_of_the_service_opens_the_channel() -> None:
    opened = channels.open_all(Settings(sms_url="https://AC1:token@api.example.org/base/?from=+15550100"))
    assert set(opened) == {"email", "sms"}
    assert not opened["sms"].drops_repetitions


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.org?from=+15550100",
        "https://AC1@api.example.org?from=+15550100",
        "https://AC1:token@api.example.org",
        "https://AC1:token@api.example.org?from=1&from=2",
        "http://AC1:token@api.example.org?from=+15550100",
        "ftp://AC1:token@api.example.org?from=+15550100",
        "https://AC1:token@[::1?from=+15550100",
        "https://AC1:token@api.example.org:port?from=+15550100",
        "https://AC1:token@?from=+15550100",
        "nonsense",
    ],
)
def test_an_address_that_lacks_something_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(NotReady) as refusal:
        channels.open_all(Settings(sms_url=url))
    assert "SMS_URL" in refusal.value.detail
    assert "AC1" not in refusal.value.detail
