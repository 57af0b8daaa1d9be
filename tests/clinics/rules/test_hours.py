"""Monitored hours against the wall clock itself: edges of spans, closed days, and a year's changes of clocks."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.clinics.models import office_hours
from tracker.clinics.rules.hours import MINUTE, Hours, Weekday, read_hours
from tracker.local_time.zones import zone

BERLIN = zone("Europe/Berlin")
ZONE_NAMES = (files("tzdata") / "zones").read_text(encoding="utf-8").split()
YEAR_STARTS = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=15)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def open_on(*spans: tuple[str, str, str], closed: tuple[tuple[str, str], ...] = ()) -> Hours:
    return read_hours(
        "Europe/Berlin",
        [{"weekday": day, "opens": opens, "closes": closes} for day, opens, closes in spans],
        [{"first_day": first, "last_day": last} for first, last in closed],
    )


def every_day(opens: str, closes: str, place: str = "Europe/Berlin") -> Hours:
    return read_hours(place, [{"weekday": day, "opens": opens, "closes": closes} for day in Weekday], [])


OFFICE = read_hours("Europe/Berlin", office_hours(), [])
TWO_A_DAY = open_on(("monday", "13:00", "17:30"), ("monday", "08:00", "12:00"), ("tuesday", "20:00", "24:00"))
CHRISTMAS = read_hours(
    "Europe/Berlin", office_hours(), [{"first_day": "2026-12-24", "last_day": "2026-12-31"}]
)


@pytest.mark.parametrize(
    ("hours", "at", "opens"),
    [
        (OFFICE, "2026-11-23T08:59:59", "2026-11-23T09:00"),
        (OFFICE, "2026-11-23T09:00", "2026-11-23T09:00"),
        (OFFICE, "2026-11-23T16:59:59", "2026-11-23T16:59:59"),
        (OFFICE, "2026-11-23T17:00", "2026-11-24T09:00"),
        (OFFICE, "2026-11-27T17:00", "2026-11-30T09:00"),
        (TWO_A_DAY, "2026-11-23T12:00", "2026-11-23T13:00"),
        (TWO_A_DAY, "2026-11-24T23:59", "2026-11-24T23:59"),
        (TWO_A_DAY, "2026-11-25T00:00", "2026-11-30T08:00"),
        (CHRISTMAS, "2026-12-23T16:59", "2026-12-23T16:59"),
        (CHRISTMAS, "2026-12-23T17:00", "2027-01-01T09:00"),
        (CHRISTMAS, "2026-12-28T12:00", "2027-01-01T09:00"),
        (every_day("02:30", "03:30"), "2026-03-29T01:00", "2026-03-29T03:00"),  # 02:30 does not come
    ],
)
def test_the_next_opening(hours: Hours, at: str, opens: str) -> None:
    assert hours.next_opening(berlin(at)) == berlin(opens)
    assert hours.is_open(berlin(at)) is (at == opens)


@pytest.mark.parametrize(
    ("hours", "start", "minutes", "end"),
    [
        (OFFICE, "2026-11-23T10:00", 60, "2026-11-23T11:00"),
        (OFFICE, "2026-11-23T16:30", 30, "2026-11-23T17:00"),
        (OFFICE, "2026-11-23T16:30", 31, "2026-11-24T09:01"),
        (OFFICE, "2026-11-27T16:30", 60, "2026-11-30T09:30"),
        (OFFICE, "2026-11-28T12:00", 0, "2026-11-28T12:00"),
        (OFFICE, "2026-11-28T12:00", 480, "2026-11-30T17:00"),
        (OFFICE, "2026-11-28T12:00", 2400, "2026-12-04T17:00"),
        (TWO_A_DAY, "2026-11-23T11:30", 60, "2026-11-23T13:30"),
        (TWO_A_DAY, "2026-11-24T23:30", 30, "2026-11-25T00:00"),
        (TWO_A_DAY, "2026-11-24T23:30", 31, "2026-11-30T08:01"),
        (CHRISTMAS, "2026-12-23T16:00", 240, "2027-01-01T12:00"),
        (every_day("00:00", "24:00"), "2026-03-28T12:00", 24 * 60, "2026-03-29T13:00"),
        (every_day("00:00", "24:00"), "2026-10-24T12:00", 24 * 60, "2026-10-25T11:00"),
        (every_day("01:00", "05:00"), "2026-03-29T01:00", 180, "2026-03-29T05:00"),
        (every_day("01:00", "05:00"), "2026-10-25T01:00", 300, "2026-10-25T05:00"),
    ],
)
def test_so_many_monitored_minutes_later(hours: Hours, start: str, minutes: int, end: str) -> None:
    assert hours.add_clinic_minutes(berlin(start), minutes) == berlin(end)
    assert hours.clinic_minutes_between(berlin(start), berlin(end)) == minutes


def test_a_clinic_without_hours_never_opens() -> None:
    never, now = open_on(), berlin("2026-11-23T10:00")
    assert not never.is_open(now)
    assert never.next_opening(now) is None
    assert never.add_clinic_minutes(now, 1) is None
    assert never.clinic_minutes_between(now, now + timedelta(days=400)) == 0


@pytest.mark.parametrize(
    ("spans", "closed", "words"),
    [
        ([("monday", "10:00", "09:00")], (), "open before it closes"),
        ([("monday", "10:00", "10:00")], (), "open before it closes"),
        ([("monday", "09:00", "12:00"), ("monday", "11:59", "17:00")], (), "of monday overlap"),
        ([("monday", "24:00", "24:00")], (), "open before it closes"),
        ([("monday", "9:00", "12:00")], (), "no time of day"),
        ([("monday", "09:00", "24:01")], (), "no time of day"),
        ([("mon", "09:00", "12:00")], (), "mon"),
        ([], (("2026-12-25", "2026-12-24"),), "before its first day"),
    ],
)
def test_hours_that_cannot_be(
    spans: list[tuple[str, str, str]], closed: tuple[tuple[str, str], ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        open_on(*spans, closed=closed)


def test_hours_that_touch_may_stand_side_by_side() -> None:
    hours = open_on(("monday", "12:00", "17:00"), ("monday", "09:00", "12:00"))
    assert hours.clinic_minutes_between(berlin("2026-11-23T00:00"), berlin("2026-11-24T00:00")) == 480


def is_open_by_the_wall_clock(hours: Hours, at: datetime) -> bool:
    """Ask the wall clock; while an hour comes again, what held at the end of its first coming holds on."""
    wall = at.astimezone(hours.zone)
    while wall.fold:
        at -= MINUTE
        wall = at.astimezone(hours.zone)
    minute = wall.hour * 60 + wall.minute
    is_closed = any(first <= wall.date() <= last for first, last in hours.closed)
    return not is_closed and any(span.opens <= minute < span.closes for span in hours.week[wall.weekday()])


def count_by_the_wall_clock(hours: Hours, start: datetime, end: datetime) -> int:
    minutes = int((end - start) / MINUTE)
    return sum(is_open_by_the_wall_clock(hours, start + n * MINUTE) for n in range(minutes))


@cache
def changes_of_a_year() -> list[tuple[str, datetime]]:
    """Return every zone with the hour in which its clocks change in 2026; none changes them twice in a day."""
    found = []
    for name in ZONE_NAMES:
        place = zone(name)
        for day in (YEAR_STARTS + n * DAY for n in range(365)):
            if changes_within(place, day, DAY):
                hours = [day + n * HOUR for n in range(24)]
                found += [(name, hour) for hour in hours if changes_within(place, hour, HOUR)]
    return found


def changes_within(place: tzinfo, start: datetime, span: timedelta) -> bool:
    return start.astimezone(place).utcoffset() != (start + span).astimezone(place).utcoffset()


@pytest.mark.parametrize(
    ("opens", "closes"), [("00:00", "24:00"), ("01:15", "02:45"), ("22:30", "24:00"), ("00:00", "00:45")]
)
def test_around_every_change_of_clocks_of_a_year(opens: str, closes: str) -> None:
    checked: set[tuple[object, ...]] = set()
    for name, change in changes_of_a_year():
        hours = every_day(opens, closes, name)
        start, end = change - timedelta(hours=4), change + timedelta(hours=4)
        signature = (change, *(start.astimezone(hours.zone).timetuple()[:6]), end.astimezone(hours.zone).hour)
        if signature in checked:  # many places share one clock
            continue
        checked.add(signature)
        steps = [start + n * STEP for n in range(33)]
        for at, until in pairwise(steps):
            counted = count_by_the_wall_clock(hours, at, until)
            assert hours.clinic_minutes_between(at, until) == counted, (name, at)
            assert hours.is_open(at) is is_open_by_the_wall_clock(hours, at), (name, at)
    assert len(checked) > 20


MINUTES_OF_A_DAY = st.integers(0, 24 * 60)
INSTANTS = st.integers(0, 366 * 24 * 60).map(lambda minutes: YEAR_STARTS + minutes * MINUTE)


@st.composite
def clinics(draw: st.DrawFn) -> Hours:
    week = []
    for weekday in Weekday:
        edges = sorted(set(draw(st.lists(MINUTES_OF_A_DAY, max_size=4))))
        week += [
            {"weekday": weekday, "opens": wall(opens), "closes": wall(closes)}
            for opens, closes in zip(edges[::2], edges[1::2], strict=False)
        ]
    first = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 364)))
    last = first + timedelta(days=draw(st.integers(0, 20)))
    closed = [{"first_day": first.isoformat(), "last_day": last.isoformat()}]
    return read_hours(draw(st.sampled_from(ZONE_NAMES)), week, closed)


def wall(minutes: int) -> str:
    return "{:02}:{:02}".format(*divmod(minutes, 60))


@given(clinics(), INSTANTS, st.integers(0, 2 * 24 * 60))
def test_it_equals_a_count_minute_by_minute(hours: Hours, start: datetime, minutes: int) -> None:
    end = start + minutes * MINUTE
    assert hours.clinic_minutes_between(start, end) == count_by_the_wall_clock(hours, start, end)
    assert hours.clinic_minutes_between(end, start) == 0


@given(clinics(), INSTANTS, st.integers(1, 2400), st.timedeltas(timedelta(0), timedelta(minutes=2)))
def test_adding_and_counting_undo_each_other(
    hours: Hours, start: datetime, minutes: int, odd: timedelta
) -> None:
    start += odd
    end = hours.add_clinic_minutes(start, minutes)
    if end is None:
        assert not any(hours.week)
        return
    assert hours.clinic_minutes_between(start, end) == minutes
    assert hours.clinic_minutes_between(start, end - timedelta.resolution) == minutes - 1
    assert end.tzinfo is UTC


@given(
    clinics(),
    INSTANTS,
    st.timedeltas(timedelta(0), timedelta(days=9)),
    st.integers(0, 600),
    st.integers(0, 60),
)
def test_later_and_longer_never_ends_earlier(
    hours: Hours, start: datetime, later: timedelta, minutes: int, more: int
) -> None:
    end = hours.add_clinic_minutes(start, minutes)
    if end is None:
        return
    assert end <= max(hours.add_clinic_minutes(start + later, minutes) or end, start + later)
    longer = hours.add_clinic_minutes(start, minutes + more)
    assert longer is None or end <= longer
    assert hours.clinic_minutes_between(start, start + later) >= 0


@given(clinics(), INSTANTS)
def test_the_next_opening_is_the_first_open_instant(hours: Hours, at: datetime) -> None:
    opening = hours.next_opening(at)
    if opening is None:
        assert not any(hours.week)
        return
    assert opening >= at
    assert hours.is_open(opening)
    assert hours.clinic_minutes_between(at, opening) == 0
