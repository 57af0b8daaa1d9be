"""Instants and windows in a patient's local words (English), the same on every machine."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tracker.protocols.windows import local_date, local_day

# Not strftime: its names follow the machine's locale.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
NEAR_DAYS = {-1: "yesterday", 0: "today", 1: "tomorrow"}
WEEKDAY_ALONE = range(2, 7)  # days ahead on which a weekday's name can mean only one date


def describe_instant(instant: datetime, zone: ZoneInfo) -> str:
    """Say an instant by its local date and time: "Sunday 8 March, 16:00"."""
    return f"{_date_words(local_date(instant, zone))}, {_clock_words(instant, zone)}"


def describe_window(opens_at: datetime, closes_at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Say a window in local words, as seen now: "from today 15:00 until Sunday 15:00"."""
    today = local_date(now, zone)
    opening_day = local_date(opens_at, zone)
    opening = f"from {_day_words(opening_day, today)} {_clock_words(opens_at, zone)}"
    closing_day = local_date(closes_at, zone)
    if closes_at == local_day(closing_day, zone).opens:
        # "00:00" is read as the night before by half of the people, and as the night after by the other.
        return f"{opening} until the end of {_day_words(closing_day - timedelta(days=1), today)}"
    if closing_day == opening_day:
        return f"{opening} until {_clock_words(closes_at, zone)}"
    return f"{opening} until {_day_words(closing_day, today)} {_clock_words(closes_at, zone)}"


def _day_words(day: date, today: date) -> str:
    days_ahead = (day - today).days
    if days_ahead in NEAR_DAYS:
        return NEAR_DAYS[days_ahead]
    if days_ahead in WEEKDAY_ALONE:
        return WEEKDAYS[day.weekday()]
    words = _date_words(day)
    return words if day.year == today.year else f"{words} {day.year}"


def _date_words(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def _clock_words(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%H:%M}"
