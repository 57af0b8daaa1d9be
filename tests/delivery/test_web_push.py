"""Messages to browsers, through push services on the loopback interface; the browser reads with its own key."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from http_ece import ECEException

from tests.delivery.browser import Browser, claims_of
from tests.delivery.web_server import Behaviour, Request, Site, in_turn, raw, reply, web_server
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.delivery import channels
from tracker.delivery.channels.web_push import WebPush, compose
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vapid import new_private_key, public_key_of
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.errors import NotReady

BROWSER = Browser()
KEY = new_private_key()
WRITTEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SEND_KEY = "k3y_" + "aB-" * 13
MESSAGE = Message(
    SEND_KEY,
    "",
    "Eine kurze Nachricht für Sie",
    "Body",
    WRITTEN,
    WRITTEN + timedelta(hours=1),
    "https://example.org/go/abc",
    BROWSER.keys,
)
CREATED = reply(201)


def settings_for(*sites: Site, key: str = KEY) -> Settings:
    allowed = " ".join(site.place for site in sites)
    return Settings(
        web_push_key=key, outbound_allowed=allowed, mail_from="notices@example.org", send_timeout_seconds=30
    )


def channel_to(*sites: Site) -> channels.Channel:
    return channels.open_all(settings_for(*sites))["web_push"]


def send(behaviour: Behaviour, *messages: Message) -> tuple[list[Result], list[Request]]:
    with web_server(behaviour) as site:
        channel = channel_to(site)
        return [
            channel.send(replace(message, address=f"{site.url}/push/token?x=1")) for message in messages
        ], site.requests


def test_only_the_browser_can_read_what_it_is_to_show(moment: MovableClock) -> None:
    [result], [request] = send(CREATED, MESSAGE)
    assert result == Result(AttemptOutcome.ACCEPTED)
    assert request.path == "/push/token?x=1"
    assert BROWSER.read(request) == {
        "title": "Eine kurze Nachricht für Sie",
        "link": "https://example.org/go/abc",
        "id": SEND_KEY,
    }
    with pytest.raises(ECEException):
        Browser().read(request)
    for shown in (b"kurze", b"example.org", SEND_KEY.encode()):
        assert shown not in request.body


def test_the_push_service_learns_who_sends_for_how_long_and_what_it_replaces(moment: MovableClock) -> None:
    with web_server(CREATED) as site:
        channel_to(site).send(replace(MESSAGE, address=f"{site.url}/push"))
    [request] = site.requests
    assert claims_of(request, public_key_of(KEY)) == {
        "aud": site.url,
        "exp": int(WRITTEN.timestamp()) + 12 * 3600,
        "sub": "mailto:notices@example.org",
    }
    assert (request.headers["ttl"], request.headers["urgency"]) == ("3600", "normal")
    assert request.headers["topic"] == SEND_KEY[:32]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", request.headers["topic"])


def test_a_signature_of_another_server_does_not_hold(moment: MovableClock) -> None:
    _, [request] = send(CREATED, MESSAGE)
    headers = request.headers["authorization"].split(",")
    token = headers[0][:-8] + "AAAAAAAA"
    forged = replace(request, headers={**request.headers, "authorization": f"{token},{headers[1]}"})
    with pytest.raises(InvalidSignature):
        claims_of(forged, public_key_of(KEY))


def test_each_push_service_gets_a_signature_of_its_own(moment: MovableClock) -> None:
    with web_server(CREATED) as one, web_server(CREATED) as other:
        channel = channel_to(one, other)
        for site in (one, other, one):
            channel.send(replace(MESSAGE, address=f"{site.url}/push"))
            moment.advance(timedelta(minutes=1))
    signed = [claims_of(request, public_key_of(KEY)) for request in (*one.requests, *other.requests)]
    first = int(WRITTEN.timestamp()) + 12 * 3600
    assert [claims["aud"] for claims in signed] == [one.url, one.url, other.url]
    assert [claims["exp"] for claims in signed] == [first, first + 120, first + 60]


@pytest.mark.parametrize(
    ("left", "ttl"),
    [
        (timedelta(seconds=-1), "0"),
        (timedelta(0), "0"),
        (timedelta(seconds=1.9), "1"),
        (timedelta(weeks=4), "2419200"),
        (timedelta(weeks=4, seconds=1), "2419200"),
    ],
)
def test_nobody_keeps_a_message_longer_than_it_is_wanted(
    moment: MovableClock, left: timedelta, ttl: str
) -> None:
    _, [request] = send(CREATED, replace(MESSAGE, not_after=moment() + left))
    assert request.headers["ttl"] == ttl


def test_a_repetition_says_and_replaces_the_same(moment: MovableClock) -> None:
    _, [first, second] = send(CREATED, MESSAGE, MESSAGE)
    assert compose(MESSAGE) == compose(replace(MESSAGE, written_at=WRITTEN + timedelta(hours=1)))
    assert BROWSER.read(first) == BROWSER.read(second)
    assert first.headers["topic"] == second.headers["topic"]
    assert first.body[:16] != second.body[:16]  # no salt is used twice


def test_another_message_replaces_another_one(moment: MovableClock) -> None:
    _, [first, second] = send(CREATED, MESSAGE, replace(MESSAGE, send_key="other"))
    assert (first.headers["topic"], second.headers["topic"]) == (SEND_KEY[:32], "other")


GONE = Result(AttemptOutcome.PERMANENT, "unregistered", gone=True)
REFUSED = Result(AttemptOutcome.TRANSIENT, "provider_refused_us")


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (reply(200), Result(AttemptOutcome.ACCEPTED)),
        (reply(202), Result(AttemptOutcome.ACCEPTED)),
        (reply(404), GONE),
        (reply(410), GONE),
        (reply(400), Result(AttemptOutcome.PERMANENT, "http_400")),
        (reply(413), Result(AttemptOutcome.PERMANENT, "http_413")),
        (reply(401), REFUSED),
        (reply(403, b'{"reason": "BadJwtToken"}'), REFUSED),
        (
            reply(429, retry_after="120"),
            Result(AttemptOutcome.TRANSIENT, "http_429", retry_after_seconds=120),
        ),
        (reply(503), Result(AttemptOutcome.TRANSIENT, "http_503")),
        (reply(500), Result(AttemptOutcome.UNKNOWN, "http_500")),
        (reply(502), Result(AttemptOutcome.UNKNOWN, "http_502")),
        (reply(307, location="http://127.0.0.1:1/"), Result(AttemptOutcome.PERMANENT, "redirected")),
        (raw(), Result(AttemptOutcome.UNKNOWN, "connection_lost")),
    ],
)
def test_what_an_answer_means(behaviour: Behaviour, expected: Result) -> None:
    [result], requests = send(behaviour, MESSAGE)
    assert result == expected
    assert len(requests) == 1


def test_a_push_service_that_is_away_is_no_fault_of_the_message() -> None:
    with web_server(CREATED) as site:
        channel = channel_to(site)
    assert channel.send(replace(MESSAGE, address=site.url)) == Result(
        AttemptOutcome.TRANSIENT, "connect_failed"
    )


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"p256dh": BROWSER.keys["p256dh"]},
        {"auth": BROWSER.keys["auth"]},
        {"p256dh": "", "auth": ""},
        {"p256dh": "a", "auth": BROWSER.keys["auth"]},
        {"p256dh": "é", "auth": BROWSER.keys["auth"]},
        {"p256dh": BROWSER.keys["p256dh"][:-4], "auth": BROWSER.keys["auth"]},
        {"p256dh": "BA" + "A" * 85, "auth": BROWSER.keys["auth"]},  # no point of the curve
    ],
)
def test_keys_that_are_none_do_no_harm(keys: dict[str, str]) -> None:
    [result, after], requests = send(CREATED, replace(MESSAGE, keys=keys), MESSAGE)
    assert result == Result(AttemptOutcome.PERMANENT, "keys_invalid")
    assert after == Result(AttemptOutcome.ACCEPTED)
    assert len(requests) == 1


def test_an_endpoint_is_never_asked_unless_it_is_a_known_push_service() -> None:
    with web_server(in_turn(CREATED)) as site:
        channel = channel_to(site)
        for address in (
            f"http://localhost:{site.port}/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://push.example.org/",
            "https://user@fcm.googleapis.com/",
            "https://fcm.googleapis.com.example.org/",
            "nonsense",
            "",
        ):
            result = channel.send(replace(MESSAGE, address=address))
            assert result == Result(AttemptOutcome.PERMANENT, "address_refused"), address
    assert site.requests == []


def test_without_a_key_there_is_no_web_push() -> None:
    assert "web_push" not in channels.open_all(Settings())
    assert WebPush(Settings(web_push_key=KEY)).drops_repetitions


@pytest.mark.parametrize("key", ["A" * 43, "_" * 43, "-", "é"])
def test_a_key_that_is_none_is_refused_by_name(key: str) -> None:
    with pytest.raises(NotReady, match="WEB_PUSH_KEY"):
        channels.open_all(Settings(web_push_key=key))
