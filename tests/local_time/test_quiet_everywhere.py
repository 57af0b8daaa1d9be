"""T35: quiet hours around every change of clocks of every zone, 2025-2035, checked against the wall clock itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tracker.local_time.quiet import QuietHours, last_allowed, next_allowed
from tracker.local_time.windows import Window
from tracker.local_time.zones import zone

YEARS = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC))
ZONE_NAMES = (files("tzdata") / "zones").read_text(encoding="utf-8").split()

SPANS = [
    QuietHours(),
    QuietHours(time(22), time(2, 30)),
    QuietHours(time(1, 20), time(2, 40)),
    QuietHours(time(23, 45), time(0, 15)),
]
PROBES = [timedelta(minutes=minutes) for minutes in (-600, -300, -61, -1, 0, 29, 90, 420)]
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


def changes_of(place: ZoneInfo) -> Iterator[datetime]:
    before = YEARS.opens
    while before < YEARS.closes:
        after = before + WEEK
        if offset(before, place) != offset(after, place):
            yield change_between(before, after, place)
        before = after


def change_between(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    while after - before > MINUTE:
        middle = before + ((after - before) // 2 // MINUTE) * MINUTE
        before, after = (
            (middle, after) if offset(middle, place) == offset(before, place) else (before, middle)
        )
    return after


def offset(moment: datetime, place: ZoneInfo) -> timedelta | None:
    return moment.astimezone(place).utcoffset()


def is_quiet_by_the_wall_clock(moment: datetime, quiet: QuietHours, place: ZoneInfo) -> bool:
    wall = moment.astimezone(place).time()
    if quiet.starts < quiet.ends:
        return quiet.starts <= wall < quiet.ends
    return wall >= quiet.starts or wall < quiet.ends


@cache
def all_changes() -> list[tuple[ZoneInfo, datetime]]:
    return [(place, change) for place in map(zone, ZONE_NAMES) for change in changes_of(place)]


def test_the_changes_of_clocks_are_found() -> None:
    assert len(ZONE_NAMES) > 590
    assert len(all_changes()) > 4_000


@pytest.mark.parametrize("quiet", SPANS, ids=lambda quiet: f"T35-{quiet.starts:%H%M}-{quiet.ends:%H%M}")
def test_no_prompt_lands_in_quiet_hours_and_none_waits_longer_than_it_must(quiet: QuietHours) -> None:
    for place, change in all_changes():
        dues = [change + probe for probe in PROBES]
        sent = [next_allowed(due, quiet, place) for due in dues]
        assert all(earlier <= later for earlier, later in pairwise(sent)), (place, change)
        for due, at in zip(dues, sent, strict=True):
            assert is_the_first_loud_instant(due, at, change, quiet, place), (place, due, at)


@pytest.mark.parametrize("quiet", SPANS, ids=lambda quiet: f"T35-{quiet.starts:%H%M}-{quiet.ends:%H%M}")
def test_what_moves_before_quiet_hours_moves_no_further_than_it_must(quiet: QuietHours) -> None:
    for place, change in all_changes():
        for due in (change + probe for probe in PROBES):
            at = last_allowed(due, quiet, place)
            assert at <= due
            assert next_allowed(at, quiet, place) == at, (place, due, at)
            minute_later = at + MINUTE
            assert minute_later > due or next_allowed(minute_later, quiet, place) > due, (place, due, at)


def is_the_first_loud_instant(
    due: datetime, at: datetime, change: datetime, quiet: QuietHours, place: ZoneInfo
) -> bool:
    if is_quiet_by_the_wall_clock(at, quiet, place):
        return False
    if at == due:
        return True
    ends_here = at.astimezone(place).time() == quiet.ends
    return at > due and next_allowed(at - MINUTE, quiet, place) == at and (ends_here or at == change)
