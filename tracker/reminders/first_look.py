"""The first look at claimed reminders: which of a batch are not wanted any more, by facts read with one query."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Bundle

from tracker.appointments.models import Appointment
from tracker.appointments.rules import LIVE
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.states import State
from tracker.delivery.verdicts import Drop
from tracker.people.models import Patient
from tracker.people.service import FACTS, PatientFacts
from tracker.protocols.catalog import RECHECK, STANDARD_AFTERCARE, Step, get_protocol
from tracker.protocols.tasks import StoredStatus
from tracker.protocols.windows import elapsed
from tracker.protocols.zones import zone
from tracker.reminders.due import StandingFacts, find_end
from tracker.reminders.service import RECHECK_ANCHOR
from tracker.sessions.models import PlanTask, TreatmentSession
from tracker.sessions.vocabulary import SessionStatus

log = logging.getLogger(__name__)

_PROMPT = (
    Dispatch.id,
    Dispatch.step_key,
    Dispatch.occurrence,
    Dispatch.generation,
    Dispatch.nominal_at,
    Dispatch.not_before,
    Dispatch.not_after,
    Dispatch.snoozed_until,
)
_SESSION = (
    TreatmentSession.status,
    TreatmentSession.generation,
    TreatmentSession.protocol_key,
    TreatmentSession.protocol_version,
)
_READ = (
    select(
        Bundle[Any]("prompt", *_PROMPT),
        Bundle[Any]("patient", *FACTS),
        Bundle[Any]("session", *_SESSION),
        Bundle[Any]("appointment", Appointment.status, Appointment.generation),
        PlanTask.status.label("task_status"),
    )
    .join(Patient, Patient.id == Dispatch.patient_id)
    # The question after an emergency may hang on a check-in too, but on no session.
    .outerjoin(CheckIn, (CheckIn.id == Dispatch.anchor_id) & (Dispatch.anchor_kind == RECHECK_ANCHOR))
    .outerjoin(TreatmentSession, TreatmentSession.id == func.coalesce(CheckIn.session_id, Dispatch.anchor_id))
    .outerjoin(Appointment, Appointment.id == Dispatch.anchor_id)
    .outerjoin(PlanTask, PlanTask.id == Dispatch.plan_task_id)
    # What has been tried may have been accepted: only the last look reads its attempts.
    .where(Dispatch.id.in_(bindparam("dispatch_ids", expanding=True)), Dispatch.attempt_count == 0)
)


def find_unwanted(dispatch_ids: Collection[UUID], now: datetime) -> dict[UUID, Drop]:
    """Return which of these reminders end, and why; the others are for the last look to decide."""
    found: dict[UUID, Drop] = {}
    for row in db.session.execute(_READ, {"dispatch_ids": list(dispatch_ids)}):
        try:
            facts = _facts(row)
            reason = find_end(facts, now) if facts else None
        except Exception as error:
            # Begin-send will stumble over it too, and there it harms no other row.
            log.error("dispatch %s could not be looked at: %s", row.prompt.id, type(error).__name__)
            continue
        if reason:
            found[row.prompt.id] = Drop(State.SUPPRESSED, reason)
    return found


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


def _facts(row: Row[Any]) -> StandingFacts | None:
    """Return what is known of a prompt; None where neither session nor appointment is its anchor.

    The question after an emergency is such a one: it is asked whatever has been withdrawn.
    """
    prompt, patient = row.prompt, PatientFacts(*row.patient)
    if row.session.status is not None:
        protocol = get_protocol(row.session.protocol_key, row.session.protocol_version)
        step = RECHECK if prompt.step_key == RECHECK.key else protocol.get_step(prompt.step_key)
        stands = session_stands(prompt, row.session)
    elif row.appointment.status is not None:
        step = STANDARD_AFTERCARE.get_step(prompt.step_key)
        stands = appointment_stands(prompt, row.appointment)
    else:
        return None
    return StandingFacts(**standing(prompt, step, patient, stands=stands, task_status=row.task_status))
