"""A recovery week of five patients in three zones: who they are, what they do, and what must come of it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from functools import partial

from flask import Flask

from tracker import ids
from tracker.clock import MovableClock
from tracker.demo.acting_clinic import ActingClinic, ActingPatient, Therapist, open_clinic
from tracker.demo.observer import Event, Observer
from tracker.demo.play import Deed, play
from tracker.local_time.zones import zone

# Clocks in New York go forward on Sunday 8 March 2026, in the middle of the week.
BEGINS = datetime(2026, 3, 6, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=8)
WELCOME_BEFORE = timedelta(minutes=45)

ELENA, TOM = 0, 1
PATIENTS = {
    patient.name: patient
    for patient in (
        ActingPatient("Nora", "America/New_York", region="lower_back", baseline=2),
        ActingPatient("Marek", "Europe/Berlin", region="lower_back", baseline=1),
        ActingPatient("Priya", "Asia/Kolkata", region="calf", baseline=1),
        ActingPatient("Ruth", "America/New_York", region="shoulder", baseline=1),
        ActingPatient("Jonas", "Europe/Berlin", region="buttock", baseline=2),
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
SCRIPT: tuple[tuple[str, str, Callable[..., None], tuple[object, ...]], ...] = (
    ("Nora", "Sat 7 15:20", ActingClinic.answer, (4,)),
    ("Nora", "Sat 7 20:40", ActingClinic.answer, (3,)),
    ("Nora", "Sun 8 16:25", ActingClinic.answer, (2,)),
    ("Nora", "Wed 11 19:10", ActingClinic.answer, (2,)),
    ("Marek", "Sat 7 11:00", ActingClinic.answer, (5,)),
    ("Marek", "Sun 8 11:15", ActingClinic.answer, (5,)),
    ("Marek", "Sun 8 17:40", ActingClinic.acknowledge, (TOM,)),
    ("Marek", "Mon 9 11:00", ActingClinic.answer, (5,)),
    ("Marek", "Mon 9 16:30", ActingClinic.resolve, ("visit_brought_forward", "Comes in on Tuesday.", TOM)),
    ("Marek", "Wed 11 19:30", ActingClinic.answer, (2,)),
    ("Priya", "Sat 7 19:00", ActingClinic.answer, (3,)),
    ("Priya", "Sun 8 19:20", ActingClinic.answer, (6,)),
    ("Priya", "Sun 8 20:10", ActingClinic.acknowledge, (ELENA,)),
    ("Priya", "Mon 9 18:45", ActingClinic.answer, (3,)),
    ("Priya", "Tue 10 09:30", ActingClinic.answer, (2,)),
    ("Priya", "Wed 11 19:40", ActingClinic.answer, (1,)),
    ("Ruth", "Fri 6 15:10", ActingClinic.report, ("shortness_of_breath",)),
    ("Ruth", "Fri 6 15:55", ActingClinic.acknowledge, (TOM,)),
    (
        "Ruth",
        "Fri 6 19:30",
        ActingClinic.resolve,
        ("emergency_services", "Seen in hospital, now at home.", TOM),
    ),
    ("Ruth", "Sat 7 11:30", ActingClinic.answer, (2,)),
    ("Ruth", "Sun 8 12:20", ActingClinic.answer, (2,)),
    ("Ruth", "Wed 11 20:00", ActingClinic.answer, (1,)),
    ("Jonas", "Mon 9 10:00", ActingClinic.acknowledge, (ELENA,)),
    ("Jonas", "Mon 9 10:20", ActingClinic.telephone, (2,)),
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
    play(app, moment, _deeds(ActingClinic(app, staff, PATIENTS)), work, ENDS, observer.look)
    return observer.events


def on_clock_of(name: str, when: str) -> datetime:
    """Return the instant of a patient's local day and time, such as ``Sun 8 16:00``."""
    _, day, at = when.split()
    local = datetime.combine(
        BEGINS.date().replace(day=int(day)), time.fromisoformat(at), zone(PATIENTS[name].time_zone)
    )
    return local.astimezone(UTC)


def _deeds(practice: ActingClinic) -> Iterable[Deed]:
    for name, when in TREATED.items():
        ended_at = on_clock_of(name, when)
        yield Deed(ended_at - WELCOME_BEFORE, partial(practice.welcome, name))
        yield Deed(ended_at, partial(practice.treat, name))
    for name, when, do, words in SCRIPT:
        yield Deed(on_clock_of(name, when), partial(do, practice, name, *words))
