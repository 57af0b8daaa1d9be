"""The first look at claimed reminders: which of a batch are not wanted any more, by facts read with one query."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Bundle

from tracker.appointments.models import Appointment
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.verdicts import Drop
from tracker.delivery.vocabulary import Anchor, State
from tracker.people.models import Patient
from tracker.people.patients import FACTS, PatientFacts
from tracker.protocols.catalog import STANDARD_AFTERCARE, get_protocol
from tracker.reminders.rules.due import StandingFacts, find_end
from tracker.reminders.standing import AnchorColumns, PromptColumns, kind_of, standing, stands
from tracker.sessions.models import PlanTask, TreatmentSession

log = logging.getLogger(__name__)

_PROMPT = (
    Dispatch.anchor_kind,
    Dispatch.anchor_id,
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
        Dispatch.id,
        Bundle[PromptColumns]("prompt", *_PROMPT),
        Bundle["_SessionColumns"]("session", *_SESSION),
        Bundle[AnchorColumns]("appointment", Appointment.status, Appointment.generation),
        PlanTask.status,
        *FACTS,
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


class _SessionColumns(AnchorColumns, Protocol):
    protocol_key: str
    protocol_version: int


def find_unwanted(dispatch_ids: Collection[UUID], now: datetime) -> dict[UUID, Drop]:
    """Return which of these reminders end, and why; the others are for the last look to decide."""
    found: dict[UUID, Drop] = {}
    rows = db.session.execute(_READ, {"dispatch_ids": list(dispatch_ids)})
    for dispatch_id, prompt, session, appointment, task_status, *patient in rows:
        try:
            known = _facts(prompt, PatientFacts(*patient), session, appointment, task_status)
            reason = find_end(known, now) if known else None
        except Exception as error:
            # Begin-send will stumble over it too, and there it harms no other row.
            log.error("dispatch %s could not be looked at: %s", dispatch_id, type(error).__name__)
            continue
        if reason:
            found[dispatch_id] = Drop(State.SUPPRESSED, reason)
    return found


def _facts(
    prompt: PromptColumns,
    patient: PatientFacts,
    session: _SessionColumns,
    appointment: AnchorColumns,
    task_status: str | None,
) -> StandingFacts | None:
    """Return what is known of a prompt; None where its anchor is gone, or it is asked whatever was withdrawn."""
    kind = kind_of(prompt)
    anchor = session if kind.find_session else appointment
    if not kind.stands_while or anchor.status is None:
        return None
    protocol = (
        get_protocol(session.protocol_key, session.protocol_version)
        if kind.find_session
        else STANDARD_AFTERCARE
    )
    step = kind.step or protocol.get_step(prompt.step_key)
    return standing(prompt, step, patient, stands=stands(prompt, anchor), task_status=task_status)
