"""Messages to phones, through a local Google that checks who sends."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.delivery.google import SENT, Google, failure, google, read_assertion
from tests.delivery.web_server import Behaviour, in_turn, raw, reply
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.delivery import channels
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.errors import NotReady

WRITTEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SEND_KEY = "k3y_" + "aB-" * 13
MESSAGE = Message(
    SEND_KEY,
    "phone:APA91b",
    "Eine kurze Nachricht für Sie",
    "Body",
    WRITTEN,
    WRITTEN + timedelta(hours=1),
    "https://example.org/go/abc",
)
ACCEPTED = Result(AttemptOutcome.ACCEPTED, reference="projects/clinic-app/messages/0:1700%abc")
REFUSED = Result(AttemptOutcome.TRANSIENT, "provider_refused_us")


def channel_to(here: Google, folder: Path, seconds: int = 30, **account: Any) -> channels.Channel:
    path = here.write_account(folder, **account)
    settings = Settings(fcm_credentials=str(path), fcm_url=f"{here.site.url}/", send_timeout_seconds=seconds)
    return channels.open_all(settings)["fcm"]


def test_a_phone_is_told_what_stands_on_its_screen_and_no_more(tmp_path: Path, moment: MovableClock) -> None:
    with google() as here:
        assert channel_to(here, tmp_path).send(MESSAGE) == ACCEPTED
    [request] = here.sent
    assert request.path == "/v1/projects/clinic-app/messages:send"
    assert request.headers["authorization"] == "Bearer token-1"
    assert request.headers["content-type"] == "application/json"
    assert orjson.loads(request.body) == {
        "message": {
            "token": "phone:APA91b",
            "notification": {"title": "Eine kurze Nachricht für Sie"},
            "data": {"link": "https://example.org/go/abc", "id": SEND_KEY},
            "android": {"ttl": "3600s", "collapse_key": SEND_KEY, "notification": {"tag": SEND_KEY}},
            "apns": {
                "headers": {
                    "apns-collapse-id": SEND_KEY,
                    "apns-expiration": str(int(WRITTEN.timestamp()) + 3600),
                }
            },
        }
    }


def test_google_learns_who_asks_for_a_token(tmp_path: Path, moment: MovableClock) -> None:
    with google() as here:
        channel_to(here, tmp_path).send(MESSAGE)
    now = int(WRITTEN.timestamp())
    assert here.assertions == [
        {
            "iss": "sender@clinic-app.example",
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": f"{here.site.url}/token",
            "iat": now,
            "exp": now + 3600,
        }
    ]
    asked = here.site.requests[0]
    with pytest.raises(InvalidSignature):
        read_assertion(replace(asked, body=asked.body[:-8] + b"AAAAAAAA"))


def test_a_token_serves_until_shortly_before_its_end(tmp_path: Path, moment: MovableClock) -> None:
    with google() as here:
        channel = channel_to(here, tmp_path)
        for minutes in (0, 57, 1):
            moment.advance(timedelta(minutes=minutes))
            channel.send(MESSAGE)
    used = [request.headers["authorization"] for request in here.sent]
    assert used == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize(("life", "tokens"), [(120, 3), (10**12, 1), (-5, 3)])
def test_the_life_of_a_token_is_googles_to_say(
    tmp_path: Path, moment: MovableClock, life: int, tokens: int
) -> None:
    with google() as here:
        here.lives_seconds = life
        channel = channel_to(here, tmp_path)
        assert [channel.send(MESSAGE) for _ in range(3)] == [ACCEPTED] * 3
    assert len(here.assertions) == tokens


def test_a_token_that_is_refused_is_not_used_again(tmp_path: Path, moment: MovableClock) -> None:
    with google(in_turn(failure(401, general="UNAUTHENTICATED"), SENT)) as here:
        channel = channel_to(here, tmp_path)
        assert [channel.send(MESSAGE) for _ in range(3)] == [REFUSED, ACCEPTED, ACCEPTED]
    used = [request.headers["authorization"] for request in here.sent]
    assert used == ["Bearer token-1", "Bearer token-2", "Bearer token-2"]


def test_a_refusal_waits_for_no_token_that_another_thread_fetches(
    tmp_path: Path, moment: MovableClock
) -> None:
    sent, fetching, refused = Event(), Event(), Event()
    token = reply(200, b'{"access_token": "t", "expires_in": 3600}')

    def refuse_while_another_fetches(handler: Any) -> None:
        sent.set()
        fetching.wait(60)
        failure(401, general="UNAUTHENTICATED")(handler)

    def give_after_the_refusal(handler: Any) -> None:
        fetching.set()
        refused.wait(60)
        token(handler)

    messages, tokens = in_turn(refuse_while_another_fetches, SENT), in_turn(token, give_after_the_refusal)
    with google(messages, tokens) as here, ThreadPoolExecutor(2) as pool:
        channel = channel_to(here, tmp_path, seconds=60)
        first = pool.submit(channel.send, MESSAGE)
        assert sent.wait(60)
        moment.advance(timedelta(hours=1))
        second = pool.submit(channel.send, MESSAGE)
        try:
            assert first.result(30) == REFUSED
        finally:
            refused.set()
        assert second.result(60) == ACCEPTED


def test_several_threads_ask_for_one_token(tmp_path: Path, moment: MovableClock) -> None:
    with google() as here:
        channel = channel_to(here, tmp_path)
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(channel.send, [MESSAGE] * 24))
    assert results == [ACCEPTED] * 24
    assert (len(here.assertions), len(here.sent)) == (1, 24)


def test_a_repetition_has_the_same_bytes(tmp_path: Path, moment: MovableClock) -> None:
    with google() as here:
        channel = channel_to(here, tmp_path)
        for message in (MESSAGE, replace(MESSAGE, written_at=WRITTEN - timedelta(hours=1), begun_at=WRITTEN)):
            channel.send(message)
    first, second = here.sent
    assert first.body == second.body


@pytest.mark.parametrize(
    ("left", "ttl"),
    [
        (timedelta(seconds=-1), "0s"),
        (timedelta(seconds=1.9), "1s"),
        (timedelta(weeks=4, seconds=1), "2419200s"),
    ],
)
def test_nobody_keeps_a_message_longer_than_it_is_wanted(
    tmp_path: Path, moment: MovableClock, left: timedelta, ttl: str
) -> None:
    with google() as here:
        channel_to(here, tmp_path).send(replace(MESSAGE, not_after=moment() + left))
    assert orjson.loads(here.sent[0].body)["message"]["android"]["ttl"] == ttl


def test_a_collapse_id_fits_its_header(tmp_path: Path, moment: MovableClock) -> None:
    with google() as here:
        channel_to(here, tmp_path).send(replace(MESSAGE, send_key="k" * 80))
    headers = orjson.loads(here.sent[0].body)["message"]["apns"]["headers"]
    assert headers["apns-collapse-id"] == "k" * 64


def busy(seconds: int, code: str = "http_429") -> Result:
    return Result(AttemptOutcome.TRANSIENT, code, retry_after_seconds=seconds)


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (failure(404, "UNREGISTERED"), Result(AttemptOutcome.PERMANENT, "unregistered", gone=True)),
        (failure(403, "SENDER_ID_MISMATCH"), Result(AttemptOutcome.PERMANENT, "sender_mismatch", gone=True)),
        (failure(400, "INVALID_ARGUMENT"), Result(AttemptOutcome.PERMANENT, "http_400")),
        (failure(404, general="NOT_FOUND"), REFUSED),
        (failure(403, general="PERMISSION_DENIED"), REFUSED),
        (failure(401, "THIRD_PARTY_AUTH_ERROR"), REFUSED),
        (failure(429, "QUOTA_EXCEEDED"), busy(60)),
        (failure(429, "QUOTA_EXCEEDED", retry_after="300"), busy(300)),
        (failure(503, "UNAVAILABLE", retry_after="30"), busy(30, "http_503")),
        (failure(500, "INTERNAL"), Result(AttemptOutcome.UNKNOWN, "http_500")),
        (reply(404, b"<html>"), REFUSED),
        (reply(404, b'{"error": {"details": [1, {"errorCode": []}]}}'), REFUSED),
        (reply(404, b'{"error": "UNREGISTERED"}'), REFUSED),
        (reply(302, location="http://127.0.0.1:1/"), REFUSED),
        (reply(200, b"<html>"), Result(AttemptOutcome.UNKNOWN, "answer_unreadable")),
        (reply(200, b'{"name": "a\\nb"}'), Result(AttemptOutcome.UNKNOWN, "answer_unreadable")),
        (raw(), Result(AttemptOutcome.UNKNOWN, "connection_lost")),
    ],
)
def test_what_an_answer_means(
    tmp_path: Path, moment: MovableClock, behaviour: Behaviour, expected: Result
) -> None:
    with google(behaviour) as here:
        assert channel_to(here, tmp_path).send(MESSAGE) == expected
    assert len(here.sent) == 1


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (reply(400, b'{"error": "invalid_grant"}'), REFUSED),
        (reply(401), REFUSED),
        (reply(302, location="http://127.0.0.1:1/"), REFUSED),
        (reply(200, b"<html>"), REFUSED),
        (reply(200, b'{"expires_in": 3600}'), REFUSED),
        (reply(200, b'{"access_token": 7, "expires_in": 3600}'), REFUSED),
        (reply(503, retry_after="20"), busy(20, "http_503")),
        (reply(500), Result(AttemptOutcome.TRANSIENT, "http_500")),
        (raw(), Result(AttemptOutcome.TRANSIENT, "connection_lost")),
    ],
)
def test_no_message_dies_of_a_token_that_cannot_be_had(
    tmp_path: Path, moment: MovableClock, tokens: Behaviour, expected: Result
) -> None:
    with google(tokens=tokens) as here:
        assert channel_to(here, tmp_path).send(MESSAGE) == expected
    assert here.sent == []
    assert len(here.site.requests) == 1  # nothing is repeated inside one hand-over


def test_a_slow_token_leaves_no_time_for_a_second_request(tmp_path: Path) -> None:
    slow = raw(*[b"H"] * 30, pause=0.1)
    with google(tokens=slow) as here:
        result = channel_to(here, tmp_path, seconds=1).send(MESSAGE)
    assert result == Result(AttemptOutcome.TRANSIENT, "timeout")
    assert here.sent == []


def test_google_that_is_away_is_no_fault_of_the_message(tmp_path: Path, moment: MovableClock) -> None:
    with google() as here:
        channel = channel_to(here, tmp_path)
    assert channel.send(MESSAGE) == Result(AttemptOutcome.TRANSIENT, "connect_failed")


def test_without_credentials_there_is_no_push_to_phones(tmp_path: Path) -> None:
    assert "fcm" not in channels.open_all(Settings())
    with google() as here:
        assert channel_to(here, tmp_path).drops_repetitions


ELLIPTIC = (
    generate_private_key(SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)


@pytest.mark.parametrize(
    "changes",
    [
        {"private_key": "nonsense"},
        {"private_key": ELLIPTIC},
        {"private_key": None},
        {"token_uri": "http://oauth2.example.org/token"},
        {"token_uri": None},
        {"project_id": None},
    ],
)
def test_an_incomplete_account_is_refused_by_name(tmp_path: Path, changes: dict[str, Any]) -> None:
    with google() as here, pytest.raises(NotReady, match="FCM_CREDENTIALS") as refusal:
        channel_to(here, tmp_path, **changes)
    assert "BEGIN" not in str(refusal.value)


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"\xff"])
def test_a_file_that_is_no_account_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "account.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotReady, match="FCM_CREDENTIALS"):
        channels.open_all(Settings(fcm_credentials=str(path)))


def test_fcm_is_reached_by_https_alone(tmp_path: Path) -> None:
    with google() as here:
        path = here.write_account(tmp_path)
    with pytest.raises(NotReady, match="FCM_URL"):
        channels.open_all(Settings(fcm_credentials=str(path), fcm_url="http://fcm.example.org"))
