"""What each kind of field accepts, and the code of its refusal."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from marshmallow import ValidationError
from marshmallow.fields import Field

from tests.api.probe import create, probe, read
from tracker.api import fields
from tracker.api.problems import faults_of

CLIENT = probe()
ID = "0190A8C4-0000-7000-8000-00000000000A"


class Word(StrEnum):
    YES = "yes"
    NO = "no"


ACCEPTED: list[tuple[Field[Any], Any, Any]] = [
    (fields.Text(5), "a\tb\n", "a\tb\n"),
    (fields.Text(2), "\U0001f600\U0001f600", "\U0001f600\U0001f600"),
    (fields.Whole(0, 10), 9, 9),
    (fields.Whole(0, 10), 9.0, 9),
    (fields.Whole(0, 10), -0.0, 0),
    (fields.Number(0, 10), 9, 9.0),
    (fields.Number(0, 10), 9.75, 9.75),
    (fields.Flag(), False, False),
    (fields.Identifier(), ID, UUID(ID)),
    (fields.Instant(), "2026-01-15T08:30:00Z", datetime(2026, 1, 15, 8, 30, tzinfo=UTC)),
    (fields.Instant(), "2026-01-15t09:30:00.5+01:00", datetime(2026, 1, 15, 8, 30, 0, 500_000, tzinfo=UTC)),
    (
        fields.Instant(),
        "2026-01-15 08:30:00.123456789z",
        datetime(2026, 1, 15, 8, 30, 0, 123_456, tzinfo=UTC),
    ),
    (fields.Instant(), "1970-01-01T00:00:00+14:00", datetime(1969, 12, 31, 10, tzinfo=UTC)),
    (fields.CivilDate(), "2024-02-29", date(2024, 2, 29)),
    (fields.LocalTime(), "23:59", "23:59"),
    (fields.Zone(), "Asia/Calcutta", "Asia/Kolkata"),
    (fields.Locale(), "pt-BR", "pt-BR"),
    (fields.Email(), "a@b.example", "a@b.example"),
    (fields.Vocabulary(Word), "yes", Word.YES),
    (fields.Vocabulary(Word, closed=False), "perhaps", "perhaps"),
    (fields.ListOf(fields.Whole(0, 1), 2), [0, 1], [0, 1]),
]


@pytest.mark.parametrize(("field", "sent", "read"), ACCEPTED)
def test_accepted(field: Field[Any], sent: Any, read: Any) -> None:
    value = field.deserialize(sent)
    assert value == read
    assert type(value) is type(read)


REFUSED: list[tuple[Field[Any], Any, str]] = [
    (fields.Text(5), 1, "invalid_type"),
    (fields.Text(5), "123456", "too_long"),
    (fields.Text(5, min_length=1), "", "out_of_range"),
    (fields.Text(5), "a\x00", "invalid_text"),
    (fields.Text(5), "a\x1b", "invalid_text"),
    (fields.Text(5), "a\ud800", "invalid_text"),
    (fields.Whole(0, 10), 11, "out_of_range"),
    (fields.Whole(0, 10), -1, "out_of_range"),
    (fields.Whole(0, 10), 2**63, "out_of_range"),
    (fields.Whole(0, 10), 9.7, "invalid_type"),
    (fields.Whole(0, 10), "9", "invalid_type"),
    (fields.Whole(0, 10), "\uff19", "invalid_type"),
    (fields.Whole(0, 10), True, "invalid_type"),
    (fields.Whole(0, 10), [], "invalid_type"),
    (fields.Whole(0, 10), float("nan"), "invalid_type"),
    (fields.Number(0, 10), 10.1, "out_of_range"),
    (fields.Number(0, 10), "1", "invalid_type"),
    (fields.Number(0, 10), float("inf"), "invalid_type"),
    (fields.Number(0, 10), False, "invalid_type"),
    (fields.Flag(), 1, "invalid_type"),
    (fields.Flag(), "true", "invalid_type"),
    (fields.Identifier(), ID.replace("-", ""), "invalid_format"),
    (fields.Identifier(), "{" + ID + "}", "invalid_format"),
    (fields.Identifier(), "urn:uuid:" + ID, "invalid_format"),
    (fields.Identifier(), ID + "\n", "invalid_format"),
    (fields.Identifier(), 7, "invalid_type"),
    (fields.Instant(), "2026-01-15T08:30:00", "invalid_format"),
    (fields.Instant(), "2026-01-15", "invalid_format"),
    (fields.Instant(), "20260115T083000Z", "invalid_format"),
    (fields.Instant(), "2026-W03-4T08:30:00Z", "invalid_format"),
    (fields.Instant(), "2026-02-30T08:30:00Z", "invalid_format"),
    (fields.Instant(), "2026-01-15T08:30:00+25:00", "invalid_format"),
    (fields.Instant(), "\u0662026-01-15T08:30:00Z", "invalid_format"),
    (fields.Instant(), 1_768_465_800, "invalid_type"),
    (fields.Instant(), "1969-12-31T23:59:59Z", "out_of_range"),
    (fields.Instant(), "0001-01-01T00:00:00+14:00", "out_of_range"),
    (fields.Instant(), "9999-12-31T23:59:59-14:00", "out_of_range"),
    (fields.CivilDate(), "2026-02-29", "invalid_format"),
    (fields.CivilDate(), "0001-01-01", "out_of_range"),
    (fields.LocalTime(), "24:00", "invalid_format"),
    (fields.LocalTime(), "9:00", "invalid_format"),
    (fields.Zone(), "Mars/Olympus", "unknown_time_zone"),
    (fields.Zone(), "../../etc/passwd", "unknown_time_zone"),
    (fields.Zone(), "x" * 10_000, "too_long"),
    (fields.Locale(), "english please", "invalid_format"),
    (fields.Email(), "a@b", "invalid_format"),
    (fields.Email(), "a@b.example\nBcc: c@d.example", "invalid_format"),
    (fields.Vocabulary(Word), "perhaps", "unknown_value"),
    (fields.Vocabulary(Word), 1, "invalid_type"),
    (fields.ListOf(fields.Flag(), 2), [True] * 3, "too_many_items"),
    (fields.ListOf(fields.Flag(), 2, min_items=1), [], "out_of_range"),
    (fields.ListOf(fields.Flag(), 2), {}, "invalid_type"),
    (fields.ListOf(fields.Flag(), 2), "ab", "invalid_type"),
]


@pytest.mark.parametrize(("field", "sent", "code"), REFUSED)
def test_refused(field: Field[Any], sent: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        field.deserialize(sent)
    assert [fault.code for fault in faults_of(refusal.value.messages)] == [code]


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (b"{}", {("#/shape", "required")}),
        (b'{"shape":null}', {("#/shape", "required")}),
        (b'{"shape":"round","hue":1}', {("#/hue", "unknown_field")}),
        (b'{"shape":"oval","colour":"mauve"}', {("#/shape", "unknown_value"), ("#/colour", "unknown_value")}),
        (
            b'{"shape":"round","parts":[{"region":"a"},{"region":"123456"}]}',
            {("#/parts/1/region", "too_long")},
        ),
        (b'{"shape":"round","parts":[{"region":"a","x":1}]}', {("#/parts/0/x", "unknown_field")}),
        (b'{"shape":"round","parts":[null]}', {("#/parts/0", "required")}),
        (b'{"shape":"round","parts":["a"]}', {("#/parts/0", "invalid_type")}),
        (b'{"shape":"round","score":11,"note":7}', {("#/score", "out_of_range"), ("#/note", "invalid_type")}),
    ],
)
def test_every_fault_says_where_it_is(raw: bytes, faults: set[tuple[str, str]]) -> None:
    answer = create(CLIENT, raw)
    assert (answer.status_code, read(answer)["code"]) == (422, "validation_failed")
    assert {(error["pointer"], error["code"]) for error in read(answer)["errors"]} == faults


def test_too_many_items_are_too_large_a_body() -> None:
    answer = create(CLIENT, b'{"shape":"round","parts":[{},{},{},{}]}')
    assert (answer.status_code, read(answer)["code"]) == (413, "too_many_items")


def test_a_bound_stands_in_the_sentence() -> None:
    answer = create(CLIENT, b'{"shape":"round","score":44}')
    assert read(answer)["errors"][0]["detail"] == "Must lie between 0 and 10."
