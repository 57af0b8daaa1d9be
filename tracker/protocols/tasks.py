"""The plan a patient sees: every step's window, and what state it is in at a moment."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from tracker.local_time.windows import FirstAt, Window, elapsed, instant_of
from tracker.protocols.catalog import OVERDUE_AFTER, AnsweredBy, Protocol, Step, TaskKind


class StoredStatus(StrEnum):
    """What is kept about a plan task; the rest follows from the clock."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class TaskStatus(StrEnum):
    """What a plan task is at a moment."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    DUE = "due"
    OVERDUE = "overdue"
    COMPLETED = "completed"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """One window of a plan in UTC instants; `due_at` is None where nothing is asked of the patient."""

    key: str
    occurrence: int
    kind: TaskKind
    opens_at: datetime
    due_at: datetime | None
    closes_at: datetime


def plan_tasks(
    protocol: Protocol,
    ended_at: datetime,
    zone: ZoneInfo,
    regions: Set[str],
    opted_in: Set[str] = frozenset(),
) -> tuple[PlannedTask, ...]:
    """Plan the windows of a session that ended then, in order of opening, conditional checks included."""
    tasks = [
        _plan_task(step, occurrence, ended_at, zone)
        for step in protocol.steps_after(regions, opted_in)
        if step.speaks_for is None
        for occurrence in range(len(step.days))
    ]
    return tuple(sorted(tasks, key=lambda task: (task.opens_at, task.closes_at)))


def step_window(step: Step, anchor: datetime, zone: ZoneInfo, *, days_later: int = 0) -> Window:
    """Give the window of a step after its anchor, a session's end or an appointment's start."""
    return Window(
        instant_of(step.opens, anchor, zone, days_later=days_later),
        instant_of(step.closes, anchor, zone, days_later=days_later),
    )


def task_status(
    stored_status: StoredStatus,
    opens_at: datetime,
    due_at: datetime | None,
    closes_at: datetime,
    now: datetime,
) -> TaskStatus:
    """Say what a plan task is now.

    Without a due time it is active in its window and completed after it. With one it is active until due,
    overdue 3 h later, and missed once its window has closed.
    """
    if stored_status is not StoredStatus.OPEN:
        return TaskStatus(stored_status)
    if now < opens_at:
        return TaskStatus.UPCOMING
    if now >= closes_at:
        return TaskStatus.COMPLETED if due_at is None else TaskStatus.MISSED
    if due_at is None or now < due_at:
        return TaskStatus.ACTIVE
    return TaskStatus.DUE if now < elapsed(due_at, OVERDUE_AFTER) else TaskStatus.OVERDUE


def _plan_task(step: Step, occurrence: int, ended_at: datetime, zone: ZoneInfo) -> PlannedTask:
    days_later = step.days[occurrence]
    window = step_window(step, ended_at, zone, days_later=days_later)
    due_at = None
    if step.answered_by is not AnsweredBy.NOTHING and step.prompt is not None:
        assert not isinstance(step.prompt, FirstAt)  # such a prompt speaks for another step's task
        due_at = instant_of(step.prompt, ended_at, zone, days_later=days_later)
    return PlannedTask(
        key=step.key,
        occurrence=occurrence,
        kind=step.kind,
        opens_at=window.opens,
        due_at=due_at,
        closes_at=window.closes,
    )
