"""Alerts: what a therapist should know, taken on and closed with what was done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker import clock
from tracker.alerts import service as alerts
from tracker.api.cursors import decode, page
from tracker.api.schemas.care import AlertPageView, AlertQuery, AlertResolution, AlertView
from tracker.api.wire import Blueprint
from tracker.audit.service import Action
from tracker.db import transaction
from tracker.errors import NotFound
from tracker.people import service as people
from tracker.people.access import Actor, Permission
from tracker.recovery import deeds
from tracker.recovery.caseload import visible_patients

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
    with transaction():
        patients = visible_patients(actor)
        if patient_id := query.get("patient_id"):
            people.get_visible_patient(actor, patient_id)
        rows = alerts.list_alerts(
            actor, patients, query["limit"], after, query.get("status"), query.get("severity"), patient_id
        )
        names = people.find_names([row.patient_id for row in rows])
        if patient_id:
            people.hold_patient(patient_id)
        deeds.record_deed(actor, Action.READ, "alerts", None, clock.now(), patient_id)
    return page(rows, query["limit"], lambda row: _view(row, names), lambda row: (row.raised_at, row.id))


@blueprint.operation("getAlert", "GET", "/v1/alerts/<alert_id>", Permission.HANDLE_ALERTS, returns=AlertView)
def get_alert(actor: Actor, alert_id: UUID) -> Any:
    """Read one alert with its history."""
    with transaction():
        patient = _get_patient(actor, alert_id, lock=False)
        deeds.record_reading(actor, "alert", alert_id, clock.now(), patient.id)
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
    now = clock.now()
    with transaction():
        patient = _get_patient(actor, alert_id, lock=True)
        alert = alerts.get_alert_of(patient.id, alert_id)
        alerts.acknowledge(alert, patient, actor.account_id, now)
        deeds.record_deed(actor, Action.UPDATE, "alert", alert_id, now, patient.id)
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
    now = clock.now()
    with transaction():
        patient = _get_patient(actor, alert_id, lock=True)
        alert = alerts.get_alert_of(patient.id, alert_id)
        alerts.resolve(alert, patient, actor.account_id, body["outcome"], body["note"], now)
        deeds.record_deed(actor, Action.UPDATE, "alert", alert_id, now, patient.id)
        return _view_whole(alert, patient)


def _get_patient(actor: Actor, alert_id: UUID, *, lock: bool) -> people.PatientFacts:
    """Return whose alert it is, for those who may see that patient or own the alert."""
    alert = alerts.find_alert(alert_id)
    if alert is None or alert.clinic_id != actor.clinic_id:
        raise NotFound
    if alert.owner_id != actor.account_id or alert.status not in alerts.UNFINISHED:
        people.get_visible_patient(actor, alert.patient_id)
    found = people.lock_patient(alert.patient_id) if lock else people.find_patient(alert.patient_id)
    assert found is not None, "an alert has a patient"
    return found


def _view(alert: Any, names: Mapping[UUID, str]) -> dict[str, Any]:
    shown = {name: getattr(alert, name) for name in _ALERT}
    shown |= {"patient_note": alert.inputs.get("note"), "callback_phone": alert.inputs.get("callback_phone")}
    return shown | {"patient": {"id": alert.patient_id, "display_name": names[alert.patient_id]}}


def _view_whole(alert: Any, patient: people.PatientFacts) -> dict[str, Any]:
    events: Sequence[Any] = alerts.list_events(alert.id)
    return _view(alert, {patient.id: patient.display_name}) | {"events": events}
