"""The first look at claimed reminders: which of a batch are not wanted any more, by facts read with one query."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Bundle

from tracker.appointments.models import Appointment
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.verdicts import Drop
from tracker.delivery.vocabulary import Anchor, State
from tracker.people.models import Patient
from tracker.people.patients import FACTS, PatientFacts
from tracker.protocols.catalog import SECOND_ANSWER, STANDARD_AFTERCARE, get_protocol
from tracker.reminders.rules.due import StandingFacts, find_end
from tracker.reminders.standing import appointment_stands, session_stands, standing
from tracker.sessions.models import PlanTask, TreatmentSession

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
    .outerjoin(CheckIn, (CheckIn.id == Dispatch.anchor_id) & (Dispatch.anchor_kind == Anchor.CHECK_IN))
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


def _facts(row: Row[Any]) -> StandingFacts | None:
    """Return what is known of a prompt; None where neither session nor appointment is its anchor.

    The question after an emergency is such a one: it is asked whatever has been withdrawn.
    """
    prompt, patient = row.prompt, PatientFacts(*row.patient)
    if row.session.status is not None:
        protocol = get_protocol(row.session.protocol_key, row.session.protocol_version)
        step = SECOND_ANSWER if prompt.step_key == SECOND_ANSWER.key else protocol.get_step(prompt.step_key)
        stands = session_stands(prompt, row.session)
    elif row.appointment.status is not None:
        step = STANDARD_AFTERCARE.get_step(prompt.step_key)
        stands = appointment_stands(prompt, row.appointment)
    else:
        return None
    return StandingFacts(**standing(prompt, step, patient, stands=stands, task_status=row.task_status))
