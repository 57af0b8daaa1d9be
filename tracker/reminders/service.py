"""Reminders: planned with their session, withdrawn by what answers them, looked at once more before they leave."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_, update

from tracker import ids
from tracker.db import db
from tracker.delivery import service as delivery
from tracker.delivery.models import Dispatch
from tracker.delivery.states import OPEN_STATES, Audience, Purpose, State
from tracker.errors import Conflict, NotFound
from tracker.people.service import PatientFacts
from tracker.protocols.catalog import Step
from tracker.protocols.tasks import StoredStatus
from tracker.protocols.zones import zone
from tracker.reminders.rules import PlannedPrompt, Reason, plan_prompts, redefer
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession
from tracker.sessions.vocabulary import SessionStatus

ANCHOR = "session"
HELP_ANCHOR = "emergency"
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
    delivery.cancel_open(ANCHOR, session.id, "session_moved", now, patient.sync_seq)
    if session.status == SessionStatus.COMPLETED and patient.may_be_prompted:
        plan_for_session(session, patient, now)


def follow_preferences(patient: PatientFacts, now: datetime) -> None:
    """Recompute when open reminders leave, after a change of quiet hours or zone; windows never move."""
    for row in _movable(patient.id, now):
        session = sessions.find_session(row.anchor_id)
        if session is None:
            continue
        due_at, reason = redefer(
            sessions.protocol_of(session).get_step(row.step_key),
            nominal_at=row.nominal_at,
            not_before=row.not_before,
            not_after=row.not_after,
            zone=zone(patient.time_zone),
            quiet=patient.quiet,
            now=now,
            occurrence=row.occurrence,
        )
        _move(row, due_at, reason, patient, now)


def plan_help_question(patient: PatientFacts, told_by: UUID, now: datetime) -> None:
    """Plan the question "Did you get help?", 15 minutes after an emergency, at any hour; once while one waits."""
    waiting = select(Dispatch.id).where(
        Dispatch.patient_id == patient.id, Dispatch.anchor_kind == HELP_ANCHOR, Dispatch.ended_at.is_(None)
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
                "anchor_kind": HELP_ANCHOR,
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
                "ended_at": None,
                "sync_seq": patient.sync_seq,
                "created_at": now,
            }
        ]
    )


def withdraw_answered(task_ids: Sequence[UUID], patient: PatientFacts, now: datetime) -> int:
    """Suppress the unsent prompts of answered tasks; return how many are on their way this moment."""
    return delivery.suppress_open(task_ids, Reason.ANSWERED, now, patient.sync_seq) if task_ids else 0


def cancel_all(patient: PatientFacts, reason: str, now: datetime) -> int:
    """Cancel every unsent reminder of a patient; return how many are on their way this moment."""
    anchors = db.session.scalars(
        select(Dispatch.anchor_id)
        .where(
            Dispatch.patient_id == patient.id,
            Dispatch.purpose == Purpose.REMINDER,
            Dispatch.ended_at.is_(None),
        )
        .distinct()
    )
    return sum(delivery.cancel_open(ANCHOR, anchor, reason, now, patient.sync_seq) for anchor in anchors)


def list_reminders(
    patient_id: UUID, limit: int, after: tuple[datetime, UUID] | None, states: Iterable[State] | None = None
) -> Sequence[Dispatch]:
    """Return a patient's reminders, the latest due first, one more than the limit."""
    statement = select(Dispatch).where(
        Dispatch.patient_id == patient_id, Dispatch.purpose == Purpose.REMINDER
    )
    if states is not None:
        statement = statement.where(Dispatch.state.in_(list(states)))
    if after:
        statement = statement.where(tuple_(Dispatch.due_at, Dispatch.id) < tuple_(*after))
    return db.session.scalars(
        statement.order_by(Dispatch.due_at.desc(), Dispatch.id.desc()).limit(limit + 1)
    ).all()


def find_next(patient_id: UUID) -> Dispatch | None:
    """Return the next reminder a patient will get, or None."""
    statement = select(Dispatch).where(
        Dispatch.patient_id == patient_id, Dispatch.purpose == Purpose.REMINDER, Dispatch.ended_at.is_(None)
    )
    return db.session.scalars(statement.order_by(Dispatch.due_at, Dispatch.id).limit(1)).one_or_none()


def get_reminder_of(patient_id: UUID, reminder_id: UUID) -> Dispatch:
    """Return a reminder of this patient, read anew; raises NotFound."""
    row = db.session.get(Dispatch, reminder_id, populate_existing=True)
    if row is None or row.patient_id != patient_id or row.purpose != Purpose.REMINDER:
        raise NotFound
    return row


def get_patient_of(reminder_id: UUID) -> UUID:
    """Return whose reminder this is; raises NotFound."""
    statement = select(Dispatch.patient_id).where(
        Dispatch.id == reminder_id, Dispatch.purpose == Purpose.REMINDER
    )
    patient_id = db.session.scalar(statement)
    if patient_id is None:
        raise NotFound
    return patient_id


def list_by_ids(reminder_ids: Sequence[UUID]) -> Sequence[Dispatch]:
    """Return these reminders, in no order."""
    if not reminder_ids:
        return ()
    return db.session.scalars(select(Dispatch).where(Dispatch.id.in_(reminder_ids))).all()


def find_due(session_id: UUID, step_key: str) -> datetime | None:
    """Return when a step of a session was last planned to be asked, or None."""
    statement = select(func.max(Dispatch.due_at)).where(
        Dispatch.anchor_kind == ANCHOR, Dispatch.anchor_id == session_id, Dispatch.step_key == step_key
    )
    return db.session.scalar(statement)


def acknowledge(patient: PatientFacts, reminder_id: UUID, now: datetime) -> Dispatch:
    """Note that the patient has seen a reminder; repeating it keeps the first time. Raises NotFound, Conflict."""
    row = get_reminder_of(patient.id, reminder_id)
    if row.acknowledged_at is None:
        if row.state not in {State.ACCEPTED, State.SENDING}:
            raise Conflict("This reminder has not been sent; there is nothing to acknowledge.")
        row.acknowledged_at = now
        row.sync_seq = patient.sync_seq
        db.session.flush()
    return row


def _taken(session: TreatmentSession) -> set[tuple[str, int]]:
    """Return the steps that need no new prompt: asked already, or planned in this generation."""
    statement = select(Dispatch.step_key, Dispatch.occurrence).where(
        Dispatch.anchor_kind == ANCHOR,
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
        "anchor_kind": ANCHOR,
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
        "ended_at": None if due_at else now,
        "sync_seq": patient.sync_seq,
        "created_at": now,
    }


def _is_question(session: TreatmentSession, prompt: PlannedPrompt) -> bool:
    step: Step = sessions.protocol_of(session).get_step(prompt.step_key)
    return step.speaks_for is None


def _movable(patient_id: UUID, now: datetime) -> Sequence[Dispatch]:
    """Return open reminders, and those that only quiet hours held back and that could still leave."""
    quiet = (Dispatch.state == State.SUPPRESSED) & (Dispatch.reason == Reason.QUIET_NO_WINDOW)
    statement = select(Dispatch).where(
        Dispatch.patient_id == patient_id,
        Dispatch.purpose == Purpose.REMINDER,
        Dispatch.not_after > now,
        (Dispatch.state.in_([State.SCHEDULED, State.CLAIMED])) | quiet,
    )
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def _move(
    row: Dispatch, due_at: datetime | None, reason: Reason, patient: PatientFacts, now: datetime
) -> None:
    if row.state == State.SCHEDULED and due_at == row.due_at:
        return
    state = State.SCHEDULED if due_at else State.SUPPRESSED
    db.session.execute(
        update(Dispatch)
        .where(Dispatch.id == row.id, Dispatch.state.in_([*OPEN_STATES - {State.SENDING}, State.SUPPRESSED]))
        .values(
            state=state,
            reason=None if due_at else reason,
            due_at=due_at or row.due_at,
            next_attempt_at=due_at or row.due_at,
            planned_because=reason,
            claim_token=None,
            claimed_by=None,
            ended_at=None if due_at else now,
            sync_seq=patient.sync_seq,
        )
    )
