"""A recovery week of five patients in three zones: who they are, what they do, and what must come of it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from flask import Flask

from tracker import ids
from tracker.clock import MovableClock
from tracker.demo.observer import Event, Observer
from tracker.demo.play import Deed, play
from tracker.demo.practice import Patient, Practice, Therapist, open_clinic
from tracker.protocols.zones import zone

# Clocks in New York go forward on Sunday 8 March 2026, in the middle of the week.
BEGINS = datetime(2026, 3, 6, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=8)
WELCOME_BEFORE = timedelta(minutes=45)

ELENA, TOM = 0, 1
PATIENTS = {
    patient.name: patient
    for patient in (
        Patient("Nora", "America/New_York", region="lower_back", baseline=2),
        Patient("Marek", "Europe/Berlin", region="lower_back", baseline=1),
        Patient("Priya", "Asia/Kolkata", region="calf", baseline=1),
        Patient("Ruth", "America/New_York", region="shoulder", baseline=1),
        Patient("Jonas", "Europe/Berlin", region="buttock", baseline=2),
    )
}
STORIES = {
    "Nora": "settles, while the clocks change",
    "Marek": "stays sore: persists",
    "Priya": "feels better, then worse: worsens",
    "Ruth": "reports a red flag",
    "Jonas": "is silent",
}
TREATED = {
    "Nora": "Fri 6 15:00",
    "Marek": "Fri 6 10:30",
    "Priya": "Fri 6 18:30",
    "Ruth": "Fri 6 11:00",
    "Jonas": "Fri 6 16:00",
}
# Who, when on the patient's clock, what, with which words.
SCRIPT: tuple[tuple[str, str, Callable[..., None], tuple[Any, ...]], ...] = (
    ("Nora", "Sat 7 15:20", Practice.answer, (4,)),
    ("Nora", "Sat 7 20:40", Practice.answer, (3,)),
    ("Nora", "Sun 8 16:25", Practice.answer, (2,)),
    ("Nora", "Wed 11 19:10", Practice.answer, (2,)),
    ("Marek", "Sat 7 11:00", Practice.answer, (5,)),
    ("Marek", "Sun 8 11:15", Practice.answer, (5,)),
    ("Marek", "Sun 8 17:40", Practice.acknowledge, (TOM,)),
    ("Marek", "Mon 9 11:00", Practice.answer, (5,)),
    ("Marek", "Mon 9 16:30", Practice.resolve, ("visit_brought_forward", "Comes in on Tuesday.", TOM)),
    ("Marek", "Wed 11 19:30", Practice.answer, (2,)),
    ("Priya", "Sat 7 19:00", Practice.answer, (3,)),
    ("Priya", "Sun 8 19:20", Practice.answer, (6,)),
    ("Priya", "Sun 8 20:10", Practice.acknowledge, (ELENA,)),
    ("Priya", "Mon 9 18:45", Practice.answer, (3,)),
    ("Priya", "Tue 10 09:30", Practice.answer, (2,)),
    ("Priya", "Wed 11 19:40", Practice.answer, (1,)),
    ("Ruth", "Fri 6 15:10", Practice.report, ("shortness_of_breath",)),
    ("Ruth", "Fri 6 15:55", Practice.acknowledge, (TOM,)),
    ("Ruth", "Fri 6 19:30", Practice.resolve, ("emergency_services", "Seen in hospital, now at home.", TOM)),
    ("Ruth", "Sat 7 11:30", Practice.answer, (2,)),
    ("Ruth", "Sun 8 12:20", Practice.answer, (2,)),
    ("Ruth", "Wed 11 20:00", Practice.answer, (1,)),
    ("Jonas", "Mon 9 10:00", Practice.acknowledge, (ELENA,)),
    ("Jonas", "Mon 9 10:20", Practice.telephone, (2,)),
)


def tell(app: Flask, moment: MovableClock, work: Callable[[], None]) -> list[Event]:
    """Play the week on an empty database and return what happened, read from the database.

    ``work`` is one round of the real worker. The clock must be the one of the process.
    """
    staff = [
        Therapist("Elena Brandt", "elena@example.org", ids.new_password()),
        Therapist("Tom Okafor", "tom@example.org", ids.new_password()),
    ]
    moment.move_to(BEGINS)
    with app.app_context():
        open_clinic("Three Harbours Physiotherapy", "America/New_York", staff)
    observer = Observer(app)
    play(app, moment, _deeds(Practice(app, staff, PATIENTS)), work, ENDS, observer.look)
    return observer.events


def on_clock_of(name: str, when: str) -> datetime:
    """Return the instant of a patient's local day and time, such as ``Sun 8 16:00``."""
    _, day, at = when.split()
    local = datetime.combine(
        BEGINS.date().replace(day=int(day)), time.fromisoformat(at), zone(PATIENTS[name].time_zone)
    )
    return local.astimezone(UTC)


def _deeds(practice: Practice) -> Iterable[Deed]:
    for name, when in TREATED.items():
        ended_at = on_clock_of(name, when)
        yield Deed(ended_at - WELCOME_BEFORE, partial(practice.welcome, name))
        yield Deed(ended_at, partial(practice.treat, name))
    for name, when, do, words in SCRIPT:
        yield Deed(on_clock_of(name, when), partial(do, practice, name, *words))
