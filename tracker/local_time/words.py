"""Instants and windows in a patient's local words, the same on every machine."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.local_time.languages import DEFAULT_LANGUAGE, Language, language_of
from tracker.local_time.windows import local_date, local_day

WEEKDAY_ALONE = range(2, 7)  # days ahead on which a weekday's name can mean only one date


def describe_instant(instant: datetime, zone: ZoneInfo, locale: str = DEFAULT_LANGUAGE) -> str:
    """Say an instant by its local date and time: "Sunday 8 March, 16:00"."""
    language = language_of(locale)
    day = _date_words(local_date(instant, zone), language.date, language)
    return language.instant.format(date=day, clock=_clock_words(instant, zone, language))


def describe_near(instant: datetime, zone: ZoneInfo, now: datetime, locale: str = DEFAULT_LANGUAGE) -> str:
    """Say an instant by its day as seen now, without a preposition: "tomorrow 09:00"."""
    language = language_of(locale)
    return _day_and_clock(instant, zone, local_date(now, zone), language)


def describe_moment(instant: datetime, zone: ZoneInfo, now: datetime, locale: str = DEFAULT_LANGUAGE) -> str:
    """Say when something happens, as seen now: "today at 13:00", "on Monday at 09:00"."""
    language = language_of(locale)
    day, today = local_date(instant, zone), local_date(now, zone)
    ahead = (day - today).days
    pattern = language.date_at
    if ahead in language.near:
        pattern = language.near_at
    elif ahead in WEEKDAY_ALONE:
        pattern = language.weekday_at
    return pattern.format(day=_day_words(day, today, language), clock=_clock_words(instant, zone, language))


def describe_clock(instant: datetime, zone: ZoneInfo, locale: str = DEFAULT_LANGUAGE) -> str:
    """Say the local time of an instant alone: "17:00"."""
    return _clock_words(instant, zone, language_of(locale))


def describe_time(at: time, locale: str = DEFAULT_LANGUAGE) -> str:
    """Say a wall-clock time: "18:00"."""
    return language_of(locale).clock.format(time=f"{at:%H:%M}")


def describe_window(
    opens_at: datetime, closes_at: datetime, zone: ZoneInfo, now: datetime, locale: str = DEFAULT_LANGUAGE
) -> str:
    """Say a window in local words, as seen now: "from today 15:00 until Sunday 15:00"."""
    language = language_of(locale)
    today = local_date(now, zone)
    opening = _day_and_clock(opens_at, zone, today, language)
    closing_day = local_date(closes_at, zone)
    if closes_at == local_day(closing_day, zone).opens:
        last_day = _day_words(closing_day - timedelta(days=1), today, language)
        return language.from_until_end_of.format(opening=opening, day=last_day)
    if closing_day == local_date(opens_at, zone):
        clock = _clock_words(closes_at, zone, language)
        return language.from_until_clock.format(opening=opening, clock=clock)
    closing = _day_and_clock(closes_at, zone, today, language)
    return language.from_until.format(opening=opening, closing=closing)


def _day_and_clock(instant: datetime, zone: ZoneInfo, today: date, language: Language) -> str:
    day = _day_words(local_date(instant, zone), today, language)
    return language.day_and_clock.format(day=day, clock=_clock_words(instant, zone, language))


def _day_words(day: date, today: date, language: Language) -> str:
    days_ahead = (day - today).days
    if days_ahead in language.near:
        return language.near[days_ahead]
    if days_ahead in WEEKDAY_ALONE:
        return language.weekdays[day.weekday()]
    return _date_words(day, language.date if day.year == today.year else language.date_of_year, language)


def _date_words(day: date, pattern: str, language: Language) -> str:
    weekday, month = language.weekdays[day.weekday()], language.months[day.month - 1]
    return pattern.format(weekday=weekday, day=day.day, month=month, year=day.year)


def _clock_words(instant: datetime, zone: ZoneInfo, language: Language) -> str:
    return language.clock.format(time=f"{instant.astimezone(zone):%H:%M}")
