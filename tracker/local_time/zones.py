"""Time zones by name, always from the tzdata package and never from the machine's own copy."""

from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

ZONEINFO = files("tzdata") / "zoneinfo"

# Rules without a place: tz made them aliases of these places in 2024b, the package has not followed.
PLACES_OF_RULES = {
    "EST5EDT": "America/New_York",
    "CST6CDT": "America/Chicago",
    "MST7MDT": "America/Denver",
    "PST8PDT": "America/Los_Angeles",
}


def canonical_zone(name: str) -> str:
    """Give the current name of an IANA zone or of one of its aliases; anything else raises ValueError."""
    try:
        return _canonical_names()[name]
    except KeyError:
        raise ValueError(
            "unknown time zone; use a name such as Europe/Berlin"
        ) from None  # the name is not echoed: it may be 10 kB long


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Load the zone of that name or alias; anything else raises ValueError."""
    key = canonical_zone(name)
    if key != name:
        return zone(key)
    with ZONEINFO.joinpath(*key.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=key)


def date_in(time_zone: str, instant: datetime) -> date:
    """Give the calendar date of an instant in the zone of that name."""
    return instant.astimezone(zone(time_zone)).date()


@cache
def _canonical_names() -> dict[str, str]:
    """Map every known name, alias or not, to the name we store."""
    lines = [line.split() for line in _lines("tzdata.zi")]
    names = {fields[1]: fields[1] for fields in lines if fields[0] == "Z"}
    names |= {fields[2]: fields[1] for fields in lines if fields[0] == "L"}
    # tzdata also links places that merely share a clock today (Oslo to Berlin). They keep their own
    # name: their law may change alone, and nobody in Oslo wants to read Berlin.
    names |= {place: place for place in (line.split("\t")[2] for line in _lines("zone.tab"))}
    return names | PLACES_OF_RULES


def _lines(file_name: str) -> list[str]:
    text = (ZONEINFO / file_name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
