"""Whatever goes wrong is one shape of answer, and says nothing it should not."""

import ast
import json
import logging
from typing import Any

import pytest

from tests.api.probe import KEY, THING, create, probe, read
from tests.support.source import read as read_sources
from tracker.api.problem_codes import KINDS
from tracker.api.problems import pointer, problem
from tracker.errors import Conflict, DomainError, Gone, Invalid, NotFound, Refused, Throttled

CLIENT = probe()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/things/", 404, "not_found"),
        ("GET", "//v1/things", 404, "not_found"),
        ("DELETE", "/v1/things", 405, "method_not_allowed"),
        ("OPTIONS", "/v1/things", 405, "method_not_allowed"),
        ("TRACE", "/v1/things", 405, "method_not_allowed"),
        ("BREW", "/v1/things", 405, "method_not_allowed"),
        ("GET", "/v1/failures/code", 500, "internal_error"),
        ("GET", "/v1/failures/database", 503, "not_ready"),
        ("GET", "/v1/failures/invalid", 422, "validation_failed"),
    ],
)
def test_every_failure_is_a_problem(method: str, path: str, status: int, code: str) -> None:
    answer = CLIENT.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    body = read(answer)
    assert (body["status"], body["code"], body["type"]) == (
        status,
        code,
        "/problems/" + code.replace("_", "-"),
    )
    assert body["title"] == KINDS[code].title
    assert body["request_id"] == answer.headers["Request-Id"]


def test_a_refused_method_says_which_are_served() -> None:
    assert CLIENT.delete("/v1/things").headers["Allow"] == "GET, HEAD, POST"


def test_head_is_get_without_its_body() -> None:
    answer = CLIENT.head(f"/v1/things/{THING}")
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (200, b"", '"7"')


@pytest.mark.parametrize("kind", ["code", "database"])
def test_a_failure_shows_and_logs_no_value(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="tracker.api"):
        answer = CLIENT.get(f"/v1/failures/{kind}")
    logged = [str(record.msg) for record in caplog.records if record.name == "tracker.api"]
    assert len(logged) == 1
    assert "fail_thing" in logged[0]
    assert "canary" not in answer.text + caplog.text + logged[0]


def test_a_database_that_is_away_asks_to_come_back() -> None:
    answer = CLIENT.get("/v1/failures/database")
    assert answer.headers["Retry-After"] == str(read(answer)["retry_after_seconds"]) == "5"


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Bearer", "Bearer  ", "trk_abc"])
def test_without_a_bearer_token_nobody_is_signed_in(header: str | None) -> None:
    answer = CLIENT.get("/v1/own", headers={} if header is None else {"Authorization": header})
    assert (answer.status_code, read(answer)["code"]) == (401, "token_missing")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x" * 513, "tr\u00e4k"])
def test_what_cannot_be_a_token_is_not_looked_up(token: str) -> None:
    answer = CLIENT.get("/v1/own", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, read(answer)["code"]) == (401, "token_invalid")


@pytest.mark.parametrize(
    ("raw", "key", "text"),
    [
        (b'{"note":"ab\\u0000c","new":1}', "k", "([('note', 'abc')], 'k')"),
        (b'{"note":"123456789","seen_at":"soon"}', "", "([('note', '12345'), ('seen_at', None)], None)"),
        (b'{"note":7,"seen_at":null}', "not a key", "([('note', '7')], None)"),
        (b'{"codes":{}}', "k", "([('codes', ['odd'])], 'k')"),
        (b'{"codes":["a","b"]}', "k", "([('codes', ['a', 'b'])], 'k')"),
        (b"{}", "k", "([], 'k')"),
    ],
)
def test_a_report_is_taken_whatever_it_says(raw: bytes, key: str, text: str) -> None:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    answer = CLIENT.post("/v1/reports", data=raw, headers=headers)
    assert (answer.status_code, read(answer)["text"]) == (201, text)


def test_a_refused_report_still_says_what_to_do_in_an_emergency() -> None:
    for answer in (
        CLIENT.post("/v1/reports", json={"note": "limit"}),
        CLIENT.post("/v1/reports", data=b"{", content_type="application/json"),
    ):
        assert answer.status_code >= 400
        assert "emergency" in read(answer)["emergency_advice"].lower()
    assert "emergency_advice" not in read(create(CLIENT, b"{"))


def test_a_limit_says_how_long_to_wait() -> None:
    answer = CLIENT.post("/v1/reports", json={"note": "limit"}, headers=KEY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert read(answer)["retry_after_seconds"] == 30


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(), 404),
        (Refused("No."), 403),
        (Refused("No.", code="consent_required"), 403),
        (Conflict("No.", code="already_resolved"), 409),
        (Conflict("No.", code="a_new_word"), 409),
        (Gone("Over.", code="cursor_expired"), 410),
        (Invalid(code="idempotency_key_reused"), 422),
        (Invalid(code="too_many_items"), 413),
        (Throttled("Wait.", 1), 429),
    ],
)
def test_a_refusal_of_the_domain_has_its_status(error: DomainError, status: int) -> None:
    with CLIENT.application.test_request_context("/"):
        CLIENT.application.preprocess_request()
        assert problem(error)["status"] == status


def test_every_code_that_is_raised_is_explained() -> None:
    calls = [node for s in read_sources("tracker") for node in ast.walk(s.tree) if isinstance(node, ast.Call)]
    given = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "code"]
    words = {node.value for value in given for node in ast.walk(value) if isinstance(node, ast.Constant)}
    raised = {word for word in words if isinstance(word, str)}
    assert {"credentials_invalid", "clinic_not_ready", "too_many_items"} <= raised
    assert raised <= set(KINDS)


def test_a_path_is_a_json_pointer_in_a_fragment() -> None:
    assert pointer(()) == "#"
    assert pointer(("a", "0", "b/c~d e")) == "#/a/0/b~1c~0d%20e"


def test_one_line_per_request_names_the_route_and_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="tracker.request"):
        create(CLIENT, b'{"shape":"round","note":"canary"}')
        CLIENT.get(f"/v1/things/{THING}")
    lines: list[Any] = [record.msg for record in caplog.records if record.name == "tracker.request"]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/v1/things", 201),
        ("GET", "/v1/things/<thing_id>", 200),
    ]
    assert THING not in json.dumps(lines, default=str)
    assert "canary" not in json.dumps(lines, default=str)
