"""Alerts for those who may see their patients: read, changed or written beside, each with its trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.alerts import events, listing
from tracker.alerts.listing import AlertFilter, NextStep
from tracker.alerts.models import Alert, AlertEvent
from tracker.alerts.service import find_alert, get_alert_of
from tracker.errors import NotFound
from tracker.people import patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Action, Actor


@dataclass(frozen=True, slots=True)
class PatientAlert:
    """An alert with the patient it is about."""

    alert: Alert
    patient: PatientFacts


@dataclass(frozen=True, slots=True)
class NamedAlert:
    """An alert with the names of those it concerns, and what its messages say of it."""

    alert: Alert
    patient_name: str
    owner_name: str | None
    next_step: NextStep


@dataclass(frozen=True, slots=True)
class NamedNote:
    """What somebody wrote beside an alert, and their name; repeated: this key had written it before."""

    note: AlertEvent
    author_id: UUID
    author_name: str
    repeated: bool


def list_visible(
    actor: Actor, limit: int, after: tuple[datetime, UUID] | None, wanted: AlertFilter, now: datetime
) -> list[NamedAlert]:
    """Return alerts of the caller's patients, newest first, one more than the limit; raises NotFound."""
    patient_id = wanted.patient_id
    if patient_id:
        patients.get_visible_patient(actor, patient_id)
    rows = listing.list_alerts(actor, patients.visible_patients(actor), limit, after, wanted, now)
    named = name_alerts(rows, patients.find_names([row.patient_id for row in rows]))
    if patient_id:
        patients.hold_patient(patient_id)
    trail.record_deed(actor, Action.READ, "alerts", None, now, patient_id)
    return named


def read(actor: Actor, alert_id: UUID, now: datetime) -> PatientAlert:
    """Return an alert about a patient whom the caller may see; raises NotFound otherwise."""
    patient = trail.read_patient(actor, _patient_of(actor, alert_id), "alert", alert_id, now)
    return PatientAlert(get_alert_of(patient.id, alert_id), patient)


def change(actor: Actor, alert_id: UUID, now: datetime) -> PatientAlert:
    """Return an alert to be changed, locked with its patient, and write that down; raises NotFound."""
    held = _lock(actor, alert_id)
    trail.record_deed(actor, Action.UPDATE, "alert", alert_id, now, held.patient.id)
    return held


def write_note(actor: Actor, alert_id: UUID, key: str, text: str, now: datetime) -> NamedNote:
    """Write something down beside an alert, whatever its state. Raises NotFound, Invalid for a key used before."""
    held = _lock(actor, alert_id)
    note, repeated = events.add_note(held.alert, actor.account_id, key, text, now)
    if not repeated:
        trail.record_deed(actor, Action.UPDATE, "alert", alert_id, now, held.patient.id)
    name = patients.find_staff_names([actor.account_id])[actor.account_id]
    return NamedNote(note, actor.account_id, name, repeated)


def name_alerts(alerts: Sequence[Alert], patient_names: Mapping[UUID, str]) -> list[NamedAlert]:
    """Return these alerts with all names, in two statements for any number of them."""
    owners = patients.find_staff_names([alert.owner_id for alert in alerts])
    steps = listing.find_next_steps(alerts)
    return [
        NamedAlert(
            alert,
            patient_names[alert.patient_id],
            owners.get(alert.owner_id),
            steps.get(alert.id, NextStep()),
        )
        for alert in alerts
    ]


def _lock(actor: Actor, alert_id: UUID) -> PatientAlert:
    patient = patients.lock_visible_patient(actor, _patient_of(actor, alert_id))
    return PatientAlert(get_alert_of(patient.id, alert_id), patient)


def _patient_of(actor: Actor, alert_id: UUID) -> UUID:
    alert = find_alert(alert_id)
    if alert is None or alert.clinic_id != actor.clinic_id:
        raise NotFound
    return alert.patient_id
