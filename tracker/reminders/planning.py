"""Reminders: planned with their session, moved with it and with the patient's quiet hours and zone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from tracker import ids
from tracker.db import db
from tracker.delivery import service as delivery
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor, Audience, Purpose, Reason, State
from tracker.local_time.windows import elapsed
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import Step
from tracker.protocols.tasks import StoredStatus
from tracker.reminders.rules.prompts import PlannedPrompt, plan_prompts, redefer
from tracker.reminders.service import find_asked, may_move
from tracker.reminders.standing import find_session_of, session_stands, step_of
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
    rows = [
        _row(prompt, _task_of(prompt, session, tasks), session, patient, now)
        for prompt in prompts
        if (prompt.step_key, prompt.occurrence) not in taken
    ]
    delivery.plan(rows)


def move_with_session(session: TreatmentSession, patient: PatientFacts, now: datetime) -> None:
    """Void the unsent prompts of a moved session and plan the steps that were not yet asked anew."""
    delivery.cancel_open(Anchor.SESSION, session.id, Reason.SESSION_MOVED, now, patient.sync_seq)
    if session.status == SessionStatus.COMPLETED and patient.may_be_prompted:
        plan_for_session(session, patient, now)


def follow_preferences(patient: PatientFacts, now: datetime) -> None:
    """Recompute when open reminders leave, after a change of quiet hours or zone; windows never move."""
    for row in _movable(patient.id, now):
        session = find_session_of(row)
        if session is None or not session_stands(row, session):
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
    delivery.plan(
        [
            {
                "id": ids.new_id(),
                "purpose": Purpose.REMINDER.value,
                "audience": Audience.PATIENT.value,
                "anchor_kind": Anchor.EMERGENCY,
                "anchor_id": told_by,
                "step_key": "help_question",
                "occurrence": 0,
                "generation": 1,
                "clinic_id": patient.clinic_id,
                "patient_id": patient.id,
                "plan_task_id": None,
                "nominal_at": asked_at,
                "due_at": asked_at,
                "not_before": asked_at,
                "not_after": asked_at + HELP_QUESTION_LIFE,
                "planned_because": Reason.ON_TIME.value,
                "state": State.SCHEDULED.value,
                "reason": None,
                "next_attempt_at": asked_at,
                "time_zone": patient.time_zone,
                "ended_at": None,
                "sync_seq": patient.sync_seq,
                "created_at": now,
            }
        ]
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


def _row(
    prompt: PlannedPrompt,
    task: PlanTask | None,
    session: TreatmentSession,
    patient: PatientFacts,
    now: datetime,
) -> dict[str, Any]:
    due_at = prompt.due_at
    if task is not None and task.status == StoredStatus.COMPLETED and _is_question(session, prompt):
        due_at, reason = None, Reason.ANSWERED
    else:
        reason = prompt.reason
    return {
        "id": ids.new_id(),
        "purpose": Purpose.REMINDER.value,
        "audience": Audience.PATIENT.value,
        "anchor_kind": Anchor.SESSION,
        "anchor_id": session.id,
        "step_key": prompt.step_key,
        "occurrence": prompt.occurrence,
        "generation": session.generation,
        "clinic_id": session.clinic_id,
        "patient_id": patient.id,
        "plan_task_id": task.id if task else None,
        "nominal_at": prompt.nominal_at,
        "due_at": due_at or prompt.nominal_at,
        "not_before": prompt.not_before,
        "not_after": prompt.not_after,
        "planned_because": reason.value,
        "state": (State.SCHEDULED if due_at else State.SUPPRESSED).value,
        "reason": None if due_at else reason.value,
        "next_attempt_at": due_at or prompt.nominal_at,
        "time_zone": patient.time_zone,
        "ended_at": None if due_at else now,
        "sync_seq": patient.sync_seq,
        "created_at": now,
    }


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
    delivery.note_move(row, due_at, reason, now, time_zone=patient.time_zone)
    state = State.SCHEDULED if due_at else State.SUPPRESSED
    db.session.execute(
        update(Dispatch)
        .where(Dispatch.id == row.id, may_move(now))
        .values(
            state=state,
            reason=reason,
            due_at=due_at or row.due_at,
            next_attempt_at=due_at or row.due_at,
            time_zone=patient.time_zone,
            ended_at=None if due_at else now,
            sync_seq=patient.sync_seq,
        )
    )
