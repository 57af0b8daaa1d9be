"""A cursor goes on where the page ended, and is checked like anything a stranger sends."""

import base64
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import pytest

from tracker.api.cursors import ByTime, decode, encode, page
from tracker.api.problems import Unreadable

MOMENT = datetime(2026, 1, 15, 8, 30, 59, 123_456, tzinfo=UTC)
ROW = UUID("0190a8c4-0000-7000-8000-000000000001")


class Number(NamedTuple):
    number: int


class OfEachKind(NamedTuple):
    at: datetime
    id: UUID
    number: int
    word: str


def _raw(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def test_a_cursor_brings_back_its_values_to_the_microsecond() -> None:
    assert decode(encode(MOMENT, ROW, 7, "a"), OfEachKind) == (MOMENT, ROW, 7, "a")


def test_no_cursor_is_the_first_page() -> None:
    assert decode(None, ByTime) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "%%%",
        "\u00e4",
        encode(MOMENT),
        encode(7, ROW),
        encode(MOMENT, "not-an-id"),
        encode(MOMENT, ROW) + "A",
        encode(MOMENT, ROW)[:-4],
        _raw("{}"),
        _raw("null"),
        _raw('["2026-01-15T08:30:59","0190a8c4-0000-7000-8000-000000000001"]'),
        _raw('["9999-12-31T23:59:59-14:00","0190a8c4-0000-7000-8000-000000000001"]'),
        _raw('["0001-01-01T00:00:00+14:00","0190a8c4-0000-7000-8000-000000000001"]'),
        _raw("[" * 2000),
    ],
)
def test_a_foreign_or_tampered_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        decode(cursor, ByTime)
    assert refusal.value.code == "invalid_cursor"


@pytest.mark.parametrize("written", ["true", "1.5", '"7"', str(2**63), str(-(2**63) - 1)])
def test_a_number_in_a_cursor_is_a_whole_one_that_a_database_holds(written: str) -> None:
    with pytest.raises(Unreadable):
        decode(_raw(f"[{written}]"), Number)


@pytest.mark.parametrize(
    ("rows", "items", "goes_on"), [([], 0, False), ([1], 1, False), ([1, 2], 2, False), ([1, 2, 3], 2, True)]
)
def test_a_page_goes_on_only_if_there_is_more(rows: list[int], items: int, goes_on: bool) -> None:
    answer = page(rows, 2, lambda row: {"id": row}, lambda row: (row,))
    assert len(answer["items"]) == items
    assert ("next_cursor" in answer) is goes_on
    if goes_on:
        assert decode(answer["next_cursor"], Number) == (2,)
