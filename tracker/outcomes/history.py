"""Everything that was said, asked and raised after some sessions of one patient, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tracker.alerts import missed_checks
from tracker.alerts.models import Alert
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor
from tracker.outcomes.rules.session_outcome import (
    Point,
    ReminderOutcome,
    SessionOutcome,
    find_reminder_outcome,
    sum_up,
)
from tracker.protocols.catalog import AnsweredBy
from tracker.protocols.tasks import StoredStatus
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession

_ANSWERED_BY_CHECK_IN = (AnsweredBy.SORENESS_AND_RED_FLAGS, AnsweredBy.RED_FLAGS)


@dataclass(frozen=True, slots=True)
class AskedCheck:
    """One question of a plan and what became of it."""

    plan_task_id: UUID
    key: str
    due_at: datetime
    outcome: ReminderOutcome
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One session and what followed it, oldest first; without alerts when they were not asked for."""

    session: TreatmentSession
    points: Sequence[Point]
    tasks: Sequence[PlanTask]
    questions: Sequence[AskedCheck]
    outcome: SessionOutcome
    alerts: Sequence[Alert] | None = field(default=None)


def read_histories(
    patient_id: UUID, chosen: Sequence[TreatmentSession], now: datetime, *, with_alerts: bool
) -> list[History]:
    """Return what followed each of these sessions of a patient, in their order."""
    session_ids = [session.id for session in chosen]
    points: dict[UUID, list[Point]] = defaultdict(list)
    for row in db.session.execute(_POINTS.where(CheckIn.session_id.in_(session_ids))):
        session_id, *told = row
        points[session_id].append(Point(**dict(zip(_TOLD, told, strict=True))))
    tasks = sessions.list_tasks_of(session_ids)
    prompts: dict[UUID, list[Any]] = defaultdict(list)
    for row in db.session.execute(_PROMPTS.where(Dispatch.anchor_id.in_(session_ids))):
        prompts[row.anchor_id].append(row)
    alerts = _list_alerts(patient_id, session_ids) if with_alerts else None
    return [
        _history(
            session,
            points[session.id],
            tasks.get(session.id, []),
            prompts[session.id],
            None if alerts is None else alerts[session.id],
            now,
        )
        for session in chosen
    ]


def _history(
    session: TreatmentSession,
    points: Sequence[Point],
    tasks: Sequence[PlanTask],
    prompts: Sequence[Any],
    alerts: Sequence[Alert] | None,
    now: datetime,
) -> History:
    standing = [task for task in tasks if task.status != StoredStatus.CANCELLED]
    questions = list(_questions(session, standing, prompts, now))
    asked = [question.outcome for question in questions]
    facts = missed_checks.session_facts(session)
    return History(
        session=session,
        points=points,
        tasks=standing,
        questions=questions,
        outcome=sum_up(facts, points, asked),
        alerts=alerts,
    )


def _questions(
    session: TreatmentSession, tasks: Sequence[PlanTask], prompts: Sequence[Any], now: datetime
) -> list[AskedCheck]:
    protocol = sessions.protocol_of(session)
    found = []
    for task in tasks:
        if task.due_at is None or protocol.get_step(task.key).answered_by not in _ANSWERED_BY_CHECK_IN:
            continue
        states = [prompt.state for prompt in prompts if prompt.step_key == task.key]
        check = missed_checks.outcome_of(task, states, now)
        became = find_reminder_outcome(check, task.closes_at, now)
        found.append(AskedCheck(task.id, task.key, task.due_at, became, task.completed_at))
    return found


def _list_alerts(patient_id: UUID, session_ids: Sequence[UUID]) -> dict[UUID, list[Alert]]:
    """Return the alerts about these sessions; the patient's id is what they are found by."""
    found: dict[UUID, list[Alert]] = defaultdict(list)
    about = select(Alert).where(Alert.patient_id == patient_id, Alert.session_id.in_(session_ids))
    for alert in db.session.scalars(about.order_by(Alert.raised_at, Alert.id)):
        assert alert.session_id is not None, "it was found by it"
        found[alert.session_id].append(alert)
    return found


_TOLD = (
    "check_in_id", "recorded_at", "soreness", "stiffness", "usual_pain", "hydration_ml", "alcohol", "activities",
    "side_effects", "red_flags", "note", "course_position",
)  # fmt: skip
_POINTS = (
    select(CheckIn.session_id, CheckIn.id, *(getattr(CheckIn, name) for name in _TOLD[1:]))
    .where(CheckIn.deleted_at.is_(None))
    .order_by(CheckIn.recorded_at, CheckIn.id)
)
_PROMPTS = select(Dispatch.anchor_id, Dispatch.step_key, missed_checks.PROMPT_STATE).where(
    Dispatch.anchor_kind == Anchor.SESSION
)
