"""Reminders: planned with their session, moved with it and with the patient's quiet hours and zone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from tracker.db import db
from tracker.delivery import service as delivery
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.new_message import NewMessage
from tracker.delivery.vocabulary import Anchor, Purpose, Reason, State
from tracker.local_time.windows import elapsed
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import Step
from tracker.protocols.tasks import StoredStatus
from tracker.reminders.placing import may_move, move, new_reminder
from tracker.reminders.rules.prompts import PlannedPrompt, plan_prompts, redefer
from tracker.reminders.service import find_asked
from tracker.reminders.standing import find_session_of, stands, step_of
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession
from tracker.sessions.vocabulary import SessionStatus

# Care flow, section 3: 15 minutes after an emergency; not asked any more once two hours have passed (convention).
HELP_QUESTION_AFTER = timedelta(minutes=15)
HELP_QUESTION_LIFE = timedelta(hours=2)


def plan_for_session(session: TreatmentSession, patient: PatientFacts, now: datetime) -> None:
    """Plan every prompt of a session that still lies ahead; steps with a row of this generation are left alone."""
    prompts = plan_prompts(
        sessions.protocol_of(session),
        ended_at=session.ended_at,
        planned_at=now,
        zone=zone(patient.time_zone),
        quiet=patient.quiet,
        regions=sessions.regions_of(session),
        opted_in=frozenset(patient.opted_in),
    )
    taken = _taken(session)
    tasks = {(task.key, task.occurrence): task for task in sessions.list_tasks(session.id)}
    messages = [
        _message(prompt, _task_of(prompt, session, tasks), session, patient, now)
        for prompt in prompts
        if (prompt.step_key, prompt.occurrence) not in taken
    ]
    delivery.plan(messages, now)


def move_with_session(session: TreatmentSession, patient: PatientFacts, now: datetime) -> None:
    """Void the unsent prompts of a moved session and plan the steps that were not yet asked anew."""
    delivery.cancel_open(Anchor.SESSION, session.id, Reason.SESSION_MOVED, now, patient.sync_seq)
    if session.status == SessionStatus.COMPLETED and patient.may_be_prompted:
        plan_for_session(session, patient, now)


def follow_preferences(patient: PatientFacts, now: datetime) -> None:
    """Recompute when open reminders leave, after a change of quiet hours or zone; windows never move."""
    for row in _movable(patient.id, now):
        session = find_session_of(row)
        if session is None or not stands(row, session):
            continue
        step = step_of(row, session)
        nominal_at = row.snoozed_until or _find_nominal(row, step)
        if nominal_at is None:
            continue
        due_at, reason = redefer(
            step,
            nominal_at=nominal_at,
            not_before=row.not_before,
            not_after=row.not_after,
            zone=zone(patient.time_zone),
            quiet=patient.quiet,
            now=now,
            occurrence=0 if row.snoozed_until else row.occurrence,
        )
        _move(row, due_at, reason, patient, now)


def _find_nominal(row: Dispatch, step: Step) -> datetime | None:
    """Return when a prompt asks but for quiet hours: a repeat follows its check; None: there is none to repeat."""
    if step.repeat_minutes is None or not step.is_repeat(row.occurrence):
        return row.nominal_at
    asked_at = find_asked(row)
    if asked_at is None:
        return None if row.state == State.SUPPRESSED else row.nominal_at
    return elapsed(asked_at, step.repeat_minutes)


def plan_help_question(patient: PatientFacts, told_by: UUID, now: datetime) -> None:
    """Plan the question "Did you get help?", 15 minutes after an emergency, at any hour; once while one waits."""
    waiting = select(Dispatch.id).where(
        Dispatch.patient_id == patient.id,
        Dispatch.anchor_kind == Anchor.EMERGENCY,
        Dispatch.ended_at.is_(None),
    )
    if db.session.scalars(waiting).first() is not None:
        return
    asked_at = now + HELP_QUESTION_AFTER
    question = PlannedPrompt(
        step_key="help_question",
        occurrence=0,
        nominal_at=asked_at,
        due_at=asked_at,
        not_before=asked_at,
        not_after=asked_at + HELP_QUESTION_LIFE,
        reason=Reason.ON_TIME,
        priority=0,
    )
    delivery.plan(
        [new_reminder(question, patient, now, anchor_kind=Anchor.EMERGENCY, anchor_id=told_by)], now
    )


def _taken(session: TreatmentSession) -> set[tuple[str, int]]:
    """Return the steps that need no new prompt: asked already, or planned in this generation."""
    statement = select(Dispatch.step_key, Dispatch.occurrence).where(
        Dispatch.anchor_kind == Anchor.SESSION,
        Dispatch.anchor_id == session.id,
        Dispatch.state.in_([State.ACCEPTED, State.SENDING])
        | Dispatch.merged_into_id.is_not(None)
        | (Dispatch.generation == session.generation),
    )
    return {(row.step_key, row.occurrence) for row in db.session.execute(statement)}


def _task_of(
    prompt: PlannedPrompt, session: TreatmentSession, tasks: Mapping[tuple[str, int], PlanTask]
) -> PlanTask | None:
    step = sessions.protocol_of(session).get_step(prompt.step_key)
    occurrence = 0 if step.is_repeat(prompt.occurrence) else prompt.occurrence
    return tasks.get((step.speaks_for or step.key, occurrence))


def _message(
    prompt: PlannedPrompt,
    task: PlanTask | None,
    session: TreatmentSession,
    patient: PatientFacts,
    now: datetime,
) -> NewMessage:
    if task is not None and task.status == StoredStatus.COMPLETED and _is_question(session, prompt):
        prompt = replace(prompt, due_at=None, reason=Reason.ANSWERED)
    return new_reminder(
        prompt,
        patient,
        now,
        anchor_kind=Anchor.SESSION,
        anchor_id=session.id,
        generation=session.generation,
        plan_task_id=task.id if task else None,
    )


def _is_question(session: TreatmentSession, prompt: PlannedPrompt) -> bool:
    step: Step = sessions.protocol_of(session).get_step(prompt.step_key)
    return step.speaks_for is None


def _movable(patient_id: UUID, now: datetime) -> Sequence[Dispatch]:
    """Return the unanswered reminders whose hour these preferences decide, a check before its repeat."""
    statement = (
        select(Dispatch)
        .outerjoin(PlanTask, PlanTask.id == Dispatch.plan_task_id)
        .where(Dispatch.patient_id == patient_id, Dispatch.purpose == Purpose.REMINDER, may_move(now))
        .where(PlanTask.id.is_(None) | (PlanTask.status == StoredStatus.OPEN))
        .order_by(Dispatch.occurrence, Dispatch.id)
    )
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def _move(
    row: Dispatch, due_at: datetime | None, reason: Reason, patient: PatientFacts, now: datetime
) -> None:
    stays = row.state == State.SCHEDULED and due_at == row.due_at
    if stays or (row.state == State.SUPPRESSED and due_at is None):
        row.time_zone = patient.time_zone
        return
    move(row, due_at, reason, patient, now, meant_for=row.due_at)
