"""Everything that was said, asked and raised after some sessions of one patient, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tracker.alerts.facts.check_outcomes import Prompt, list_prompts, outcome_of
from tracker.alerts.facts.followed_session import followed
from tracker.alerts.models import Alert
from tracker.checkins.models import ITEM_COLUMNS, CheckIn
from tracker.checkins.rules.bodies import said_in
from tracker.db import db
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
        points[row.session_id].append(
            Point(
                check_in_id=row.id,
                recorded_at=row.recorded_at,
                said=said_in(row._asdict()),
                course_position=row.course_position,
            )
        )
    tasks = sessions.list_tasks_of(session_ids)
    prompts = list_prompts(session_ids)
    alerts = _list_alerts(patient_id, session_ids) if with_alerts else None
    return [
        _history(
            session,
            points[session.id],
            tasks.get(session.id, []),
            prompts.get(session.id, ()),
            None if alerts is None else alerts[session.id],
            now,
        )
        for session in chosen
    ]


def _history(
    session: TreatmentSession,
    points: Sequence[Point],
    tasks: Sequence[PlanTask],
    prompts: Sequence[Prompt],
    alerts: Sequence[Alert] | None,
    now: datetime,
) -> History:
    standing = [task for task in tasks if task.status != StoredStatus.CANCELLED]
    questions = list(_questions(session, standing, prompts, now))
    asked = [question.outcome for question in questions]
    return History(
        session=session,
        points=points,
        tasks=standing,
        questions=questions,
        outcome=sum_up(followed(session).facts, points, asked),
        alerts=alerts,
    )


def _questions(
    session: TreatmentSession, tasks: Sequence[PlanTask], prompts: Sequence[Prompt], now: datetime
) -> list[AskedCheck]:
    protocol = sessions.protocol_of(session)
    found = []
    for task in tasks:
        if task.due_at is None or protocol.get_step(task.key).answered_by not in _ANSWERED_BY_CHECK_IN:
            continue
        check = outcome_of(task, task.key, prompts, now)
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


_POINTS = (
    select(
        CheckIn.session_id,
        CheckIn.id,
        CheckIn.recorded_at,
        CheckIn.course_position,
        *ITEM_COLUMNS,
    )
    .where(CheckIn.deleted_at.is_(None))
    .order_by(CheckIn.recorded_at, CheckIn.id)
)
