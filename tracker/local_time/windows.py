"""From a session's end to instants: elapsed hours, and the hours of a patient's local days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of UTC instants that includes its opening and excludes its closing."""

    opens: datetime
    closes: datetime

    def contains(self, instant: datetime) -> bool:
        """Say whether opens <= instant < closes."""
        return self.opens <= instant < self.closes


@dataclass(frozen=True, slots=True)
class After:
    """So many elapsed minutes after the anchor."""

    minutes: int


@dataclass(frozen=True, slots=True)
class OnDay:
    """A local wall time; day 0 is the anchor's date in the patient's zone."""

    day: int
    at: time


@dataclass(frozen=True, slots=True)
class FirstAt:
    """The first such local wall time from `earliest` to `latest` elapsed minutes after the anchor, if any."""

    at: time
    earliest: int
    latest: int


def elapsed(anchor: datetime, minutes: int) -> datetime:
    """Give the UTC instant that many elapsed minutes after the anchor, whatever clocks did meanwhile."""
    return anchor.astimezone(UTC) + timedelta(minutes=minutes)


def local_instant(day: date, at: time, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """Give the UTC instant of a local wall time.

    A time that a change of clocks skips becomes the instant of the change; a time that comes twice means
    its first coming, or its second with `last=True`.
    """
    wall = datetime.combine(day, at, tzinfo=zone)
    first = wall.replace(fold=0).astimezone(UTC)
    second = wall.replace(fold=1).astimezone(UTC)
    if second < first:  # so PEP 495 tells a skipped time: each fold lands on the far side of the change
        return _change_between(second, first, zone)
    return second if last else first


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """Give the calendar date of an instant in that zone."""
    return instant.astimezone(zone).date()


def local_day(day: date, zone: ZoneInfo) -> Window:
    """Give the instants of a local calendar day, which may be 23 or 25 hours long."""
    return Window(local_instant(day, time(0), zone), local_instant(day + timedelta(days=1), time(0), zone))


def instant_of(moment: After | OnDay, anchor: datetime, zone: ZoneInfo, *, days_later: int = 0) -> datetime:
    """Give the UTC instant of a moment after its anchor; `days_later` shifts local days only."""
    if isinstance(moment, After):
        return elapsed(anchor, moment.minutes)
    day = local_date(anchor, zone) + timedelta(days=moment.day + days_later)
    return local_instant(day, moment.at, zone)


def find_first_at(moment: FirstAt, anchor: datetime, zone: ZoneInfo, *, now: datetime) -> datetime | None:
    """Give the first such wall time that does not lie before now, as a UTC instant, or None."""
    earliest = max(elapsed(anchor, moment.earliest), now)
    latest = elapsed(anchor, moment.latest)
    day = local_date(earliest, zone)
    while (instant := local_instant(day, moment.at, zone)) <= latest:
        if instant >= earliest:
            return instant
        day += timedelta(days=1)
    return None


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the change of clocks between two UTC instants, to the second, by halving."""
    old = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
