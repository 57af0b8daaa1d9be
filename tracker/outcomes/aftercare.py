"""The lines of the aftercare card on the first screen."""

from collections.abc import Sequence

from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.local_time.words import describe_instant
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import CHEST_CHECK, TaskKind
from tracker.reminders import service as reminders
from tracker.safety.clinic_contact import aftercare_lines
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession


def list_lines(
    session: TreatmentSession, restrictions: Sequence[PlanTask], patient: PatientFacts, clinic: Clinic
) -> Sequence[str]:
    """Return what to keep to after a session, while these restrictions hold."""
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
