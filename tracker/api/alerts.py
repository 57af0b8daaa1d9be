"""Alerts: what a therapist should know, taken on and closed with what was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from tracker import clock
from tracker.alerts import events, handling, listing
from tracker.alerts.listing import AlertFilter, OwnerFilter
from tracker.alerts.visible import (
    NamedAlert,
    PatientAlert,
    get_visible_alert,
    lock_visible_alert,
    name_alerts,
)
from tracker.alerts.vocabulary import AlertOutcome
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
from tracker.audit.service import Action
from tracker.db import transaction
from tracker.people import patients, trail
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
    now, patient_id = clock.now(), query.get("patient_id")
    wanted = AlertFilter(
        OwnerFilter(query["owner"]) if "owner" in query else None,
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
        named = name_alerts(rows, patients.find_names([row.patient_id for row in rows]))
        if patient_id:
            patients.hold_patient(patient_id)
        trail.record_deed(actor, Action.READ, "alerts", None, now, patient_id)
    return page(named, query["limit"], _view, lambda one: (one.alert.raised_at, one.alert.id))


@blueprint.operation("getAlert", "GET", "/v1/alerts/<alert_id>", Permission.HANDLE_ALERTS, returns=AlertView)
def get_alert(actor: Actor, alert_id: UUID) -> Shown:
    """Read one alert with its history."""
    with transaction():
        seen = get_visible_alert(actor, alert_id)
        trail.record_read(actor, "alert", alert_id, clock.now(), seen.patient.id)
        return _view_whole(seen)


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
    with _handled(actor, alert_id, now) as held:
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
    with _handled(actor, alert_id, now) as held:
        handling.resolve(
            held.alert, held.patient, actor.account_id, AlertOutcome(body["outcome"]), body["note"], now
        )
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
    with _handled(actor, alert_id, now) as held:
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
    with _handled(actor, alert_id, now) as held:
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
    with _handled(actor, alert_id, now) as held:
        handling.snooze(held.alert, held.patient, actor.account_id, body["until"], body["reason"], now)
        return _view_whole(held)


@blueprint.operation(
    "endAlertSnooze", "DELETE", "/v1/alerts/<alert_id>/snooze", Permission.HANDLE_ALERTS, status=204
)
def end_alert_snooze(actor: Actor, alert_id: UUID) -> None:
    """Take a snooze back; without one nothing changes."""
    now = clock.now()
    with _handled(actor, alert_id, now) as held:
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
    now = clock.now()
    with transaction():
        held = lock_visible_alert(actor, alert_id)
        note, repeated = events.add_note(held.alert, actor.account_id, key, body["text"], now)
        if not repeated:
            trail.record_deed(actor, Action.UPDATE, "alert", alert_id, now, held.patient.id)
        names = patients.find_staff_names([actor.account_id])
        author = {"id": actor.account_id, "display_name": names[actor.account_id]}
    return Reply(data=Shown(note, text=note.detail, author=author), replayed=repeated)


@contextmanager
def _handled(actor: Actor, alert_id: UUID, now: datetime) -> Iterator[PatientAlert]:
    """Lend an alert, locked with its patient, and write down that it was changed; raises NotFound."""
    with transaction():
        held = lock_visible_alert(actor, alert_id)
        trail.record_deed(actor, Action.UPDATE, "alert", alert_id, now, held.patient.id)
        yield held


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
    named = name_alerts([seen.alert], {patient.id: patient.display_name})[0]
    steps = events.list_steps(seen.alert.id)
    notes = [
        Shown(step, text=step.detail, author=_view_author(step)) for step in steps if step.kind == events.NOTE
    ]
    history = [Shown(step, actor=_view_author(step) if step.actor_id else None) for step in steps]
    return _view(named, events=history, notes=notes)


def _view_author(step: events.AlertStep) -> dict[str, object]:
    return {"id": step.actor_id, "display_name": step.actor_name}
