"""Bodies that two parsers could read differently, or that no database can store, are refused (S16 to S19)."""

import gzip
import io
import json

import pytest

from tests.api.probe import KEY, create, probe, read

CLIENT = probe()
BOM = b"\xef\xbb\xbf"

MALFORMED = [
    (b"", "empty"),
    (b"   ", "only spaces"),
    (b"{", "unfinished"),
    (b'{"shape":"round"} {}', "two values"),
    (b"[]", "a list"),
    (b'"round"', "text"),
    (b"null", "null"),
    (b'{"shape":"round","shape":"square"}', "a member twice"),
    (b'{"parts":[{"region":"a","region":"b"}]}', "a member twice, inside"),
    (b'{"shape":"round","sh\\u0061pe":"square"}', "a member twice, once escaped"),
    (b'{"weight":NaN}', "NaN"),
    (b'{"weight":Infinity}', "Infinity"),
    (b'{"weight":-Infinity}', "minus Infinity"),
    (b'{"weight":1e400}', "beyond double"),
    (b'{"score":' + b"9" * 5000 + b"}", "5,000 digits"),
    (b'{"score":01}', "a leading zero"),
    (b'{"note":"\x01"}', "a raw control character"),
    (BOM + b'{"shape":"round"}', "a byte order mark"),
    ('{"shape":"round"}'.encode("utf-16"), "UTF-16"),
    ('{"shape":"round"}'.encode("utf-16-le"), "UTF-16 without mark"),
    (b'{"note":"\xff"}', "not UTF-8"),
    (b'{"note":"\xed\xa0\x80"}', "a surrogate in UTF-8"),
    (b'{"parts":' + b"[" * 40 + b"]" * 40 + b"}", "40 levels"),
    (b'{"parts":' * 20_000, "20,000 levels"),
    (b"[" * 100_000, "100,000 brackets"),
]


@pytest.mark.parametrize(("raw", "_what"), MALFORMED, ids=[what for _raw, what in MALFORMED])
def test_what_cannot_be_read_for_certain_is_refused(raw: bytes, _what: str) -> None:
    answer = create(CLIENT, raw)
    assert (answer.status_code, read(answer)["code"]) == (400, "malformed_json")
    assert answer.content_type == "application/problem+json"


def test_a_member_that_stands_twice_is_named() -> None:
    assert "'shape'" in read(create(CLIENT, b'{"shape":"round","shape":"round"}'))["detail"]


def test_brackets_inside_text_are_not_levels() -> None:
    note = "[" * 45 + '\\"{'
    answer = create(CLIENT, b'{"shape":"round","note":"' + note.encode() + b'"}')
    assert answer.status_code == 201
    assert read(answer)["note"] == "[" * 45 + '"{'


def test_thirty_two_levels_are_read() -> None:
    raw = b'{"parts":' + b"[" * 31 + b"]" * 31 + b"}"
    assert create(CLIENT, raw).status_code == 422


UNSTORABLE = [
    (b'{"note":"a\\u0000b"}', "#/note"),
    (b'{"note":"\\ud800"}', "#/note"),
    (b'{"note":"\\udc00\\ud800"}', "#/note"),
    (b'{"parts":[{"region":"ok"},{"region":"\\u0000"}]}', "#/parts/1/region"),
    (b'{"a\\u0000":1}', "#/a%00"),
    (b'{"a/b~\\u0000":1}', "#/a~1b~0%00"),
    (b'{"x":{"\\ud800":1}}', "#/x/%3F"),
]


@pytest.mark.parametrize(("raw", "pointer"), UNSTORABLE)
def test_text_that_cannot_be_stored_is_refused_where_it_stands(raw: bytes, pointer: str) -> None:
    answer = create(CLIENT, raw)
    assert (answer.status_code, read(answer)["code"]) == (422, "validation_failed")
    assert [(error["pointer"], error["code"]) for error in read(answer)["errors"]] == [
        (pointer, "invalid_text")
    ]


def test_text_beyond_the_basic_plane_is_kept() -> None:
    answer = create(CLIENT, b'{"shape":"round","note":"\\ud83d\\ude00 \xf0\x9f\x98\x80"}')
    assert read(answer)["note"] == "\U0001f600 \U0001f600"


def test_null_means_not_sent_at_every_level() -> None:
    sent = {"shape": "round", "score": None, "unknown": None, "parts": [{"region": "a", "other": None}]}
    answer = create(CLIENT, json.dumps(sent).encode())
    assert answer.status_code == 201
    assert "score" not in read(answer)


TYPES = [
    "text/plain",
    "",
    "application/x-www-form-urlencoded",
    "application/merge-patch+json",
    "application/jsonp",
]


@pytest.mark.parametrize("content_type", TYPES)
def test_other_media_types_are_refused(content_type: str) -> None:
    answer = create(CLIENT, b'{"shape":"round"}', {"Content-Type": content_type})
    assert (answer.status_code, read(answer)["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 201),
        ("Application/JSON", 201),
        ("application/json; charset=latin-1", 415),
    ],
)
def test_a_charset_may_only_say_what_json_is(content_type: str, status: int) -> None:
    assert create(CLIENT, b'{"shape":"round"}', {"Content-Type": content_type}).status_code == status


def test_a_compressed_body_is_refused() -> None:
    answer = create(CLIENT, gzip.compress(b'{"shape":"round"}'), {"Content-Encoding": "gzip"})
    assert (answer.status_code, read(answer)["code"]) == (415, "unsupported_media_type")


def test_a_refused_patch_says_what_is_accepted() -> None:
    headers = {"If-Match": '"1"', "Content-Type": "application/merge-patch+json"}
    answer = CLIENT.patch("/v1/things/0190a8c4-0000-7000-8000-000000000001", data=b"{}", headers=headers)
    assert (answer.status_code, answer.headers["Accept-Patch"]) == (415, "application/json")


def _sized(size: int) -> bytes:
    return b'{"shape":"round"' + b" " * (size - 17) + b"}"


@pytest.mark.parametrize(("size", "status"), [(256 * 1024, 201), (256 * 1024 + 1, 413), (3_000_000, 413)])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_a_body_has_at_most_256_kib_declared_or_not(size: int, status: int, declared: bool) -> None:
    headers = {"Content-Type": "application/json", **KEY}
    raw = _sized(size)
    chunked = {"wsgi.input_terminated": True}
    answer = (
        CLIENT.post("/v1/things", data=raw, headers=headers)
        if declared
        else CLIENT.post(
            "/v1/things", input_stream=io.BytesIO(raw), headers=headers, environ_overrides=chunked
        )
    )
    assert answer.status_code == status
    assert status == 201 or read(answer)["code"] == "payload_too_large"
