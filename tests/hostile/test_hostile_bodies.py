"""Whatever cannot be one plain JSON object is refused by every operation alike, and changes nothing (S16, S17)."""

import gzip

import orjson
import pytest
from flask import Flask

from tests.access.house import House, contents
from tests.hostile.offers import OFFERS, body_of, faults, send, verdict
from tracker.api.contract import operations_of

pytestmark = pytest.mark.any_database

KIB = 1024
MALFORMED, OTHER_FORM = (400, "malformed_json"), (415, "unsupported_media_type")
STRICT = [offer for offer in OFFERS.values() if offer.operation != "reportRedFlag"]
UNREADABLE = {
    "nothing": b"",
    "white space": b" \n\t",
    "a list": b"[]",
    "a list of objects": b"[{}]",
    "a word": b'"soreness"',
    "a number": b"1",
    "null": b"null",
    "cut off": b'{"soreness": ',
    "not closed": b'{"soreness": 1',
    "a second object": b"{} {}",
    "trailing garbage": b"{}x",
    "single quotes": b"{'a': 1}",
    "a trailing comma": b'{"a": 1,}',
    "a comment": b"{/* none */}",
    "duplicate keys": b'{"soreness": 1, "soreness": 9}',
    "duplicate keys, one escaped": b'{"soreness": 1, "\\u0073oreness": 9}',
    "duplicate keys deep inside": b'{"a": [{"b": 1, "b": 1}]}',
    "20,000 lists deep": b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "20,000 objects deep": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "20,000 lists deep, not closed": b"[" * 20_000,
    "NaN": b'{"soreness": NaN}',
    "Infinity": b'{"soreness": Infinity}',
    "minus Infinity": b'{"soreness": -Infinity}',
    "a leading zero": b'{"soreness": 05}',
    "hexadecimal": b'{"soreness": 0x5}',
    "unicode digits": '{"soreness": ٣}'.encode(),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"soreness": 3}'.encode("utf-16"),
    "UTF-16 without a mark": '{"soreness": 3}'.encode("utf-16-le"),
    "UTF-32": '{"soreness": 3}'.encode("utf-32"),
    "Latin-1": '{"note": "süß"}'.encode("latin-1"),
    "an overlong sequence": b'{"note": "\xc0\x80"}',
    "a surrogate in bytes": b'{"note": "\xed\xa0\x80"}',
    "a raw line end in text": b'{"note": "a\nb"}',
    "a bad escape": b'{"note": "\\x41"}',
    "NUL bytes": b"\x00\x00\x00\x00",
    "a form": b"soreness=3&stiffness=2",
    "XML": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}
# Refused too, but for a red-flag report, in which it counts as text.
TOO_LARGE = {
    "1e400": b'{"soreness": 1e400}',
    "5,000 digits": b'{"soreness": ' + b"9" * 5000 + b"}",
    "minus 5,000 digits": b'{"soreness": -' + b"9" * 5000 + b"}",
}
OTHER_MEDIA = {
    "none": "",
    "text": "text/plain",
    "a form": "application/x-www-form-urlencoded",
    "parts": "multipart/form-data; boundary=x",
    "merge patch": "application/merge-patch+json",
    "a JSON dialect": "application/vnd.api+json",
    "UTF-16": "application/json; charset=utf-16",
    "Latin-1": "application/json; charset=iso-8859-1",
    "nonsense": "application/json/json",
    "two": "application/json, text/plain",
}

NOT_STORABLE = [
    b'"a\\u0000b": 1',
    b'"\\ud800": 1',
    b'"x": "\\u0000"',
    b'"x": "\\udfff"',
    b'"x": [{"y": "\\ud83d"}]',
    b'"x": [["\\u0000"]]',
]


def test_every_operation_with_a_body_is_tried(app: Flask) -> None:
    assert set(OFFERS) == {info.operation_id for info in operations_of(app).values() if info.body}


def test_what_cannot_be_read_is_refused_and_changes_nothing(house: House) -> None:
    before = contents()
    found = {
        (offer.operation, name): verdict(send(house, offer, raw))
        for offer in OFFERS.values()
        for name, raw in (UNREADABLE | (TOO_LARGE if offer in STRICT else {})).items()
    }
    assert {what: answer for what, answer in found.items() if answer != MALFORMED} == {}
    assert contents() == before


def test_another_form_than_plain_json_is_refused(house: House) -> None:
    before = contents()
    found = {
        (offer.operation, name): verdict(send(house, offer, body_of(house, offer), {"Content-Type": media}))
        for offer in OFFERS.values()
        for name, media in OTHER_MEDIA.items()
    }
    assert {what: answer for what, answer in found.items() if answer != OTHER_FORM} == {}
    assert contents() == before


def test_a_packed_body_is_refused(house: House) -> None:
    before = contents()
    for offer in OFFERS.values():
        packed = gzip.compress(orjson.dumps(body_of(house, offer)))
        for encoding in ("gzip", "deflate", "br", "identity, gzip"):
            assert verdict(send(house, offer, packed, {"Content-Encoding": encoding})) == OTHER_FORM
    assert contents() == before


def test_too_much_is_refused_before_it_is_read(house: House) -> None:
    before = contents()
    for offer in OFFERS.values():
        for raw in (b" " * (256 * KIB + 1), b'{"note": "' + b"a" * 1024 * KIB + b'"}', b"[" * 2048 * KIB):
            assert verdict(send(house, offer, raw)) == (413, "payload_too_large"), offer.operation
    assert contents() == before


def test_unknown_members_are_refused_and_named(house: House) -> None:
    before = contents()
    unknown = {"surprise": 1, "id": "x", "version": 9, "created_by_id": "x", "a/b~c": 0, "__proto__": {}}
    named = {"#/surprise", "#/id", "#/version", "#/created_by_id", "#/a~1b~0c", "#/__proto__"}
    for offer in STRICT:
        good = body_of(house, offer)
        answer = send(house, offer, unknown | good)
        assert verdict(answer) == (422, "validation_failed"), offer.operation
        known = {f"#/{name}" for name in good}  # the version of safety texts is one that a client names
        assert set(faults(answer)) == {(pointer, "unknown_field") for pointer in named - known}
    assert contents() == before


def test_nobody_writes_a_column_that_is_not_theirs(house: House) -> None:
    for column in ("status", "therapist_id", "clinic_id", "role", "created_at", "sync_seq"):
        before = contents()
        for offer in STRICT:
            if column not in house.operations[offer.operation].body().fields:  # type: ignore[misc]
                answer = send(house, offer, body_of(house, offer) | {column: "x"})
                assert faults(answer) == [(f"#/{column}", "unknown_field")], offer.operation
        assert contents() == before


def test_text_that_no_database_can_hold_is_refused_wherever_it_stands(house: House) -> None:
    for member in NOT_STORABLE:
        before = contents()
        for offer in STRICT:
            answer = send(house, offer, orjson.dumps(body_of(house, offer))[:-1] + b"," + member + b"}")
            assert verdict(answer) == (422, "validation_failed"), offer.operation
            assert {code for _pointer, code in faults(answer)} == {"invalid_text"}
        assert contents() == before
