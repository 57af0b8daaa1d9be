"""The demo clinic: two therapists, five patients in three zones, as a busy day finds them."""

import os
import stat
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from flask import Flask

from tracker import ids
from tracker.clinics import service as clinics
from tracker.clock import MovableClock
from tracker.demo.acting_clinic import ActingClinic, ActingPatient, Therapist, open_clinic
from tracker.demo.play import Deed, play

CLINIC = "Harbour Physiotherapy (demo)"
TIME_ZONE = "America/New_York"
STAFF = (("Dana Meyer", "dana@example.org"), ("Luis Ortega", "luis@example.org"))
DANA, LUIS = 0, 1
PATIENTS = {
    patient.name: patient
    for patient in (
        ActingPatient("Petra Lang", "Europe/Berlin", region="lower_back", baseline=2, therapist=DANA),
        ActingPatient("Sam Reed", "America/New_York", region="lower_back", baseline=1, therapist=DANA),
        ActingPatient("Ines Costa", "Europe/Berlin", region="shoulder", baseline=1, therapist=DANA),
        ActingPatient("Aiko Mori", "Asia/Tokyo", region="buttock", baseline=2, therapist=LUIS),
        ActingPatient("Owen Hale", "America/New_York", region="thigh", baseline=3, therapist=LUIS),
    )
}
# Who, how many hours ago, what, with which words.
PAST: tuple[tuple[str, float, Callable[..., None], tuple[object, ...]], ...] = (
    ("Petra Lang", 3.1, ActingClinic.welcome, ()),
    ("Petra Lang", 3, ActingClinic.treat, ()),
    ("Sam Reed", 52.1, ActingClinic.welcome, ()),
    ("Sam Reed", 52, ActingClinic.treat, ()),
    ("Sam Reed", 27, ActingClinic.answer, (4,)),
    ("Sam Reed", 3, ActingClinic.answer, (6,)),
    ("Ines Costa", 30.1, ActingClinic.welcome, ()),
    ("Ines Costa", 30, ActingClinic.treat, ()),
    ("Ines Costa", 5, ActingClinic.answer, (2,)),
    ("Ines Costa", 2, ActingClinic.report, ("fever",)),
    ("Ines Costa", 1.5, ActingClinic.acknowledge, (DANA,)),
    ("Aiko Mori", 27.1, ActingClinic.welcome, ()),
    ("Aiko Mori", 27, ActingClinic.treat, ()),
    ("Aiko Mori", 2.5, ActingClinic.answer, (3,)),
    ("Owen Hale", 63.1, ActingClinic.welcome, ()),
    ("Owen Hale", 63, ActingClinic.treat, ()),
)
BEFORE_ALL = timedelta(hours=72)


def load(app: Flask, moment: MovableClock, work: Callable[[], None]) -> tuple[UUID, list[Therapist]]:
    """Fill an empty database with the days before the moment; return the clinic's id and its accounts.

    The moment must be the clock of the process; ``work`` is one round of the real worker.
    """
    now = moment()
    staff = [Therapist(name, email, ids.new_password()) for name, email in STAFF]
    practice = ActingClinic(app, staff, PATIENTS)
    moment.move_to(now - BEFORE_ALL)
    with app.app_context():
        clinic_id = open_clinic(CLINIC, TIME_ZONE, staff)
    deeds = [
        Deed(now - timedelta(hours=hours), partial(do, practice, name, *words))
        for name, hours, do, words in PAST
    ]
    play(app, moment, deeds, work, now)
    return clinic_id, staff


def find_clinic_id(app: Flask) -> UUID | None:
    """Return the id of the demo clinic in this database, or None."""
    with app.app_context():
        clinic = clinics.find_clinic_by_name(CLINIC)
        return clinic.id if clinic else None


def keep_accounts(path: Path, clinic_id: UUID, staff: Sequence[Therapist]) -> None:
    """Write the accounts down with their passwords, readable by this user alone."""
    lines = [str(clinic_id), *("\t".join((person.name, person.email, person.password)) for person in staff)]
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(handle, "w") as file:
        file.write("\n".join(lines) + "\n")


def find_accounts(path: Path, clinic_id: UUID) -> list[Therapist]:
    """Return the accounts that were written down for this very clinic; an empty list if there are none."""
    lines = path.read_text().splitlines() if path.exists() else []
    if lines[:1] != [str(clinic_id)]:
        return []
    return [Therapist(*line.split("\t")) for line in lines[1:]]
