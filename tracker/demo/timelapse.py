"""Shows a week as it passed, in 100 columns: day by day, each line on the clock of the patient it is about."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby

from tracker.demo.acting_clinic import ActingPatient
from tracker.demo.observer import Event
from tracker.local_time.zones import zone

WIDTH = 100
INDENT = " " * 41  # where the details stand
BOLD, DIM, RED, GREEN, YELLOW, BLUE, PLAIN = (
    "\x1b[1m",
    "\x1b[2m",
    "\x1b[31m",
    "\x1b[32m",
    "\x1b[33m",
    "\x1b[34m",
    "\x1b[0m",
)
COLOURS = {
    "reported": RED,
    "raised": RED,
    "told": YELLOW,
    "escalated": YELLOW,
    "acknowledged": BLUE,
    "resolved": GREEN,
    "settling": GREEN,
    "suppressed": DIM,
    "cancelled": DIM,
}


def show(
    events: Sequence[Event],
    patients: Mapping[str, ActingPatient],
    stories: Mapping[str, str],
    *,
    colour: bool,
) -> Iterator[str]:
    """Return the lines: the cast, then every day with what happened on it."""
    for patient in patients.values():
        yield f"  {patient.name:<7}{_city(patient.time_zone):<10}{stories[patient.name]}"
    zones = sorted({patient.time_zone for patient in patients.values()})
    by_day = sorted(events, key=lambda event: event.local.replace(tzinfo=None))
    for day, happened in groupby(by_day, key=lambda event: event.local.date()):
        yield ""
        yield _paint(f"{day:%A} {day.day} {day:%B %Y}", BOLD, colour) + _changes(day, zones)
        for event in happened:
            yield from _lines(event, colour)


def summary(events: Iterable[Event]) -> str:
    """Return how much of each kind there was."""
    kinds = [event.kind for event in events]
    messages = kinds.count("sent")
    mails = kinds.count("told") + kinds.count("escalated")
    return (
        f"{messages} messages to patients ({kinds.count('suppressed')} more were not needed), "
        f"{kinds.count('answered')} check-ins, {kinds.count('raised')} alerts, {mails} mails to therapists."
    )


def _lines(event: Event, colour: bool) -> Iterator[str]:
    kind = _paint(f"{event.kind:<14}", COLOURS.get(event.kind, ""), colour)
    head = f"  {event.local:%H:%M}  {event.patient:<7}{_city(event.time_zone):<10}"
    first, *rest = textwrap.wrap(event.detail, WIDTH - len(INDENT)) or [""]
    yield f"{head} {kind}{first}".rstrip()
    for line in rest:
        yield f"{INDENT}{line}"


def _changes(day: date, zones: Iterable[str]) -> str:
    """Say where the clocks change on a day."""
    said = ""
    for name in zones:
        morning, next_morning = (
            datetime.combine(day + timedelta(days=later), time(0), zone(name)).utcoffset() for later in (0, 1)
        )
        if morning is not None and next_morning is not None and morning != next_morning:
            hours = (next_morning - morning) / timedelta(hours=1)
            said += f"  (clocks in {_city(name)} go {'forward' if hours > 0 else 'back'} by {abs(hours):g} h)"
    return said


def _city(time_zone: str) -> str:
    return time_zone.rpartition("/")[2].replace("_", " ")


def _paint(text: str, colour: str, wanted: bool) -> str:
    return f"{colour}{text}{PLAIN}" if wanted and colour else text
