"""Keys, versions, tags, parameters and the headers that every answer carries."""

import pytest

from tests.api.probe import THING, create, probe, read

CLIENT = probe()
ROUND = b'{"shape":"round"}'


@pytest.mark.parametrize("key", ["abc", '"abc"', "a" * 255, "8e03978e-40d5-43e8-bc93-6894a57f9324"])
def test_a_key_comes_bare_or_in_quotes(key: str) -> None:
    assert create(CLIENT, ROUND, {"Idempotency-Key": key}).status_code == 201


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "idempotency_key_missing"),
        ('""', "idempotency_key_missing"),
        ("a" * 256, "invalid_parameter"),
        ("a b", "invalid_parameter"),
        ("\u00e4", "invalid_parameter"),
        ("a\tb", "invalid_parameter"),
    ],
)
def test_what_cannot_be_a_key_is_refused(key: str, code: str) -> None:
    answer = create(CLIENT, ROUND, {"Idempotency-Key": key})
    assert (answer.status_code, read(answer)["code"]) == (400, code)


def test_a_replay_differs_by_one_header_only() -> None:
    first, second = create(CLIENT, ROUND), create(CLIENT, ROUND, {"Idempotency-Key": "again"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert read(first) == read(second)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"


def test_what_was_created_says_where_it_is_and_which_version() -> None:
    answer = create(CLIENT, ROUND)
    assert answer.headers["Location"] == f"/v1/things/{THING}"
    assert answer.headers["ETag"] == '"1"'


def test_an_answer_has_no_null_no_fraction_and_no_member_beyond_its_view() -> None:
    raw = b'{"shape":"round","seen_at":"2026-01-15T09:30:59.999+01:00"}'
    assert read(create(CLIENT, raw)) == {"id": THING, "version": 1, "seen_at": "2026-01-15T08:30:59Z"}


@pytest.mark.parametrize("tag", ['"7"', 'W/"7"', '"7-gzip"', '"7:gzip"', 'W/"7:br"', '"7-zstd"', ' "7" '])
def test_a_version_survives_what_proxies_do_to_tags(tag: str) -> None:
    answer = CLIENT.patch(f"/v1/things/{THING}", json={"shape": "round"}, headers={"If-Match": tag})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"8"')


@pytest.mark.parametrize(
    "tag", ["7", '"abc"', '"7", "8"', "*", '"-7"', '"\u00b2"', '"' + "7" * 30 + '"', '"7']
)
def test_what_cannot_be_a_version_does_not_match(tag: str) -> None:
    answer = CLIENT.patch(f"/v1/things/{THING}", json={"shape": "round"}, headers={"If-Match": tag})
    assert (answer.status_code, read(answer)["code"]) == (412, "version_mismatch")


def test_a_change_without_version_is_refused() -> None:
    answer = CLIENT.patch(f"/v1/things/{THING}", json={"shape": "round"})
    assert (answer.status_code, read(answer)["code"]) == (428, "if_match_required")


@pytest.mark.parametrize("tag", ['"7"', 'W/"7"', '"7-gzip"', '"6", W/"7:gzip"'])
def test_a_copy_that_is_current_is_not_sent_again(tag: str) -> None:
    answer = CLIENT.get(f"/v1/things/{THING}", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"7"')


def test_an_old_copy_is_replaced() -> None:
    assert CLIENT.get(f"/v1/things/{THING}", headers={"If-None-Match": '"6"'}).status_code == 200


def test_a_list_is_tagged_by_what_it_says() -> None:
    first, other = CLIENT.get("/v1/things"), CLIENT.get("/v1/things?limit=2")
    assert first.headers["ETag"] != other.headers["ETag"]
    again = CLIENT.get("/v1/things", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "limit"),
    [("", 50), ("?limit=1", 1), ("?limit=100", 100), ("?limit=101", 100), ("?limit=0099", 99)],
)
def test_a_page_has_fifty_items_or_as_many_as_asked_but_never_over_a_hundred(query: str, limit: int) -> None:
    assert f"('limit', {limit})" in read(CLIENT.get(f"/v1/things{query}"))["text"]


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("limit=\u00b2", "invalid_parameter", "limit"),
        ("limit=\uff19", "invalid_parameter", "limit"),
        ("limit=0", "invalid_parameter", "limit"),
        ("limit=-1", "invalid_parameter", "limit"),
        ("limit=1e2", "invalid_parameter", "limit"),
        ("limit=", "invalid_parameter", "limit"),
        ("limit=99999999999", "invalid_parameter", "limit"),
        ("limit=1&limit=2", "invalid_parameter", "limit"),
        ("colour=mauve", "invalid_parameter", "colour"),
        ("colour=red,green,red", "invalid_parameter", "colour"),
        ("owner_id=me", "invalid_parameter", "owner_id"),
        ("cursor=%00", "invalid_parameter", "cursor"),
        ("sort=name", "unknown_parameter", "sort"),
        ("%00=1", "unknown_parameter", "\x00"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused_by_name(query: str, code: str, parameter: str) -> None:
    answer = CLIENT.get(f"/v1/things?{query}")
    assert (answer.status_code, read(answer)["code"]) == (400, code)
    assert [error["parameter"] for error in read(answer)["errors"]] == [parameter]


def test_several_words_of_one_parameter_are_a_list() -> None:
    assert (
        "<Colour.RED: 'red'>, <Colour.GREEN: 'green'>"
        in read(CLIENT.get("/v1/things?colour=red,green"))["text"]
    )


def test_an_operation_without_query_takes_no_parameter() -> None:
    assert read(CLIENT.get(f"/v1/things/{THING}?limit=1"))["code"] == "unknown_parameter"


@pytest.mark.parametrize("path", ["abc", THING[:-1], THING + "0", THING.replace("-", ""), "%00", "me"])
def test_an_id_that_cannot_be_one_does_not_exist(path: str) -> None:
    answer = CLIENT.get(f"/v1/things/{path}")
    assert (answer.status_code, read(answer)["code"]) == (404, "not_found")


def test_an_id_may_come_in_capitals() -> None:
    assert read(CLIENT.get(f"/v1/things/{THING.upper()}"))["id"] == THING


@pytest.mark.parametrize("accept", ["application/problem+json", "text/html", "", "nonsense"])
def test_accept_is_ignored(accept: str) -> None:
    answer = CLIENT.delete(f"/v1/things/{THING}", headers={"Accept": accept})
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_every_answer_carries_the_common_headers() -> None:
    for answer in (
        CLIENT.get(f"/v1/things/{THING}"),
        CLIENT.get("/nowhere"),
        CLIENT.get("/v1/failures/code"),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert len(answer.headers["Request-Id"]) >= 32


@pytest.mark.parametrize(
    ("sent", "kept"), [("abc-123", True), ("a" * 65, False), ("a b", False), ('"}', False), ("", False)]
)
def test_a_sane_request_id_is_kept(sent: str, kept: bool) -> None:
    answer = CLIENT.get("/nowhere", headers={"Request-Id": sent})
    assert (answer.headers["Request-Id"] == sent) is kept
    assert read(answer)["request_id"] == answer.headers["Request-Id"]
