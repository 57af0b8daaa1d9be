"""Messages to a clinic's own system, which checks the signature with the library that everybody uses."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from tests.delivery.web_server import Behaviour, Request, Site, in_turn, raw, reply, web_server
from tracker.config import Settings
from tracker.delivery import channels
from tracker.delivery.channels.webhook import secret_of
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome

KEY = "server-key-" * 4
CLINIC = "0195-clinic"
WRITTEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MESSAGE = Message(
    "key-1",
    "",
    "Eine kurze Nachricht für Sie",
    "Body",
    WRITTEN,
    WRITTEN + timedelta(hours=1),
    "https://example.org/go/abc",
    {"clinic_id": CLINIC},
)


def channel_to(site: Site) -> channels.Channel:
    settings = Settings(webhooks=True, outbound_allowed=site.place, secret_key=KEY, send_timeout_seconds=30)
    return channels.open_all(settings)["webhook"]


def send(behaviour: Behaviour, times: int = 1) -> tuple[list[Result], list[Request]]:
    with web_server(behaviour) as site:
        channel = channel_to(site)
        message = replace(MESSAGE, address=f"{site.url}/hook?clinic=1")
        return [channel.send(message) for _ in range(times)], site.requests


def headers_of(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name.startswith("webhook-")}


def test_a_clinic_can_check_what_it_gets() -> None:
    [result], [request] = send(reply(204))
    assert result == Result(AttemptOutcome.ACCEPTED)
    assert request.path == "/hook?clinic=1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "key-1"
    assert Verifier(secret_of(KEY, CLINIC)).verify(request.body, headers_of(request)) == {
        "type": "message.due",
        "timestamp": "2026-03-02T15:00:00Z",
        "data": {
            "title": "Eine kurze Nachricht für Sie",
            "link": "https://example.org/go/abc",
            "not_after": "2026-03-02T16:00:00Z",
        },
    }


def test_one_changed_byte_is_refused() -> None:
    _, [request] = send(reply(200))
    verifier, headers = Verifier(secret_of(KEY, CLINIC)), headers_of(request)
    for place in range(len(request.body)):
        changed = bytearray(request.body)
        changed[place] ^= 1
        with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
            verifier.verify(bytes(changed), headers, json_parse=False)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_a_changed_header_is_refused(name: str) -> None:
    _, [request] = send(reply(200))
    headers = headers_of(request) | {name: str(int(datetime.now(UTC).timestamp()) - 60)}
    with pytest.raises(WebhookVerificationError):
        Verifier(secret_of(KEY, CLINIC)).verify(request.body, headers)


def test_each_clinic_and_each_server_has_a_secret_of_its_own() -> None:
    secrets = {secret_of(KEY, CLINIC), secret_of(KEY, "other"), secret_of("k" * 40, CLINIC)}
    assert len(secrets) == 3
    assert all(secret.startswith("whsec_") for secret in secrets)
    _, [request] = send(reply(200))
    with pytest.raises(WebhookVerificationError):
        Verifier(secret_of(KEY, "other")).verify(request.body, headers_of(request))


def test_a_repetition_is_equal_to_the_byte_and_has_the_same_id() -> None:
    results, [first, second] = send(in_turn(raw(b""), reply(200)), times=2)
    assert [result.outcome for result in results] == [AttemptOutcome.UNKNOWN, AttemptOutcome.ACCEPTED]
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    json.loads(first.body)


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (reply(200, b"<html>"), Result(AttemptOutcome.ACCEPTED)),
        (reply(202, b"a" * 10_000_000), Result(AttemptOutcome.ACCEPTED)),
        (reply(409), Result(AttemptOutcome.DUPLICATE)),
        # No number and no phone is gone with it, only this way.
        (reply(410), Result(AttemptOutcome.PERMANENT, "webhook_gone")),
        (reply(400), Result(AttemptOutcome.PERMANENT, "http_400")),
        (reply(404), Result(AttemptOutcome.PERMANENT, "http_404")),
        (reply(302, location="http://127.0.0.1/"), Result(AttemptOutcome.PERMANENT, "redirected")),
        (reply(429, retry_after="9"), Result(AttemptOutcome.TRANSIENT, "http_429", retry_after_seconds=9)),
        (reply(503, retry_after="9"), Result(AttemptOutcome.TRANSIENT, "http_503", retry_after_seconds=9)),
        (reply(503), Result(AttemptOutcome.TRANSIENT, "http_503")),
        (reply(500), Result(AttemptOutcome.UNKNOWN, "http_500")),
    ],
)
def test_an_answer_says_whether_to_try_again(behaviour: Behaviour, expected: Result) -> None:
    [result], _ = send(behaviour)
    assert result == expected


def test_a_webhook_inside_is_refused_unless_the_operator_allows_it() -> None:
    with web_server(reply(200)) as site:
        channel = channel_to(site)
        for address in (f"http://localhost:{site.port}", "https://localhost/", "https://127.0.0.1/"):
            result = channel.send(replace(MESSAGE, address=address))
            assert result == Result(AttemptOutcome.PERMANENT, "address_refused")
    assert site.requests == []


def test_without_the_setting_there_are_no_webhooks() -> None:
    assert "webhook" not in channels.open_all(Settings(outbound_allowed="localhost:80", secret_key=KEY))
    assert channels.open_all(Settings(webhooks=True, secret_key=KEY))["webhook"].drops_repetitions
