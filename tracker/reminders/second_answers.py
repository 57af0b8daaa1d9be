"""The second answer: one more question hours after an answer that it makes clear; it yields to all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, or_, select

from tracker.checkins import service as checkins
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.delivery import service as delivery
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor, Purpose, Reason, State
from tracker.local_time.quiet import next_allowed
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import SECOND_ANSWER, AnsweredBy
from tracker.protocols.tasks import StoredStatus
from tracker.reminders.placing import new_reminder
from tracker.reminders.rules import due
from tracker.reminders.rules.prompts import PlannedPrompt
from tracker.reminders.standing import find_session_of, standing, stands, step_of
from tracker.sessions import service as sessions

# Convention: asked sooner than this after another message it would annoy; so close before a check, that one asks.
AFTER_A_MESSAGE = timedelta(hours=4)
BEFORE_A_CHECK = timedelta(hours=2)
# What was withdrawn for these reasons may be asked again; all else was asked, or could not be.
_TAKEN_BACK = (Reason.ANSWERED, Reason.SETTLED)


@dataclass(frozen=True, slots=True)
class WantedAnswer:
    """One more question after this check-in, from when to when it helps (UTC)."""

    check_in_id: UUID
    earliest: datetime
    latest: datetime


def follow(
    session_id: UUID, patient: PatientFacts, wanted: WantedAnswer | None, reason: Reason, now: datetime
) -> None:
    """Plan the one second question of a session that is wanted now, and suppress every other one for this reason."""
    session = sessions.find_session(session_id)
    if session is None:
        return
    kept = (wanted.check_in_id, session.generation) if wanted else None
    old = [
        asking.anchor_id for asking in _list_open(session_id) if (asking.anchor_id, asking.generation) != kept
    ]
    delivery.suppress_anchored(Anchor.CHECK_IN, old, reason, now, patient.sync_seq)
    if wanted is None or wanted.latest <= now or not patient.may_be_prompted:
        return
    reasons = _list_reasons(wanted.check_in_id)
    if all(reason in _TAKEN_BACK for reason in reasons):
        question = new_reminder(
            _prompt(wanted, patient, len(reasons), now),
            patient,
            now,
            anchor_kind=Anchor.CHECK_IN,
            anchor_id=wanted.check_in_id,
            generation=session.generation,
        )
        delivery.plan([question], now)


def is_asking(patient_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Say whether a second question to this patient is still to leave."""
    return exists().where(
        Dispatch.patient_id == patient_id,
        Dispatch.anchor_kind == Anchor.CHECK_IN,
        Dispatch.ended_at.is_(None),
    )


def decide(row: Dispatch, patient: PatientFacts, now: datetime) -> due.Decision:
    """Decide, with the patient locked, about a claimed second question: every other prompt comes before it."""
    session = find_session_of(row)
    newest = _find_newest(session.id) if session else None
    status = StoredStatus.OPEN if newest == row.anchor_id else StoredStatus.COMPLETED
    known = standing(row, step_of(row, session), patient, stands=stands(row, session), task_status=status)
    nothing_asked = due.Answers(ended_at=session.ended_at if session else row.not_before)
    decision = due.decide(due.PromptFacts.of(known, nothing_asked), now)
    if isinstance(decision, due.Send) and _is_too_close(row, now):
        return due.Suppress(Reason.SPACING)
    return decision


def _find_newest(session_id: UUID) -> UUID | None:
    """Return the check-in that last said how sore the area is."""
    told = [answer for answer in checkins.list_answers(session_id) if answer.soreness is not None]
    return told[-1].check_in_id if told else None


def _is_too_close(row: Dispatch, now: datetime) -> bool:
    """Say whether another prompt has left lately, or a check that asks the same is about to."""
    left = or_(Dispatch.accepted_at > now - AFTER_A_MESSAGE, Dispatch.state == State.SENDING)
    soon = Dispatch.ended_at.is_(None) & (Dispatch.next_attempt_at <= now + BEFORE_A_CHECK)
    statement = select(Dispatch).where(
        Dispatch.patient_id == row.patient_id,
        Dispatch.purpose == Purpose.REMINDER,
        Dispatch.id != row.id,
        or_(left, soon & (Dispatch.anchor_kind == Anchor.SESSION) & (Dispatch.not_after > now)),
    )
    others = db.session.scalars(statement.execution_options(populate_existing=True)).all()
    return any(
        other.accepted_at is not None or other.state == State.SENDING or _is_check(other) for other in others
    )


def _is_check(row: Dispatch) -> bool:
    session = sessions.find_session(row.anchor_id)
    step = sessions.protocol_of(session).get_step(row.step_key) if session else None
    return step is not None and step.answered_by is AnsweredBy.SORENESS_AND_RED_FLAGS


def _list_open(session_id: UUID) -> Sequence[Row[UUID, int]]:
    """Return after which check-ins of a session a question is still to leave, and for which of its times."""
    statement = (
        select(Dispatch.anchor_id, Dispatch.generation)
        .join(CheckIn, CheckIn.id == Dispatch.anchor_id)
        .where(
            CheckIn.session_id == session_id,
            Dispatch.patient_id == CheckIn.patient_id,
            Dispatch.anchor_kind == Anchor.CHECK_IN,
            Dispatch.ended_at.is_(None),
        )
    )
    return db.session.execute(statement).all()


def _list_reasons(check_in_id: UUID) -> Sequence[str | None]:
    """Return what became of every question that was planned after this check-in; None: it is still to leave."""
    statement = select(Dispatch.reason).where(
        Dispatch.anchor_kind == Anchor.CHECK_IN, Dispatch.anchor_id == check_in_id
    )
    return db.session.scalars(statement).all()


def _prompt(wanted: WantedAnswer, patient: PatientFacts, occurrence: int, now: datetime) -> PlannedPrompt:
    nominal_at = max(wanted.earliest, now)
    due_at = next_allowed(nominal_at, patient.quiet, zone(patient.time_zone))
    fits = due_at < wanted.latest
    reason = Reason.ON_TIME if due_at == nominal_at else Reason.DEFERRED_QUIET
    return PlannedPrompt(
        step_key=SECOND_ANSWER.key,
        occurrence=occurrence,
        nominal_at=nominal_at,
        due_at=due_at if fits else None,
        not_before=wanted.earliest,
        not_after=wanted.latest,
        reason=reason if fits else Reason.QUIET_NO_WINDOW,
        priority=SECOND_ANSWER.importance,
    )
