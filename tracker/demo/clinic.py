"""The demo clinic: two therapists, five patients in three zones, as a busy day finds them."""

import os
import stat
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask

from tracker import ids
from tracker.clinics import service as clinics
from tracker.clock import MovableClock
from tracker.demo.play import Deed, play
from tracker.demo.practice import Patient, Practice, Therapist, open_clinic

CLINIC = "Harbour Physiotherapy (demo)"
TIME_ZONE = "America/New_York"
STAFF = (("Dana Meyer", "dana@example.org"), ("Luis Ortega", "luis@example.org"))
DANA, LUIS = 0, 1
PATIENTS = {
    patient.name: patient
    for patient in (
        Patient("Petra Lang", "Europe/Berlin", region="lower_back", baseline=2, therapist=DANA),
        Patient("Sam Reed", "America/New_York", region="lower_back", baseline=1, therapist=DANA),
        Patient("Ines Costa", "Europe/Berlin", region="shoulder", baseline=1, therapist=DANA),
        Patient("Aiko Mori", "Asia/Tokyo", region="buttock", baseline=2, therapist=LUIS),
        Patient("Owen Hale", "America/New_York", region="thigh", baseline=3, therapist=LUIS),
    )
}
# Who, how many hours ago, what, with which words.
PAST: tuple[tuple[str, float, Callable[..., None], tuple[Any, ...]], ...] = (
    ("Petra Lang", 3.1, Practice.welcome, ()),
    ("Petra Lang", 3, Practice.treat, ()),
    ("Sam Reed", 52.1, Practice.welcome, ()),
    ("Sam Reed", 52, Practice.treat, ()),
    ("Sam Reed", 27, Practice.answer, (4,)),
    ("Sam Reed", 3, Practice.answer, (6,)),
    ("Ines Costa", 30.1, Practice.welcome, ()),
    ("Ines Costa", 30, Practice.treat, ()),
    ("Ines Costa", 5, Practice.answer, (2,)),
    ("Ines Costa", 2, Practice.report, ("fever",)),
    ("Ines Costa", 1.5, Practice.acknowledge, (DANA,)),
    ("Aiko Mori", 27.1, Practice.welcome, ()),
    ("Aiko Mori", 27, Practice.treat, ()),
    ("Aiko Mori", 2.5, Practice.answer, (3,)),
    ("Owen Hale", 63.1, Practice.welcome, ()),
    ("Owen Hale", 63, Practice.treat, ()),
)
BEFORE_ALL = timedelta(hours=72)


def load(app: Flask, moment: MovableClock, work: Callable[[], None]) -> tuple[UUID, list[Therapist]]:
    """Fill an empty database with the days before the moment; return the clinic's id and its accounts.

    The moment must be the clock of the process; ``work`` is one round of the real worker.
    """
    now = moment()
    staff = [Therapist(name, email, ids.new_password()) for name, email in STAFF]
    practice = Practice(app, staff, PATIENTS)
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
