"""The message before an appointment: planned when it is booked, void when it moves, looked at again at the end."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from tracker.appointments import service as appointments
from tracker.appointments.models import Appointment
from tracker.appointments.rules.scheduling import LIVE
from tracker.appointments.vocabulary import AppointmentStatus
from tracker.db import db
from tracker.delivery import service as delivery
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor, Reason, State
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.reminders.placing import may_move, move, new_reminder
from tracker.reminders.rules import due
from tracker.reminders.rules.prompts import PlannedPrompt, plan_appointment_prompt, redefer
from tracker.reminders.standing import standing, stands, step_of

# Whoever books with less left than this has only just agreed to it, and is told nothing.
TOO_CLOSE = timedelta(hours=2)


def plan(appointment: Appointment, patient: PatientFacts, now: datetime) -> None:
    """Plan the message before an appointment that the patient is expected at, if there is still time for it."""
    prompt = _plan(appointment, patient, now)
    if not patient.may_be_prompted or prompt is None or not is_in_time(prompt, now):
        return
    message = new_reminder(
        prompt,
        patient,
        now,
        anchor_kind=Anchor.APPOINTMENT,
        anchor_id=appointment.id,
        generation=appointment.generation,
    )
    delivery.plan([message], now)


def is_in_time(prompt: PlannedPrompt, now: datetime) -> bool:
    """Say whether a prompt planned now is worth sending: by the evening before, or with 2 h to spare."""
    return now <= prompt.nominal_at or prompt.not_after - now > TOO_CLOSE


def follow_change(appointment: Appointment, patient: PatientFacts, now: datetime) -> None:
    """Void the unsent message of an appointment that moved or ended, and plan the one for its new time."""
    stands = appointment.status in LIVE
    if stands:
        reason = Reason.APPOINTMENT_MOVED
    elif appointment.status == AppointmentStatus.CANCELLED:
        reason = Reason.APPOINTMENT_CANCELLED
    else:
        reason = Reason.APPOINTMENT_OVER
    delivery.cancel_open(Anchor.APPOINTMENT, appointment.id, reason, now, patient.sync_seq)
    if stands:
        plan(appointment, patient, now)


def follow_preferences(patient: PatientFacts, now: datetime) -> None:
    """Recompute when unsent messages leave, after a change of quiet hours or zone: the evening is a local one."""
    statement = (
        select(Dispatch, Appointment)
        .join(Appointment, Appointment.id == Dispatch.anchor_id)
        .where(Dispatch.patient_id == patient.id, Dispatch.anchor_kind == Anchor.APPOINTMENT)
        .where(may_move(now), Dispatch.generation == Appointment.generation)
    )
    found = db.session.execute(statement.execution_options(populate_existing=True))
    for row, appointment in found.all():
        prompt = _plan(appointment, patient, now)
        if prompt is not None and row.snoozed_until is not None:
            prompt = _put_off(prompt, row.snoozed_until, patient, now)
        if prompt is None or (row.state == State.SCHEDULED and prompt.due_at == row.due_at):
            continue
        move(
            row,
            prompt.due_at,
            prompt.reason,
            patient,
            now,
            meant_for=prompt.nominal_at,
            not_before=prompt.not_before,  # the day before is another one in another zone
        )


def was_told(appointment: Appointment) -> bool:
    """Say whether the message about this time has left, or is leaving."""
    statement = select(Dispatch.id).where(
        Dispatch.anchor_kind == Anchor.APPOINTMENT,
        Dispatch.anchor_id == appointment.id,
        Dispatch.generation == appointment.generation,
        Dispatch.state.in_([State.ACCEPTED, State.SENDING]),
    )
    return db.session.scalars(statement).first() is not None


def decide(row: Dispatch, patient: PatientFacts, now: datetime) -> due.Decision:
    """Decide, with the patient locked, about a claimed message; no other prompt is ever too close to it."""
    appointment = appointments.find_appointment(row.anchor_id)
    step = step_of(row, None)
    known = standing(row, step, patient, stands=stands(row, appointment))
    nothing_asked = due.Answers(ended_at=row.not_after)
    return due.decide(due.PromptFacts.of(known, nothing_asked), now)


def _plan(appointment: Appointment, patient: PatientFacts, now: datetime) -> PlannedPrompt | None:
    prompt = plan_appointment_prompt(
        STANDARD_AFTERCARE,
        starts_at=appointment.starts_at,
        planned_at=now,
        zone=zone(patient.time_zone),
        quiet=patient.quiet,
    )
    if prompt is not None and prompt.reason is Reason.LATE_RECORDING:
        return replace(prompt, reason=Reason.BOOKED_LATE)
    return prompt


def _put_off(prompt: PlannedPrompt, until: datetime, patient: PatientFacts, now: datetime) -> PlannedPrompt:
    """Return the prompt at the moment that the patient chose, or after the quiet hours that hold it now."""
    due_at, reason = redefer(
        STANDARD_AFTERCARE.get_step(prompt.step_key),
        nominal_at=until,
        not_before=prompt.not_before,
        not_after=prompt.not_after,
        zone=zone(patient.time_zone),
        quiet=patient.quiet,
        now=now,
    )
    return replace(prompt, nominal_at=until, due_at=due_at, reason=reason)
