"""Monitored hours: when somebody looks at alerts, counted in minutes over closed days and changes of clocks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from tracker.local_time.windows import Window, local_date, local_instant
from tracker.local_time.words import describe_clock, describe_moment, describe_near
from tracker.local_time.zones import zone
from tracker.safety.clinic_contact import MonitoredTimes

MIDNIGHT = 24 * 60
ONE_DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)
WALL_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


class Weekday(StrEnum):
    """The days of a week, in the order in which the calendar counts them."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """Minutes of a local day: the first is inside, the last is not."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Hours:
    """When a clinic's alerts are watched: spans for each weekday from Monday on, and days on which nobody is there.

    A wall time that comes twice means its first coming; one that a change of clocks skips means the change.
    """

    zone: ZoneInfo
    week: tuple[tuple[OpenSpan, ...], ...]
    closed: tuple[tuple[date, date], ...] = ()

    def is_open(self, at: datetime) -> bool:
        """Say whether somebody watches at this instant; a closing time is closed."""
        return self.next_opening(at) == at

    def next_opening(self, at: datetime) -> datetime | None:
        """Give the first watched UTC instant at or after this one; None when no day of the week has hours."""
        span = next(self._windows_after(at), None)
        return max(span.opens, at.astimezone(UTC)) if span else None

    def open_until(self, at: datetime) -> datetime | None:
        """Give the UTC instant at which nobody watches any more; None when nobody does at this instant.

        Somebody who always watches is said to stop a week later.
        """
        until = None
        for span in self._windows_after(at):
            if span.opens > (until or at) or span.opens > at + WEEK:
                break
            until = span.closes
        return until

    def add_clinic_minutes(self, start: datetime, minutes: int) -> datetime | None:
        """Give the first UTC instant by which so many monitored minutes have passed since `start`.

        That may be a closing time. No minutes give `start`; None when no day of the week has hours.
        """
        left, start = minutes * MINUTE, start.astimezone(UTC)
        if not left:
            return start
        for span in self._windows_after(start):
            opens = max(span.opens, start)
            if left <= span.closes - opens:
                return opens + left
            left -= span.closes - opens
        return None

    def clinic_minutes_between(self, start: datetime, end: datetime) -> int:
        """Count the whole monitored minutes from one instant to another; 0 when they stand the other way."""
        watched = timedelta()
        for span in self._windows_after(start):
            opens = max(span.opens, start)
            if opens >= end:
                break
            watched += min(span.closes, end) - opens
        return watched // MINUTE

    def _windows_after(self, at: datetime) -> Iterator[Window]:
        """Give the watched spans that end after this instant, in order; endless when there is any."""
        if not any(self.week):
            return
        # The day before too: where clocks go back over midnight, its last hours come again.
        day = local_date(at, self.zone) - ONE_DAY
        while True:
            yield from (span for span in _windows_on(self, day) if span.closes > at)
            day += ONE_DAY


def read_hours(
    time_zone: str, monitored_hours: Sequence[Mapping[str, str]], closed_days: Sequence[Mapping[str, str]]
) -> Hours:
    """Read hours as a clinic stores them; raises ValueError with a sentence that says what to change."""
    week: dict[Weekday, list[OpenSpan]] = {day: [] for day in Weekday}
    for entry in monitored_hours:
        span = OpenSpan(_minute_of(entry["opens"]), _minute_of(entry["closes"]))
        if span.opens >= span.closes:
            raise ValueError(f"{entry['opens']} to {entry['closes']} has to open before it closes.")
        week[Weekday(entry["weekday"])].append(span)
    for weekday, spans in week.items():
        spans.sort(key=lambda span: span.opens)
        if any(earlier.closes > later.opens for earlier, later in pairwise(spans)):
            raise ValueError(f"The hours of {weekday} overlap; join them to one entry.")
    return Hours(zone(time_zone), tuple(map(tuple, week.values())), tuple(map(_closed, closed_days)))


def _minute_of(wall_time: str) -> int:
    if not WALL_TIME.fullmatch(wall_time):
        raise ValueError(f"{wall_time[:8]!r} is no time of day; write 09:00, and 24:00 for the end of a day.")
    hours, minutes = wall_time.split(":")
    return int(hours) * 60 + int(minutes)


def _closed(entry: Mapping[str, str]) -> tuple[date, date]:
    first, last = date.fromisoformat(entry["first_day"]), date.fromisoformat(entry["last_day"])
    if last < first:
        raise ValueError(f"A closure cannot end on {last}, before its first day {first}.")
    return first, last


@lru_cache(maxsize=4096)
def _windows_on(hours: Hours, day: date) -> tuple[Window, ...]:
    """Give the watched spans of one local date; empty ones, swallowed by a change of clocks, are left out."""
    if any(first <= day <= last for first, last in hours.closed):
        return ()
    spans = hours.week[day.weekday()]
    windows = (
        Window(_instant(day, span.opens, hours.zone), _instant(day, span.closes, hours.zone))
        for span in spans
    )
    return tuple(window for window in windows if window.opens < window.closes)


def _instant(day: date, minute: int, place: ZoneInfo) -> datetime:
    if minute == MIDNIGHT:
        return local_instant(day + ONE_DAY, time(0), place)
    return local_instant(day, time(*divmod(minute, 60)), place)


def monitored_at(hours: Hours, here: ZoneInfo, now: datetime, locale: str) -> MonitoredTimes | None:
    """Say until when somebody looks, or when the next time; None for a clinic that has no hours at all."""
    closes = hours.open_until(now)
    if closes is not None:
        return MonitoredTimes(closes=describe_clock(closes, here, locale))
    opens = hours.next_opening(now)
    return MonitoredTimes(opens=describe_moment(opens, here, now, locale)) if opens else None


def reply_by(hours: Hours, minutes: int, here: ZoneInfo, now: datetime, locale: str) -> str | None:
    """Say by when so many monitored minutes have passed; None for a clinic that has no hours at all."""
    due = hours.add_clinic_minutes(now, minutes)
    return describe_near(due, here, now, locale) if due else None
