"""Old reminders and messages about visits leave the database once nobody will ask about them, a few at a time."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.sql.elements import ColumnElement

from tracker.alerts.models import Alert
from tracker.alerts.vocabulary import CLOSED
from tracker.db import db
from tracker.delivery.models import DeliveryAttempt, Dispatch, DispatchMove
from tracker.delivery.vocabulary import Anchor, Purpose
from tracker.protocols.tasks import StoredStatus
from tracker.sessions.models import PlanTask, TreatmentSession


def delete_old(beyond: UUID | None, older_than: datetime, now: datetime, most: int) -> UUID | None:
    """Delete the reminders that are over among so many messages, oldest first, with hand-overs and moves.

    Returns the message to go on beyond, None when no older one is left. What somebody else holds is left for later.
    """
    statement = select(Dispatch.id, Dispatch.created_at).order_by(Dispatch.id).limit(most)
    if beyond is not None:
        statement = statement.where(Dispatch.id > beyond)
    # Ids are made in the order of time: behind the first that is young enough all are.
    old = [row.id for row in db.session.execute(statement) if row.created_at < older_than]
    over = select(Dispatch.id).where(Dispatch.id.in_(old), *_is_over(older_than, now))
    chosen = _without_last_words(set(db.session.scalars(over.with_for_update(skip_locked=True))))
    if chosen:
        for column in (DeliveryAttempt.dispatch_id, DispatchMove.dispatch_id, Dispatch.id):
            removal = delete(column.class_).where(column.in_(chosen))
            db.session.execute(removal.execution_options(synchronize_session=False))
    return old[-1] if len(old) == most else None


def _is_over(older_than: datetime, now: datetime) -> tuple[ColumnElement[bool], ...]:
    open_task = exists().where(
        PlanTask.session_id == Dispatch.anchor_id,
        PlanTask.status == StoredStatus.OPEN,
        PlanTask.closes_at > now,
    )
    watched = exists().where(
        TreatmentSession.id == Dispatch.anchor_id, TreatmentSession.assess_after.is_not(None)
    )
    # Whoever decides about an alert may want to see what the patient was asked.
    alert = exists().where(Alert.patient_id == Dispatch.patient_id, Alert.status.not_in(sorted(CLOSED)))
    return (
        or_(Dispatch.purpose == Purpose.REMINDER, Dispatch.anchor_kind == Anchor.VISIT),
        Dispatch.ended_at < older_than,
        Dispatch.not_after < older_than,
        ~open_task,
        ~watched,
        ~alert,
    )


def _without_last_words(chosen: Collection[UUID]) -> set[UUID]:
    """Leave out what asked for a prompt that stays."""
    chosen = set(chosen)
    while True:
        asked_for = select(Dispatch.merged_into_id).where(
            Dispatch.merged_into_id.in_(chosen), Dispatch.id.not_in(chosen)
        )
        needed = set(db.session.scalars(asked_for)) if chosen else set()
        if not needed:
            return chosen
        chosen -= needed
