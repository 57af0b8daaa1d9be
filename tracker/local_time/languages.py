"""How each language that patients read says days and clock times; not from the machine's locale."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DEFAULT_LANGUAGE = "en"
# CLDR has the same names, and a test holds them equal. Its patterns are others ("Sunday, March 8, 2026", "4:05 PM"),
# and a pure file knows the standard library alone: so names stand beside patterns here.


@dataclass(frozen=True, slots=True)
class Language:
    """Names and patterns of one language; weekdays from Monday, months from January."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    near: Mapping[int, str]  # days from today
    date: str
    date_of_year: str
    clock: str
    instant: str
    day_and_clock: str
    from_until: str  # a window over several days
    from_until_clock: str  # a window within one day
    from_until_end_of: str  # a window that ends at midnight
    near_at: str  # "today at 13:00"
    weekday_at: str  # "on Monday at 09:00"
    date_at: str


_ENGLISH = Language(
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    near=MappingProxyType({-1: "yesterday", 0: "today", 1: "tomorrow"}),
    date="{weekday} {day} {month}",
    date_of_year="{weekday} {day} {month} {year}",
    clock="{time}",
    instant="{date}, {clock}",
    day_and_clock="{day} {clock}",
    from_until="from {opening} until {closing}",
    from_until_clock="from {opening} until {clock}",
    # "00:00" is read as the night before by half of the people, and as the night after by the other.
    from_until_end_of="from {opening} until the end of {day}",
    near_at="{day} at {clock}",
    weekday_at="on {day} at {clock}",
    date_at="on {day} at {clock}",
)

_GERMAN = Language(
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    near=MappingProxyType({-1: "gestern", 0: "heute", 1: "morgen"}),
    date="{weekday}, {day}. {month}",
    date_of_year="{weekday}, {day}. {month} {year}",
    clock="{time} Uhr",
    instant="{date}, {clock}",
    day_and_clock="{day}, {clock}",
    from_until="von {opening} bis {closing}",
    from_until_clock="von {opening} bis {clock}",
    from_until_end_of="von {opening} bis {day}, 24:00 Uhr",
    near_at="{day} um {clock}",
    weekday_at="am {day} um {clock}",
    date_at="am {day}, um {clock}",
)

_SPANISH = Language(
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    near=MappingProxyType({-1: "ayer", 0: "hoy", 1: "mañana"}),
    date="{weekday} {day} de {month}",
    date_of_year="{weekday} {day} de {month} de {year}",
    clock="{time}",
    instant="{date}, {clock}",
    day_and_clock="{day} {clock}",
    from_until="desde {opening} hasta {closing}",
    from_until_clock="desde {opening} hasta las {clock}",
    from_until_end_of="desde {opening} hasta las 24:00 de {day}",
    near_at="{day} a las {clock}",
    weekday_at="el {day} a las {clock}",
    date_at="el {day} a las {clock}",
)

LANGUAGES: Mapping[str, Language] = MappingProxyType({"en": _ENGLISH, "de": _GERMAN, "es": _SPANISH})


def language_of(locale: str) -> Language:
    """Return the language of a locale such as "de-AT", else English."""
    return LANGUAGES.get(locale.replace("_", "-").split("-")[0].lower(), LANGUAGES[DEFAULT_LANGUAGE])
