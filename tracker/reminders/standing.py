"""What a prompt hangs on, which step of the protocol it is, and whether it still stands."""

from typing import Any

from sqlalchemy import select

from tracker.appointments.rules.scheduling import LIVE
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor
from tracker.local_time.windows import elapsed
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import SECOND_ANSWER, Step
from tracker.protocols.tasks import StoredStatus
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession
from tracker.sessions.vocabulary import SessionStatus


def standing(
    prompt: Any, step: Step, patient: PatientFacts, *, stands: bool, task_status: str | None = None
) -> dict[str, Any]:
    """Return the fields of StandingFacts for a prompt's row and its patient."""
    exempt = elapsed(prompt.nominal_at, step.quiet_exempt_minutes) if step.quiet_exempt_minutes else None
    return {
        "step": step,
        "occurrence": prompt.occurrence,
        "not_before": prompt.not_before,
        "not_after": prompt.not_after,
        "quiet": patient.quiet,
        "zone": zone(patient.time_zone),
        "exempt_until": exempt,
        "session_stands": stands,
        "consent_given": patient.consents,
        "patient_active": patient.is_active,
        "routine_paused": patient.routine_paused_at is not None,
        "opted_in": step.key in patient.opted_in,
        "task_completed": task_status not in (None, StoredStatus.OPEN),
        "snoozed": prompt.snoozed_until is not None,
    }


def session_stands(prompt: Any, session: Any) -> bool:
    """Say whether a session happened and has not been moved since this prompt was planned."""
    return bool(session.status == SessionStatus.COMPLETED and prompt.generation == session.generation)


def appointment_stands(prompt: Any, appointment: Any) -> bool:
    """Say whether the patient is still expected at the time that this prompt was planned for."""
    return appointment.status in LIVE and prompt.generation == appointment.generation


def find_session_of(row: Dispatch) -> TreatmentSession | None:
    """Return the session that a reminder asks about, or None: one about an appointment has none."""
    if row.anchor_kind != Anchor.CHECK_IN:
        return sessions.find_session(row.anchor_id)
    session_id = db.session.scalar(select(CheckIn.session_id).where(CheckIn.id == row.anchor_id))
    return sessions.find_session(session_id) if session_id else None


def step_of(row: Dispatch, session: TreatmentSession) -> Step:
    """Return the step that a reminder about this session asks for; the second question stands in no protocol."""
    if row.anchor_kind == Anchor.CHECK_IN:
        return SECOND_ANSWER
    return sessions.protocol_of(session).get_step(row.step_key)
