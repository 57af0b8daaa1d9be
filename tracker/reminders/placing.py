"""Prompts as rows: planned for a patient, and moved while quiet hours and zone still decide about them."""

from datetime import datetime
from typing import Unpack
from uuid import UUID

from sqlalchemy.sql.elements import ColumnElement

from tracker.delivery import planning as delivery
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.new_message import NewMessage, place
from tracker.delivery.vocabulary import Anchor, Audience, Purpose, Reason, State
from tracker.people.patients import PatientFacts
from tracker.reminders.rules.prompts import PlannedPrompt

# Why a prompt waits that quiet hours and zone have placed, or the patient.
_PLACED = (
    Reason.ON_TIME, Reason.DEFERRED_QUIET, Reason.MOVED_BEFORE_QUIET, Reason.BOOKED_LATE, Reason.SNOOZED,
)  # fmt: skip


def new_reminder(
    prompt: PlannedPrompt,
    patient: PatientFacts,
    now: datetime,
    *,
    anchor_kind: Anchor,
    anchor_id: UUID,
    generation: int = 1,
    plan_task_id: UUID | None = None,
    snoozed_until: datetime | None = None,
) -> NewMessage:
    """Return a prompt as a message to its patient; one without a due moment is held back from the start."""
    return NewMessage(
        purpose=Purpose.REMINDER,
        audience=Audience.PATIENT,
        anchor_kind=anchor_kind,
        anchor_id=anchor_id,
        step_key=prompt.step_key,
        occurrence=prompt.occurrence,
        generation=generation,
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        plan_task_id=plan_task_id,
        nominal_at=prompt.nominal_at,
        not_before=prompt.not_before,
        not_after=prompt.not_after,
        placed=place(prompt.due_at, prompt.reason, now, meant_for=prompt.nominal_at),
        snoozed_until=snoozed_until,
        time_zone=patient.time_zone,
        sync_seq=patient.sync_seq,
    )


def move(
    row: Dispatch,
    due_at: datetime | None,
    reason: Reason,
    patient: PatientFacts,
    now: datetime,
    *,
    meant_for: datetime,
    **window: Unpack[delivery.SendWindow],
) -> None:
    """Let a prompt leave then, or hold it back, unless something else decides about it meanwhile."""
    to = place(due_at, reason, now, meant_for=meant_for)
    delivery.move(row, to, patient, now, may_move(now), **window)


def may_move(now: datetime) -> ColumnElement[bool]:
    """Return what selects the prompts whose hour quiet hours and zone decide: they wait for it, or found none.

    What is due, or waits for a provider or for another prompt, meets the new hours when it is to leave.
    """
    placed = Dispatch.reason.is_(None) | Dispatch.reason.in_(_PLACED)
    waits = (Dispatch.state == State.SCHEDULED) & placed & (Dispatch.next_attempt_at > now)
    held = (Dispatch.state == State.SUPPRESSED) & (Dispatch.reason == Reason.QUIET_NO_WINDOW)
    return (waits | held) & (Dispatch.not_after > now)
