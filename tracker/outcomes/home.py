"""The patient's first screen, in one call: what is due, what to avoid, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tracker.appointments import service as appointments
from tracker.appointments.models import Appointment
from tracker.checkins import service as checkins
from tracker.checkins.local_days import has_other_zone, total_hydration
from tracker.checkins.service import ShownCheckIn
from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.delivery.models import Dispatch
from tracker.outcomes.aftercare import list_lines
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import TaskKind
from tracker.reminders import service as reminders
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
    last_check_in: ShownCheckIn | None
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
    return Home(
        patient=patient,
        clinic=clinic,
        watched=clinics.watched_words(clinic, patient.locale, patient.time_zone, now),
        due_tasks=[task for task in tasks if task.due_at is not None],
        active_restrictions=restrictions,
        current_session=current,
        aftercare=[
            *([over] if over else ()),
            *(list_lines(current, restrictions, patient, clinic) if current else ()),
        ],
        alcohol_over=over,
        next_reminder=reminders.find_next(patient_id),
        next_appointment=appointments.find_next(patient_id, now),
        last_check_in=checkins.find_last(patient_id),
        hydration_today_ml=total_hydration(patient, now),
        time_zone_differs=has_other_zone(patient, now),
    )


def unite(restrictions: Sequence[PlanTask]) -> list[PlanTask]:
    """Keep of overlapping restrictions of one kind the one that lasts longest: windows of several sessions unite."""
    longest: dict[str, PlanTask] = {}
    for task in restrictions:
        if task.kind not in longest or task.closes_at > longest[task.kind].closes_at:
            longest[task.kind] = task
    return sorted(longest.values(), key=lambda task: task.closes_at)
