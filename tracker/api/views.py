"""From rows to what is shown of them, where several resources show the same."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tracker.api.wire import Shown, server_settings
from tracker.appointments.vocabulary import Preparation
from tracker.checkins.service import ShownCheckIn
from tracker.delivery.links import make_link
from tracker.delivery.vocabulary import PUBLIC_STATUS, Anchor, State
from tracker.delivery.wording import Template, render
from tracker.local_time.words import describe_window
from tracker.local_time.zones import zone
from tracker.people.rules.access import Actor
from tracker.protocols.catalog import CHECK_24H
from tracker.protocols.task_texts import PREPARATION_TEXTS, text_of
from tracker.protocols.tasks import StoredStatus, TaskStatus, task_status
from tracker.translation import translate


class SessionRow(Protocol):
    """What of a treatment session is shown in another form than its column."""

    id: UUID
    patient_id: UUID
    ended_at: datetime
    protocol_key: str
    protocol_version: int
    status: str
    staff_note: str | None
    version: int


class TaskRow(Protocol):
    """What is shown of a task of a plan."""

    id: UUID
    key: str
    kind: str
    status: str
    opens_at: datetime
    due_at: datetime | None
    closes_at: datetime
    completed_at: datetime | None
    check_in_id: UUID | None


class AppointmentRow(Protocol):
    """What of an appointment is shown in another form than its column."""

    prepared: list[str]


class ReminderRow(Protocol):
    """What is shown of a message to a patient."""

    id: UUID
    patient_id: UUID
    step_key: str
    due_at: datetime
    not_after: datetime
    state: str
    reason: str | None
    planned_because: str
    plan_task_id: UUID | None
    anchor_id: UUID
    anchor_kind: str
    accepted_at: datetime | None
    acknowledged_at: datetime | None
    snoozed_until: datetime | None


def view_session(session: SessionRow, actor: Actor, unlicensed: Collection[UUID] = ()) -> Shown:
    """Show a session; to staff also their note, and whether it is one of those that nobody was licensed for."""
    if actor.is_patient:
        return Shown(session, plan_id=session.id, staff_note=None)
    return Shown(session, plan_id=session.id, after_licence_end=session.id in unlicensed)


def view_plan(
    session: SessionRow, tasks: Sequence[TaskRow], time_zone: str, now: datetime, locale: str
) -> dict[str, object]:
    """Show the plan of a session with the windows in the patient's local time."""
    views = [view_task(task, time_zone, now, locale) for task in tasks]
    over = all(view["status"] not in _STILL_AHEAD for view in views)
    completed = "completed" if over else "active"
    return {
        "id": session.id,
        "session_id": session.id,
        "patient_id": session.patient_id,
        "anchored_at": session.ended_at,
        "time_zone": time_zone,
        "protocol_template_id": session.protocol_key,
        "protocol_template_version": session.protocol_version,
        "status": "cancelled" if session.status == "entered_in_error" else completed,
        "tasks": views,
        "version": session.version,
    }


_STILL_AHEAD = {TaskStatus.UPCOMING, TaskStatus.ACTIVE, TaskStatus.DUE, TaskStatus.OVERDUE}


def view_task(task: TaskRow, time_zone: str, now: datetime, locale: str) -> dict[str, object]:
    """Show one task of a plan as it stands now."""
    words = text_of(task.key)
    return {
        "id": task.id,
        "key": task.key,
        "kind": task.kind,
        "title": translate(words.title, locale),
        "instructions": translate(words.instructions, locale),
        "status": task_status(StoredStatus(task.status), task.opens_at, task.due_at, task.closes_at, now),
        "starts_at": task.opens_at,
        "due_at": task.due_at,
        "ends_at": task.closes_at,
        "window": describe_window(task.opens_at, task.closes_at, zone(time_zone), now, locale),
        "completed_at": task.completed_at,
        "check_in_id": task.check_in_id,
    }


def view_due_task(
    task: TaskRow, time_zone: str, now: datetime, locale: str, alcohol_over: str | None
) -> dict[str, object]:
    """Show one task that waits for an answer; the 24 h check also tells that the alcohol window has ended."""
    view = view_task(task, time_zone, now, locale)
    if alcohol_over and task.key == CHECK_24H.key:
        view["instructions"] = f"{alcohol_over} {view['instructions']}"
    return view


def view_check_in(row: ShownCheckIn) -> dict[str, object]:
    """Show a check-in; the hours count from the session's end as it stands now."""
    shown = {name: value for name, value in row.items() if name != "session_ended_at"}
    if (ended_at := row["session_ended_at"]) is not None:
        shown["hours_since_session"] = round((row["recorded_at"] - ended_at).total_seconds() / 3600, 1)
    return shown


def view_appointment(appointment: AppointmentRow, locale: str) -> Shown:
    """Show an appointment with what to prepare, in the reader's words."""
    items = [
        {
            "code": item,
            "text": translate(PREPARATION_TEXTS[item], locale),
            "done": item in appointment.prepared,
        }
        for item in Preparation
    ]
    return Shown(appointment, preparation=items)


def view_reminder(row: ReminderRow, locale: str) -> dict[str, object]:
    """Show a reminder in neutral words; the page behind its link says more, after sign-in."""
    settings = server_settings()
    link = make_link(settings.public_url, settings.secret_key, row.id)
    words = render(Template.REMINDER, locale).filled(link)
    return {
        "id": row.id,
        "patient_id": row.patient_id,
        "kind": row.step_key,
        "title": words.subject,
        "body": words.body,
        "due_at": row.due_at,
        "not_after": row.not_after,
        "status": PUBLIC_STATUS[State(row.state)],
        "reason": row.reason or row.planned_because,
        "link": link,
        "plan_task_id": row.plan_task_id,
        "appointment_id": row.anchor_id if row.anchor_kind == Anchor.APPOINTMENT else None,
        "sent_at": row.accepted_at,
        "acknowledged_at": row.acknowledged_at,
        "snoozed_until": row.snoozed_until,
    }
