"""The patient's first screen, in one call: what is due, what to avoid, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tracker import ids
from tracker.appointments import service as appointments
from tracker.appointments.models import Appointment
from tracker.checkins import service as checkins
from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.delivery.models import Dispatch
from tracker.local_time.windows import local_date
from tracker.local_time.words import describe_instant
from tracker.local_time.zones import zone
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import CHEST_CHECK, TaskKind
from tracker.recovery.profiles import has_other_zone
from tracker.reminders import service as reminders
from tracker.safety.clinic_contact import aftercare_lines, watched_sentence
from tracker.sessions import service as sessions
from tracker.sessions.alcohol_window import tell_alcohol_over
from tracker.sessions.models import PlanTask, TreatmentSession

# The plan of the standard protocol ends on day 8; what is older is no longer the current session.
CURRENT_FOR = timedelta(days=9)
RESTRICTIONS = {TaskKind.ALCOHOL_AVOIDANCE, TaskKind.ACTIVITY_RESTRICTION}


@dataclass(frozen=True, slots=True)
class Home:
    """Everything the first screen shows."""

    patient: PatientFacts
    clinic: Clinic
    watched: str
    due_tasks: Sequence[PlanTask]
    active_restrictions: Sequence[PlanTask]
    current_session: TreatmentSession | None
    aftercare: Sequence[str]
    alcohol_over: str | None
    next_reminder: Dispatch | None
    next_appointment: Appointment | None
    last_check_in: dict[str, Any] | None
    hydration_today_ml: int
    time_zone_differs: bool


def get_home(patient_id: UUID, now: datetime) -> Home:
    """Return the first screen of a patient at this moment."""
    patient = patients.find_patient(patient_id)
    assert patient is not None, "the caller is this patient"
    clinic = clinics.get_clinic(patient.clinic_id)
    tasks = sessions.list_open_tasks(patient_id, now)
    session = sessions.find_latest(patient_id, now)
    current = session if session and now - session.ended_at <= CURRENT_FOR else None
    restrictions = unite([task for task in tasks if task.kind in RESTRICTIONS])
    over = tell_alcohol_over(patient, now)
    today = local_date(now, zone(patient.time_zone))
    return Home(
        patient=patient,
        clinic=clinic,
        watched=_watched(clinic, patient, now),
        due_tasks=[task for task in tasks if task.due_at is not None],
        active_restrictions=restrictions,
        current_session=current,
        aftercare=[
            *([over] if over else ()),
            *(_aftercare(current, restrictions, patient, clinic) if current else ()),
        ],
        alcohol_over=over,
        next_reminder=reminders.find_next(patient_id),
        next_appointment=appointments.find_next(patient_id, now),
        last_check_in=checkins.find_last(patient_id),
        hydration_today_ml=checkins.total_hydration(patient_id, today),
        time_zone_differs=has_other_zone(patient, now),
    )


def find_state(patient_id: UUID, now: datetime) -> str:
    """Name the state of the first screen, so that a phone that knows it need not read it again."""
    patient = patients.find_patient(patient_id)
    assert patient is not None, "the caller is this patient"
    day = local_date(now, zone(patient.time_zone))
    passed = sessions.count_boundaries_passed(patient_id, now)
    visit = appointments.find_next(patient_id, now)  # one that begins is not the next one any more
    clinic = clinics.get_clinic(patient.clinic_id)  # its numbers stand on the screen
    screen = f"{patient.sync_seq}-{passed}-{visit.id if visit else None}"
    watched = ids.hash_secret(_watched(clinic, patient, now)).hex()[:8]
    return f"{screen}-{day.isoformat()}-{patient.locale}-{clinic.version}-{watched}"


def unite(restrictions: Sequence[PlanTask]) -> list[PlanTask]:
    """Keep of overlapping restrictions of one kind the one that lasts longest: windows of several sessions unite."""
    longest: dict[str, PlanTask] = {}
    for task in restrictions:
        if task.kind not in longest or task.closes_at > longest[task.kind].closes_at:
            longest[task.kind] = task
    return sorted(longest.values(), key=lambda task: task.closes_at)


def _watched(clinic: Clinic, patient: PatientFacts, now: datetime) -> str:
    contact = clinics.contact_now(clinic, patient.locale, patient.time_zone, now)
    return watched_sentence(clinics.texts_of(clinic, patient.locale), contact)


def _aftercare(
    session: TreatmentSession, restrictions: Sequence[PlanTask], patient: PatientFacts, clinic: Clinic
) -> Sequence[str]:
    alcohol = next((task for task in restrictions if task.kind == TaskKind.ALCOHOL_AVOIDANCE), None)
    chest = next((task for task in sessions.list_tasks(session.id) if task.key == CHEST_CHECK.key), None)
    asked_late = reminders.find_due(session.id, CHEST_CHECK.key) if chest else None
    late = bool(chest and asked_late and chest.due_at and asked_late > chest.due_at)
    return aftercare_lines(
        clinics.texts_of(clinic, patient.locale),
        clinics.contact_of(clinic),
        describe_instant(alcohol.closes_at, zone(patient.time_zone), patient.locale) if alcohol else None,
        chest=chest is not None,
        chest_check_late=late,
    )
