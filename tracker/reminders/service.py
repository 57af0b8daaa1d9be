"""Reminders: listed, seen by the patient, and withdrawn by what answers them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from tracker.db import db
from tracker.delivery import service as delivery
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor, Purpose, Reason, State
from tracker.errors import Conflict, NotFound
from tracker.people.patients import PatientFacts
from tracker.reminders.standing import ALWAYS_ASKED


def withdraw_answered(task_ids: Sequence[UUID], patient: PatientFacts, now: datetime) -> int:
    """Suppress the unsent prompts of answered tasks; return how many are on their way this moment."""
    return delivery.suppress_open(task_ids, Reason.ANSWERED, now, patient.sync_seq) if task_ids else 0


def cancel_for_want_of_consent(patient: PatientFacts, now: datetime) -> int:
    """Cancel a patient's unsent reminders, whatever they are about; return how many are on their way just now."""
    reason = Reason.CONSENT_WITHDRAWN
    anchors = db.session.execute(
        select(Dispatch.anchor_kind, Dispatch.anchor_id)
        .where(
            Dispatch.patient_id == patient.id,
            Dispatch.purpose == Purpose.REMINDER,
            Dispatch.anchor_kind.not_in(ALWAYS_ASKED),
            Dispatch.ended_at.is_(None),
        )
        .distinct()
    ).all()
    return sum(
        delivery.cancel_open(kind, anchor_id, reason, now, patient.sync_seq) for kind, anchor_id in anchors
    )


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


def same_check(row: Dispatch) -> tuple[ColumnElement[bool], ...]:
    """Return what selects every prompt that asks what this one asks: its repeats, and those put off."""
    return (
        Dispatch.anchor_kind == row.anchor_kind,
        Dispatch.anchor_id == row.anchor_id,
        Dispatch.step_key == row.step_key,
    )


def find_asked(row: Dispatch) -> datetime | None:
    """Return when the check that a repeat repeats was asked, or will be; None if it never was."""
    asking = aliased(Dispatch)
    statement = (
        select(Dispatch.accepted_at, asking.accepted_at, Dispatch.next_attempt_at, Dispatch.ended_at)
        .outerjoin(asking, asking.id == Dispatch.merged_into_id)
        .where(*same_check(row), Dispatch.occurrence == 0)
    )
    moments = [
        accepted_at or asked_at or next_at
        for accepted_at, asked_at, next_at, ended_at in db.session.execute(statement)
        if accepted_at or asked_at or not ended_at
    ]
    return max(moments, default=None)


def find_due(session_id: UUID, step_key: str) -> datetime | None:
    """Return when the first question of a step is or was due, as last planned, or None."""
    statement = select(func.max(Dispatch.due_at)).where(
        Dispatch.anchor_kind == Anchor.SESSION,
        Dispatch.anchor_id == session_id,
        Dispatch.step_key == step_key,
        Dispatch.occurrence == 0,
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
