from datetime import UTC, date, datetime, time, timedelta

import pytest

from tracker.local_time.windows import (
    FirstAt,
    OnDay,
    Window,
    elapsed,
    find_first_at,
    instant_of,
    local_date,
    local_day,
    local_instant,
)
from tracker.local_time.zones import zone

instant = datetime.fromisoformat
HOURS = 60


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-05-02T11:59:59.999999Z", False),
        ("2026-05-02T12:00:00Z", True),
        ("2026-05-02T13:59:59.999999Z", True),
        ("2026-05-02T14:00:00Z", False),
    ],
)
def test_a_window_includes_its_opening_and_excludes_its_closing(moment: str, expected: bool) -> None:
    window = Window(instant("2026-05-02T12:00:00Z"), instant("2026-05-02T14:00:00Z"))
    assert window.contains(instant(moment)) is expected


@pytest.mark.parametrize(
    ("ended_at", "hours", "expected", "local"),
    [
        pytest.param("2026-03-07T20:00Z", 24, "2026-03-08T20:00Z", "16:00", id="T1-spring"),
        pytest.param("2026-10-31T19:00Z", 24, "2026-11-01T19:00Z", "14:00", id="T2-autumn"),
        pytest.param("2026-03-07T20:00Z", 48, "2026-03-09T20:00Z", "16:00", id="T3-48-h"),
        pytest.param("2028-02-28T10:00Z", 48, "2028-03-01T10:00Z", "05:00", id="T4-leap-year"),
        pytest.param("2027-02-28T10:00Z", 48, "2027-03-02T10:00Z", "05:00", id="T4-plain-year"),
    ],
)
def test_hours_after_a_session_are_elapsed_hours(
    ended_at: str, hours: int, expected: str, local: str
) -> None:
    new_york = zone("America/New_York")
    for anchor in (instant(ended_at), instant(ended_at).astimezone(new_york)):
        due_at = elapsed(anchor, hours * HOURS)
        assert due_at == instant(expected)
        assert due_at.tzinfo is UTC
    assert f"{instant(expected).astimezone(new_york):%H:%M}" == local


@pytest.mark.parametrize(
    ("zone_name", "wall", "first", "last"),
    [
        ("America/New_York", "2026-06-10T21:00", "2026-06-11T01:00Z", "2026-06-11T01:00Z"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00Z", "2026-03-08T07:00Z"),  # skipped
        ("America/New_York", "2026-03-08T02:00", "2026-03-08T07:00Z", "2026-03-08T07:00Z"),
        ("America/New_York", "2026-03-08T03:00", "2026-03-08T07:00Z", "2026-03-08T07:00Z"),
        ("America/New_York", "2026-11-01T01:20", "2026-11-01T05:20Z", "2026-11-01T06:20Z"),  # twice
        ("America/New_York", "2026-11-01T02:00", "2026-11-01T07:00Z", "2026-11-01T07:00Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z", "2026-10-03T15:30Z"),
        ("America/Santiago", "2026-09-06T00:30", "2026-09-06T04:00Z", "2026-09-06T04:00Z"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00Z", "2011-12-30T10:00Z"),  # no such day
    ],
)
def test_a_wall_time_becomes_an_instant(zone_name: str, wall: str, first: str, last: str) -> None:
    moment, place = instant(wall), zone(zone_name)
    assert local_instant(moment.date(), moment.time(), place) == instant(first)
    assert local_instant(moment.date(), moment.time(), place, last=True) == instant(last)


@pytest.mark.parametrize(
    ("zone_name", "day", "opens", "hours"),
    [
        pytest.param("America/Santiago", "2026-09-06", "2026-09-06T04:00Z", 23, id="T22-no-midnight"),
        pytest.param("America/New_York", "2026-03-08", "2026-03-08T05:00Z", 23, id="T22-spring"),
        pytest.param("America/New_York", "2026-11-01", "2026-11-01T04:00Z", 25, id="T22-autumn"),
        pytest.param("Asia/Kathmandu", "2026-05-02", "2026-05-01T18:15Z", 24, id="plain-day"),
    ],
)
def test_a_local_day_is_as_long_as_its_clocks_make_it(
    zone_name: str, day: str, opens: str, hours: int
) -> None:
    window = local_day(date.fromisoformat(day), zone(zone_name))
    assert window == Window(instant(opens), instant(opens) + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("zone_name", "moment", "expected"),
    [
        pytest.param("America/New_York", "2026-03-09T03:30Z", "2026-03-08", id="T23-before-midnight"),
        pytest.param("America/New_York", "2026-03-09T04:30Z", "2026-03-09", id="T23-after-midnight"),
        pytest.param("Pacific/Kiritimati", "2026-03-09T04:30Z", "2026-03-09", id="T24-far-east"),
        pytest.param("Pacific/Pago_Pago", "2026-03-09T04:30Z", "2026-03-08", id="T24-far-west"),
    ],
)
def test_the_date_of_an_instant_is_the_zones(zone_name: str, moment: str, expected: str) -> None:
    assert local_date(instant(moment), zone(zone_name)) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("ended_at", "expected"),
    [
        ("2026-03-01T21:00Z", "2026-03-07T00:00Z"),  # 16:00 in New York on the 1st
        ("2026-03-02T04:59Z", "2026-03-07T00:00Z"),  # 23:59 of the same day
        ("2026-03-02T05:00Z", "2026-03-08T00:00Z"),  # its midnight is the next day
        ("2026-03-07T21:00Z", "2026-03-12T23:00Z"),  # clocks change between
    ],
)
def test_day_five_counts_local_dates_and_not_hours(ended_at: str, expected: str) -> None:
    day_5 = OnDay(5, time(19))
    assert instant_of(day_5, instant(ended_at), zone("America/New_York")) == instant(expected)


@pytest.mark.parametrize(
    ("ended", "now", "expected"),
    [
        ("16:00", "16:00", "2026-05-02T18:00Z"),  # exactly 2 h after the end
        ("16:01", "16:01", None),  # and the next evening is less than 2 h before the window closes
        ("20:00", "20:00", "2026-05-03T18:00Z"),  # exactly 2 h before it closes
        ("19:59", "20:00", None),
        ("10:00", "18:00", "2026-05-02T18:00Z"),
        ("10:00", "18:01", None),  # recorded when this evening had passed
    ],
)
def test_the_first_evening_lies_inside_its_bounds_and_ahead(
    ended: str, now: str, expected: str | None
) -> None:
    evening = FirstAt(time(18), earliest=2 * HOURS, latest=22 * HOURS)
    found = find_first_at(
        evening,
        instant(f"2026-05-02T{ended}Z"),
        zone("UTC"),
        now=instant(f"2026-05-02T{now}Z"),
    )
    assert found == (instant(expected) if expected else None)
