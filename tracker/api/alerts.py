"""Alerts: what a therapist should know, taken on and closed with what was done."""

from uuid import UUID

from tracker import clock
from tracker.alerts import events, handling, visible
from tracker.alerts.listing import AlertFilter
from tracker.alerts.visible import NamedAlert, PatientAlert
from tracker.api.cursors import ByTime, Page, decode, page
from tracker.api.schemas.alerts import (
    AlertAssignment,
    AlertNoteCreate,
    AlertNoteView,
    AlertPageView,
    AlertParameters,
    AlertQuery,
    AlertReopening,
    AlertResolution,
    AlertSnooze,
    AlertView,
    AssignmentBody,
    NoteBody,
    ReopeningBody,
    ResolutionBody,
    SnoozeBody,
)
from tracker.api.wire import Blueprint, Reply, Shown
from tracker.db import transaction
from tracker.people.rules.access import Actor, Permission

blueprint = Blueprint("alerts", "What a therapist should know, why, and what was done about it.")


@blueprint.operation(
    "listAlerts",
    "GET",
    "/v1/alerts",
    Permission.HANDLE_ALERTS,
    query=AlertQuery,
    returns=AlertPageView,
    errors=(404,),
)
def list_alerts(actor: Actor, query: AlertParameters) -> Page[Shown]:
    """List the alerts of the caller's patients and those that fell to the caller, newest first."""
    after = decode(query.get("cursor"), ByTime)
    wanted = AlertFilter(
        query.get("owner"),
        query.get("status", ()),
        query.get("severity", ()),
        query.get("rule", ()),
        query.get("patient_id"),
    )
    with transaction():
        named = visible.list_visible(actor, query["limit"], after, wanted, clock.now())
    return page(named, query["limit"], _view, lambda one: (one.alert.raised_at, one.alert.id))


@blueprint.operation("getAlert", "GET", "/v1/alerts/<alert_id>", Permission.HANDLE_ALERTS, returns=AlertView)
def get_alert(actor: Actor, alert_id: UUID) -> Shown:
    """Read one alert with its history."""
    with transaction():
        return _view_whole(visible.read(actor, alert_id, clock.now()))


@blueprint.operation(
    "acknowledgeAlert",
    "PUT",
    "/v1/alerts/<alert_id>/acknowledgement",
    Permission.HANDLE_ALERTS,
    returns=AlertView,
    errors=(409,),
)
def acknowledge_alert(actor: Actor, alert_id: UUID) -> Shown:
    """Take an alert on: no further message leaves; a second one keeps the first person."""
    now = clock.now()
    with transaction():
        held = visible.change(actor, alert_id, now)
        handling.acknowledge(held.alert, held.patient, actor.account_id, now)
        return _view_whole(held)


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
def resolve_alert(actor: Actor, alert_id: UUID, body: ResolutionBody) -> Shown:
    """Close an alert with what was done; the same again changes nothing, another outcome is refused."""
    now = clock.now()
    with transaction():
        held = visible.change(actor, alert_id, now)
        handling.resolve(held.alert, held.patient, actor.account_id, body["outcome"], body["note"], now)
        return _view_whole(held)


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
def reopen_alert(actor: Actor, alert_id: UUID, body: ReopeningBody) -> Shown:
    """Open a resolved alert again: its owner is told and a new reply target runs."""
    now = clock.now()
    with transaction():
        held = visible.change(actor, alert_id, now)
        handling.reopen(held.alert, held.patient, actor.account_id, body["reason"], now)
        return _view_whole(held)


@blueprint.operation(
    "assignAlert",
    "PUT",
    "/v1/alerts/<alert_id>/assignment",
    Permission.HANDLE_ALERTS,
    body=AlertAssignment,
    returns=AlertView,
    errors=(409,),
)
def assign_alert(actor: Actor, alert_id: UUID, body: AssignmentBody) -> Shown:
    """Give an alert to another therapist, who is told and sees the patient as long as it is unfinished and theirs."""
    now = clock.now()
    with transaction():
        held = visible.change(actor, alert_id, now)
        handling.assign(held.alert, held.patient, body["therapist_id"], actor.account_id, now)
        return _view_whole(held)


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
def snooze_alert(actor: Actor, alert_id: UUID, body: SnoozeBody) -> Shown:
    """Keep an alert of severity attention or routine quiet until then; worse evidence ends it at once."""
    now = clock.now()
    with transaction():
        held = visible.change(actor, alert_id, now)
        handling.snooze(held.alert, held.patient, actor.account_id, body["until"], body["reason"], now)
        return _view_whole(held)


@blueprint.operation(
    "endAlertSnooze", "DELETE", "/v1/alerts/<alert_id>/snooze", Permission.HANDLE_ALERTS, status=204
)
def end_alert_snooze(actor: Actor, alert_id: UUID) -> None:
    """Take a snooze back; without one nothing changes."""
    now = clock.now()
    with transaction():
        held = visible.change(actor, alert_id, now)
        handling.end_snooze(held.alert, held.patient, actor.account_id, now)


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
def add_alert_note(actor: Actor, alert_id: UUID, body: NoteBody, key: str) -> Reply[Shown]:
    """Write something down beside an alert, whatever its state."""
    with transaction():
        made = visible.write_note(actor, alert_id, key, body["text"], clock.now())
    author = {"id": made.author_id, "display_name": made.author_name}
    return Reply(data=Shown(made.note, text=made.note.detail, author=author), replayed=made.repeated)


def _view(named: NamedAlert, **history: object) -> Shown:
    alert, step = named.alert, named.next_step
    return Shown(
        alert,
        patient_note=alert.inputs.get("note"),
        callback_phone=alert.inputs.get("callback_phone"),
        patient={"id": alert.patient_id, "display_name": named.patient_name},
        owner={"id": alert.owner_id, "display_name": named.owner_name},
        next_escalation_at=step.next_escalation_at,
        undelivered=step.undelivered,
        **history,
    )


def _view_whole(seen: PatientAlert) -> Shown:
    patient = seen.patient
    named = visible.name_alerts([seen.alert], {patient.id: patient.display_name})[0]
    steps = events.list_steps(seen.alert.id)
    notes = [
        Shown(step, text=step.detail, author=_view_author(step)) for step in steps if step.kind == events.NOTE
    ]
    history = [Shown(step, actor=_view_author(step) if step.actor_id else None) for step in steps]
    return _view(named, events=history, notes=notes)


def _view_author(step: events.AlertStep) -> dict[str, object]:
    return {"id": step.actor_id, "display_name": step.actor_name}
