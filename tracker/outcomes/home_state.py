"""The name of the state of the first screen, which a phone compares before it reads the screen again."""

from datetime import datetime
from uuid import UUID

from tracker import ids
from tracker.appointments import service as appointments
from tracker.clinics import service as clinics
from tracker.local_time.zones import date_in
from tracker.people import patients
from tracker.sessions import service as sessions


def find_state(patient_id: UUID, now: datetime) -> str:
    """Name the state of the first screen, so that a phone that knows it need not read it again."""
    patient = patients.find_patient(patient_id)
    assert patient is not None, "the caller is this patient"
    day = date_in(patient.time_zone, now)
    passed = sessions.count_boundaries_passed(patient_id, now)
    visit = appointments.find_next(patient_id, now)  # one that begins is not the next one any more
    clinic = clinics.get_clinic(patient.clinic_id)  # its numbers stand on the screen
    screen = f"{patient.sync_seq}-{passed}-{visit.id if visit else None}"
    words = clinics.watched_words(clinic, patient.locale, patient.time_zone, now)
    watched = ids.hash_secret(words).hex()[:8]
    return f"{screen}-{day.isoformat()}-{patient.locale}-{clinic.version}-{watched}"
