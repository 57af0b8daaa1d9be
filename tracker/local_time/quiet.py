"""Quiet hours: local wall times that become spans of instants, night by night."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tracker.local_time.windows import Window, local_date, local_instant

ONE_DAY = timedelta(days=1)
INSTANT = timedelta.resolution


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times, in whole minutes, between which nobody is disturbed; equal times mean no quiet hours."""

    starts: time = time(21)
    ends: time = time(8)
    enabled: bool = True

    def __post_init__(self) -> None:
        if any(at.second or at.microsecond or at.tzinfo for at in (self.starts, self.ends)):
            raise ValueError("quiet hours are local times in whole minutes")


def quiet_window(instant: datetime, quiet: QuietHours, zone: ZoneInfo) -> Window | None:
    """Find the quiet span that holds the instant; its start is quiet, its end is not."""
    if not quiet.enabled or quiet.starts == quiet.ends:
        return None
    today = local_date(instant, zone)
    spans = (_quiet_from(day, quiet, zone) for day in (today - ONE_DAY, today, today + ONE_DAY))
    return next((span for span in spans if span.contains(instant)), None)


def next_allowed(instant: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Give the first UTC instant, at or after this one, that is not quiet."""
    instant = instant.astimezone(UTC)
    # Two nights can touch when a change of clocks swallows the time between them.
    while span := quiet_window(instant, quiet, zone):
        instant = span.closes
    return instant


def last_allowed(instant: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Give the last whole UTC minute, at or before this instant, that is not quiet."""
    minute = _whole_minute(instant.astimezone(UTC))
    while span := quiet_window(minute, quiet, zone):
        minute = _whole_minute(span.opens - INSTANT)
    return minute


@lru_cache(maxsize=4096)
def _quiet_from(day: date, quiet: QuietHours, zone: ZoneInfo) -> Window:
    """Give the quiet span that starts on a local date: first coming of its start, last of its end."""
    end_day = day if quiet.starts < quiet.ends else day + ONE_DAY
    return Window(local_instant(day, quiet.starts, zone), local_instant(end_day, quiet.ends, zone, last=True))


def _whole_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
