"""Methods that are none, paths that lead nowhere, ids that cannot be, headers that no client sends (S24, S33)."""

from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from tests.access.house import House, contents
from tests.access.table import TABLE
from tests.hostile.offers import verdict
from tests.support.keys import new_key

pytestmark = pytest.mark.any_database

METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "BREW",
)
NO_IDS = (
    "x", "0", "-1", "null", "undefined", "1e5", "{}", "*", "%00", "%0A", "%0d%0aSet-Cookie:a=b", "%ff", "%C0%80",
    "..", "..%2f..", "%2e%2e", "me", "ME", "' OR 1=1 --", "0" * 200, "\u0660" * 36, "a" * 8_000,
    "019a8b7e2c1d7e3f8a4b5c6d7e8f9a0b", "{019a8b7e-2c1d-7e3f-8a4b-5c6d7e8f9a0b}",
    "019a8b7e-2c1d-7e3f-8a4b-5c6d7e8f9a0g",
)  # fmt: skip
NOWHERE = (
    "/", "/v1", "/v1/", "/v2/me", "/V1/me", "/v1/me/", "//v1/me", "/v1//me", "/v1/./me", "/v1/nothing", "/v1/me;a=b",
    "/v1/check-ins/batch/x", "/.env", "/static/x", "/v1/me%00", "/%ff", "/v1/" + "a" * 60_000,
    "/problems/nothing", "/problems/not_found", "/consents/nothing", "/favicon.ico", "/metrics/x", "/admin",
)  # fmt: skip
NOT_FOUND = (404, "not_found")
NOT_THIS = (405, "method_not_allowed")  # where ".." makes it another path


def plain(answer: TestResponse) -> bool:
    """Say whether an answer carries the headers that each must carry."""
    kept = answer.headers
    return (
        kept["X-Content-Type-Options"] == "nosniff"
        and "Request-Id" in kept
        and "Cache-Control" in kept
        and "Set-Cookie" not in kept
        and "Location" not in kept
    )


def test_a_method_that_a_path_does_not_know_is_refused_with_those_it_knows(house: House) -> None:
    before = contents()
    known: dict[str, set[str]] = {}
    for info in house.operations.values():
        known.setdefault(info.rule, set()).update(
            {info.method, "HEAD"} if info.method == "GET" else {info.method}
        )
    for rule, methods in known.items():
        path = rule.replace("<", "").replace(">", "")
        for method in set(METHODS) - methods:
            answer = house.cast.client.open(path, method=method, headers=house.cast.tilda.headers)
            assert answer.status_code == 405, (method, rule)
            assert set(answer.headers["Allow"].split(", ")) == methods, (method, rule)
            assert plain(answer)
            assert method == "HEAD" or verdict(answer) == (405, "method_not_allowed")
    assert contents() == before


def test_head_is_get_without_a_body(house: House) -> None:
    for row in TABLE:
        info = house.operations[row.operation]
        if info.method == "GET":
            path, headers = row.path.format_map(house.names(house.pia)), house.cast.tilda.headers
            get, head = (
                house.cast.client.open(path, method=method, headers=headers) for method in ("GET", "HEAD")
            )
            assert (head.status_code, head.data) == (get.status_code, b""), path
            assert head.headers.get("Content-Type") == get.headers.get("Content-Type")


def test_a_method_override_overrides_nothing(house: House) -> None:
    before = contents()
    headers = house.cast.tilda.headers | {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE"}
    answer = house.cast.client.post("/v1/tokens/current?_method=DELETE", headers=headers)
    assert verdict(answer) == (405, "method_not_allowed")
    assert contents() == before


def test_where_nothing_is_nothing_is_found(house: House) -> None:
    for path in NOWHERE:
        answer = house.cast.client.get(path, headers=house.cast.tilda.headers)
        assert verdict(answer) == NOT_FOUND
        assert plain(answer)


def test_what_can_be_no_id_is_not_found_like_what_is_not_there(house: House) -> None:
    before = contents()
    for row in TABLE:
        info = house.operations[row.operation]
        if UUID in info.path_ids.values():  # others are named by their client
            caller = next((name for name in ("tilda", "pia", "lars") if row.expected[name] < 300), "robo")
            body = {"outcome": "reassured", "note": ""} if info.body else None
            for odd in NO_IDS:
                ids = dict.fromkeys((*house.names(house.pia), "leave"), odd)
                answer = house.call(row.operation, row.path.format_map(ids), house.person(caller), body)
                expected = (
                    {NOT_FOUND, (400, "invalid_parameter")} if "?" in row.path else {NOT_FOUND, NOT_THIS}
                )
                assert verdict(answer) in expected, (row.path, odd)
    assert contents() == before


def test_an_installation_of_any_name_is_the_callers_own_or_none(house: House) -> None:
    before = contents()
    for odd in NO_IDS:
        answer = house.cast.client.delete(f"/v1/me/devices/{odd}", headers=house.cast.pia.headers)
        assert answer.status_code == 204 or verdict(answer) in {NOT_FOUND, NOT_THIS}, odd
    assert contents() == before


HEADERS = (
    {"Host": "evil.example"},
    {"Host": "evil.example:99999"},
    {"Host": "a b"},
    {"Host": ""},
    {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"},
    {"Accept": "application/problem+json"},
    {"Accept": "image/png;q=nan, */*;q=0"},
    {"Accept-Language": "../../etc, x;q=x, de-" + "a" * 10_000},
    {"Accept-Language": "\xff\xfe"},
    {"Accept-Encoding": "zip-bomb, *;q=0"},
    {"If-None-Match": "*"},
    {"If-None-Match": 'W/"' + "a" * 10_000},
    {"If-None-Match": '"' * 10_000},
    {"If-Modified-Since": "never"},
    {"Range": "bytes=0-1, 5-2, -"},
    {"Cookie": "session=x; " * 2_000},
    {"Content-Length": "x"},
    {"Content-Length": "-1"},
    {"Expect": "200-maybe"},
    {"Request-Id": "a\tb"},
    {"Request-Id": "x" * 65},
    {"X-Long": "x" * 1_000_000},
)


def test_odd_headers_are_no_failure(house: House) -> None:
    for path in ("/v1/red-flag-screen", "/v1/me/home", "/v1/sessions", "/go/x", "/healthz"):
        for odd in HEADERS:
            answer = house.cast.client.get(path, headers={**house.cast.pia.headers, **odd})
            assert answer.status_code in {200, 304, 400}, (odd.keys(), answer.text)
            assert "evil" not in answer.text + str(answer.headers)
            assert "X-Long" not in answer.headers


def test_a_request_id_that_could_forge_a_line_is_replaced(house: House) -> None:
    for odd in ("x y", '","level":"info', "x\x1b[31m", "ä", "x" * 65, "%0a", ""):
        answer = house.cast.client.get("/healthz", headers={"Request-Id": odd})
        assert answer.headers["Request-Id"] != odd
    kept = new_key()
    assert house.cast.client.get("/healthz", headers={"Request-Id": kept}).headers["Request-Id"] == kept


def test_a_link_tells_nothing_whatever_stands_in_it(house: House) -> None:
    told = {
        house.cast.client.get(f"/go/{code}").data
        for code in ("x", house.pia.reminder, "%00", "<script>", "a" * 5_000, "%ff")
    }
    assert len(told) == 1
