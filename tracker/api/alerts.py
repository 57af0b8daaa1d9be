"""Alerts: what a therapist should know, taken on and closed with what was done."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker import clock
from tracker.alerts import events, handling, listing
from tracker.alerts import service as alerts
from tracker.alerts.listing import AlertFilter, NextStep, find_next_steps
from tracker.api.cursors import decode, page
from tracker.api.schemas.alerts import (
    AlertAssignment,
    AlertNoteCreate,
    AlertNoteView,
    AlertPageView,
    AlertQuery,
    AlertReopening,
    AlertResolution,
    AlertSnooze,
    AlertView,
)
from tracker.api.wire import Blueprint, replayed
from tracker.audit.service import Action
from tracker.db import transaction
from tracker.errors import NotFound
from tracker.people import patients, trail
from tracker.people.rules.access import Actor, Permission

blueprint = Blueprint("alerts", "What a therapist should know, why, and what was done about it.")

_ALERT = (
    "id",
    "rule",
    "rule_version",
    "severity",
    "status",
    "settling",
    "historic",
    "raised_at",
    "reason",
    "inputs",
    "owner_id",
    "reply_due_at",
    "snoozed_until",
    "snooze_reason",
    "session_id",
    "check_in_id",
    "red_flag_report_id",
    "late_by_minutes",
    "acknowledged_at",
    "acknowledged_by_id",
    "resolved_at",
    "resolved_by_id",
    "outcome",
    "resolution_note",
    "version",
)


@blueprint.operation(
    "listAlerts",
    "GET",
    "/v1/alerts",
    Permission.HANDLE_ALERTS,
    query=AlertQuery,
    returns=AlertPageView,
    errors=(404,),
)
def list_alerts(actor: Actor, query: dict[str, Any]) -> Any:
    """List the alerts of the caller's patients and those that fell to the caller, newest first."""
    after: Any = decode(query.get("cursor"), datetime, UUID)
    now, patient_id = clock.now(), query.get("patient_id")
    wanted = AlertFilter(
        query.get("owner"),
        query.get("status", ()),
        query.get("severity", ()),
        query.get("rule", ()),
        patient_id,
    )
    with transaction():
        if patient_id:
            patients.get_visible_patient(actor, patient_id)
        rows = listing.list_alerts(
            actor, patients.visible_patients(actor), query["limit"], after, wanted, now
        )
        shown = _views(rows)
        if patient_id:
            patients.hold_patient(patient_id)
        trail.record_deed(actor, Action.READ, "alerts", None, now, patient_id)
    return page(rows, query["limit"], lambda row: shown[row.id], lambda row: (row.raised_at, row.id))


@blueprint.operation("getAlert", "GET", "/v1/alerts/<alert_id>", Permission.HANDLE_ALERTS, returns=AlertView)
def get_alert(actor: Actor, alert_id: UUID) -> Any:
    """Read one alert with its history."""
    with transaction():
        patient = _get_patient(actor, alert_id, lock=False)
        trail.record_read(actor, "alert", alert_id, clock.now(), patient.id)
        return _view_whole(alerts.get_alert_of(patient.id, alert_id), patient)


@blueprint.operation(
    "acknowledgeAlert",
    "PUT",
    "/v1/alerts/<alert_id>/acknowledgement",
    Permission.HANDLE_ALERTS,
    returns=AlertView,
    errors=(409,),
)
def acknowledge_alert(actor: Actor, alert_id: UUID) -> Any:
    """Take an alert on: no further message leaves; a second one keeps the first person."""
    with _handled(actor, alert_id) as (alert, patient, now):
        handling.acknowledge(alert, patient, actor.account_id, now)
        return _view_whole(alert, patient)


@blueprint.operation(
    "resolveAlert",
    "PUT",
    "/v1/alerts/<alert_id>/resolution",
    Permission.HANDLE_ALERTS,
    body=AlertResolution,
    returns=AlertView,
    errors=(409,),
    example={"outcome": "reassured", "note": "Telephoned: soreness is easing, no other signs."},
)
def resolve_alert(actor: Actor, alert_id: UUID, body: dict[str, Any]) -> Any:
    """Close an alert with what was done; the same again changes nothing, another outcome is refused."""
    with _handled(actor, alert_id) as (alert, patient, now):
        handling.resolve(alert, patient, actor.account_id, body["outcome"], body["note"], now)
        return _view_whole(alert, patient)


@blueprint.operation(
    "reopenAlert",
    "PUT",
    "/v1/alerts/<alert_id>/reopening",
    Permission.HANDLE_ALERTS,
    body=AlertReopening,
    returns=AlertView,
    errors=(409,),
    example={"reason": "Resolved by mistake: the call was about somebody else."},
)
def reopen_alert(actor: Actor, alert_id: UUID, body: dict[str, Any]) -> Any:
    """Open a resolved alert again: its owner is told and a new reply target runs."""
    with _handled(actor, alert_id) as (alert, patient, now):
        handling.reopen(alert, patient, actor.account_id, body["reason"], now)
        return _view_whole(alert, patient)


@blueprint.operation(
    "assignAlert",
    "PUT",
    "/v1/alerts/<alert_id>/assignment",
    Permission.HANDLE_ALERTS,
    body=AlertAssignment,
    returns=AlertView,
    errors=(409,),
)
def assign_alert(actor: Actor, alert_id: UUID, body: dict[str, Any]) -> Any:
    """Give an alert to another therapist, who is told and sees the patient as long as it is unfinished and theirs."""
    with _handled(actor, alert_id) as (alert, patient, now):
        handling.assign(alert, patient, body["therapist_id"], actor.account_id, now)
        return _view_whole(alert, patient)


@blueprint.operation(
    "snoozeAlert",
    "PUT",
    "/v1/alerts/<alert_id>/snooze",
    Permission.HANDLE_ALERTS,
    body=AlertSnooze,
    returns=AlertView,
    errors=(409,),
    example={"until": "2026-03-05T09:00:00Z", "reason": "Seen this morning; looks again on Thursday."},
)
def snooze_alert(actor: Actor, alert_id: UUID, body: dict[str, Any]) -> Any:
    """Keep an alert of severity attention or routine quiet until then; worse evidence ends it at once."""
    with _handled(actor, alert_id) as (alert, patient, now):
        handling.snooze(alert, patient, actor.account_id, body["until"], body["reason"], now)
        return _view_whole(alert, patient)


@blueprint.operation(
    "endAlertSnooze", "DELETE", "/v1/alerts/<alert_id>/snooze", Permission.HANDLE_ALERTS, status=204
)
def end_alert_snooze(actor: Actor, alert_id: UUID) -> None:
    """Take a snooze back; without one nothing changes."""
    with _handled(actor, alert_id) as (alert, patient, now):
        handling.end_snooze(alert, patient, actor.account_id, now)


@blueprint.operation(
    "addAlertNote",
    "POST",
    "/v1/alerts/<alert_id>/notes",
    Permission.HANDLE_ALERTS,
    body=AlertNoteCreate,
    returns=AlertNoteView,
    status=201,
    key="required",
    example={"text": "Tried to call at 10:15, nobody answered."},
)
def add_alert_note(actor: Actor, alert_id: UUID, body: dict[str, Any], key: str) -> Any:
    """Write something down beside an alert, whatever its state."""
    now = clock.now()
    with transaction():
        patient = _get_patient(actor, alert_id, lock=True)
        alert = alerts.get_alert_of(patient.id, alert_id)
        note, repeated = events.add_note(alert, actor.account_id, key, body["text"], now)
        if not repeated:
            trail.record_deed(actor, Action.UPDATE, "alert", alert_id, now, patient.id)
        names = patients.find_staff_names([actor.account_id])
        shown = _view_note(note.id, note.at, note.detail, actor.account_id, names[actor.account_id])
    return replayed(shown) if repeated else shown


@contextmanager
def _handled(actor: Actor, alert_id: UUID) -> Iterator[tuple[Any, patients.PatientFacts, datetime]]:
    """Lend an alert, locked with its patient, and write down that it was changed; raises NotFound."""
    now = clock.now()
    with transaction():
        patient = _get_patient(actor, alert_id, lock=True)
        alert = alerts.get_alert_of(patient.id, alert_id)
        trail.record_deed(actor, Action.UPDATE, "alert", alert_id, now, patient.id)
        yield alert, patient, now


def _get_patient(actor: Actor, alert_id: UUID, *, lock: bool) -> patients.PatientFacts:
    """Return whose alert it is, for those who may see that patient."""
    alert = alerts.find_alert(alert_id)
    if alert is None or alert.clinic_id != actor.clinic_id:
        raise NotFound
    find = patients.lock_visible_patient if lock else patients.get_visible_patient
    return find(actor, alert.patient_id)


def _views(rows: Sequence[Any]) -> dict[UUID, dict[str, Any]]:
    """Show alerts, with three statements for any number of them."""
    names = patients.find_names([row.patient_id for row in rows])
    owners = patients.find_staff_names([row.owner_id for row in rows])
    outlooks = find_next_steps(rows)
    return {
        row.id: _view(row, names[row.patient_id], owners.get(row.owner_id), outlooks.get(row.id, NextStep()))
        for row in rows
    }


def _view(alert: Any, patient_name: str, owner_name: str | None, outlook: NextStep) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in _ALERT} | {
        "patient_note": alert.inputs.get("note"),
        "callback_phone": alert.inputs.get("callback_phone"),
        "patient": {"id": alert.patient_id, "display_name": patient_name},
        "owner": {"id": alert.owner_id, "display_name": owner_name},
        "next_escalation_at": outlook.next_escalation_at,
        "undelivered": outlook.undelivered,
    }


def _view_whole(alert: Any, patient: patients.PatientFacts) -> dict[str, Any]:
    owners = patients.find_staff_names([alert.owner_id])
    outlook = find_next_steps([alert]).get(alert.id, NextStep())
    steps = events.list_steps(alert.id)
    notes = [
        _view_note(step.id, step.at, step.detail, step.actor_id, step.actor_name)
        for step in steps
        if step.kind == events.NOTE
    ]
    shown = _view(alert, patient.display_name, owners.get(alert.owner_id), outlook)
    return shown | {"events": [_view_step(step) for step in steps], "notes": notes}


def _view_step(step: events.AlertStep) -> dict[str, Any]:
    actor = {"id": step.actor_id, "display_name": step.actor_name} if step.actor_id else None
    return {
        "kind": step.kind, "at": step.at, "detail": step.detail, "actor_id": step.actor_id, "actor": actor,
    }  # fmt: skip


def _view_note(
    note_id: UUID, at: datetime, text: str, author_id: UUID | None, author_name: str | None
) -> dict[str, Any]:
    return {"id": note_id, "at": at, "text": text, "author": {"id": author_id, "display_name": author_name}}
