from datetime import datetime, time, timedelta

import pytest

from tracker.local_time.quiet import QuietHours, last_allowed, next_allowed, quiet_window
from tracker.local_time.windows import Window
from tracker.local_time.zones import zone

instant = datetime.fromisoformat


def quiet_hours(span: str) -> QuietHours:
    starts, ends = span.split("-")
    return QuietHours(time.fromisoformat(starts), time.fromisoformat(ends))


NEW_YORK = "America/New_York"
NIGHT = "21:00-08:00"


@pytest.mark.parametrize(
    ("place", "span", "due", "expected"),
    [
        pytest.param(NEW_YORK, NIGHT, "2026-06-10T03:30Z", "2026-06-10T12:00Z", id="T5-night"),
        pytest.param(NEW_YORK, NIGHT, "2026-06-10T12:00Z", "2026-06-10T12:00Z", id="T6-at-end"),
        pytest.param(NEW_YORK, NIGHT, "2026-06-11T01:00Z", "2026-06-11T12:00Z", id="T6-at-start"),
        pytest.param(NEW_YORK, NIGHT, "2026-06-11T00:59Z", "2026-06-11T00:59Z", id="T6-minute-before"),
        pytest.param(NEW_YORK, "22:00-02:30", "2026-03-08T06:30Z", "2026-03-08T07:00Z", id="T7-end-in-gap"),
        pytest.param(NEW_YORK, NIGHT, "2026-03-08T08:00Z", "2026-03-08T12:00Z", id="T8-spring-night"),
        pytest.param(NEW_YORK, "22:00-01:20", "2026-11-01T05:30Z", "2026-11-01T06:20Z", id="T9-end-twice"),
        pytest.param(NEW_YORK, "22:00-01:20", "2026-11-01T06:19Z", "2026-11-01T06:20Z", id="T10-before"),
        pytest.param(NEW_YORK, "22:00-01:20", "2026-11-01T06:20Z", "2026-11-01T06:20Z", id="T10-at-end"),
        pytest.param(NEW_YORK, NIGHT, "2026-11-01T08:00Z", "2026-11-01T13:00Z", id="T11-autumn-night"),
        pytest.param(
            "Australia/Lord_Howe", "22:00-02:15", "2026-10-03T15:00Z", "2026-10-03T15:30Z", id="T12-half-hour"
        ),
        pytest.param(
            "America/Santiago", "21:00-00:30", "2026-09-06T03:30Z", "2026-09-06T04:00Z", id="T13-midnight"
        ),
        pytest.param(
            "Antarctica/Troll", "22:00-02:00", "2026-03-29T00:30Z", "2026-03-29T01:00Z", id="T14-two-hours"
        ),
        pytest.param("Asia/Kathmandu", NIGHT, "2026-05-02T16:00Z", "2026-05-03T02:15Z", id="T15-quarter"),
        pytest.param("Pacific/Kiritimati", NIGHT, "2026-01-01T08:00Z", "2026-01-01T18:00Z", id="T16-plus-14"),
        pytest.param("Europe/Berlin", NIGHT, "2026-05-02T13:00Z", "2026-05-02T13:00Z", id="T17-at-home"),
        pytest.param("Asia/Tokyo", NIGHT, "2026-05-02T13:00Z", "2026-05-02T23:00Z", id="T17-flown"),
        pytest.param("Europe/Berlin", NIGHT, "2026-05-02T14:00Z", "2026-05-02T14:00Z", id="T18-flown-back"),
        pytest.param(NEW_YORK, "13:00-15:00", "2026-06-10T18:00Z", "2026-06-10T19:00Z", id="T19-day-time"),
        pytest.param(NEW_YORK, "08:00-08:00", "2026-06-10T03:30Z", "2026-06-10T03:30Z", id="equal-is-none"),
    ],
)  # fmt: skip
def test_a_prompt_waits_for_the_end_of_quiet_hours(place: str, span: str, due: str, expected: str) -> None:
    assert next_allowed(instant(due), quiet_hours(span), zone(place)) == instant(expected)


@pytest.mark.parametrize(
    ("place", "span", "moment", "expected"),
    [
        (NEW_YORK, NIGHT, "2026-06-11T01:00Z", "2026-06-11T00:59Z"),
        (NEW_YORK, NIGHT, "2026-06-11T11:59:59Z", "2026-06-11T00:59Z"),
        (NEW_YORK, NIGHT, "2026-06-11T12:00:30Z", "2026-06-11T12:00Z"),
        (NEW_YORK, NIGHT, "2026-06-11T12:34:56.7Z", "2026-06-11T12:34Z"),
        (NEW_YORK, "02:30-06:00", "2026-03-08T08:00Z", "2026-03-08T06:59Z"),  # the start is skipped
        (NEW_YORK, "01:20-06:00", "2026-11-01T06:30Z", "2026-11-01T05:19Z"),  # the start comes twice
        (NEW_YORK, "08:00-08:00", "2026-06-11T03:00:01Z", "2026-06-11T03:00Z"),
    ],
)
def test_a_prompt_moves_to_the_last_whole_minute_before_quiet_hours(
    place: str, span: str, moment: str, expected: str
) -> None:
    assert last_allowed(instant(moment), quiet_hours(span), zone(place)) == instant(expected)


def test_the_quiet_span_around_an_instant_is_known() -> None:
    berlin, night = zone("Europe/Berlin"), QuietHours()
    span = Window(instant("2026-03-28T20:00Z"), instant("2026-03-29T06:00Z"))  # ten hours: clocks change
    assert quiet_window(instant("2026-03-29T01:00Z"), night, berlin) == span
    assert quiet_window(span.opens, night, berlin) == span
    assert quiet_window(span.closes, night, berlin) is None


def test_quiet_hours_can_be_switched_off() -> None:
    asleep = instant("2026-06-10T03:30Z")
    off = QuietHours(enabled=False)
    assert quiet_window(asleep, off, zone(NEW_YORK)) is None
    assert next_allowed(asleep, off, zone(NEW_YORK)) == asleep


def test_one_loud_minute_a_day_is_found_even_when_a_change_of_clocks_swallows_it() -> None:
    almost_always = quiet_hours("02:31-02:30")
    due = instant("2026-03-08T06:00Z")  # 01:00; New York has no 02:30 on this day
    assert next_allowed(due, almost_always, zone(NEW_YORK)) == instant("2026-03-09T06:30Z")
    assert last_allowed(due, almost_always, zone(NEW_YORK)) == instant("2026-03-07T07:30Z")


def test_answers_are_in_utc_whatever_zone_the_question_was_in() -> None:
    for moment in (instant("2026-06-10T23:30-04:00"), instant("2026-06-10T15:30-04:00")):
        for answer in (next_allowed, last_allowed):
            assert answer(moment, QuietHours(), zone(NEW_YORK)).utcoffset() == timedelta(0)


@pytest.mark.parametrize("odd", [time(21, 0, 30), time(21, 0, 0, 1)])
def test_quiet_hours_are_in_whole_minutes(odd: time) -> None:
    with pytest.raises(ValueError, match="whole minutes"):
        QuietHours(starts=odd)
