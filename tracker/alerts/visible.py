"""Alerts for those who may see their patients: one at a time, read or locked, and many with the names they need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tracker.alerts.listing import NextStep, find_next_steps
from tracker.alerts.models import Alert
from tracker.alerts.service import find_alert, get_alert_of
from tracker.errors import NotFound
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor


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


def get_visible_alert(actor: Actor, alert_id: UUID) -> PatientAlert:
    """Return an alert about a patient whom the caller may see; raises NotFound otherwise."""
    patient = patients.get_visible_patient(actor, _patient_of(actor, alert_id))
    return PatientAlert(get_alert_of(patient.id, alert_id), patient)


def lock_visible_alert(actor: Actor, alert_id: UUID) -> PatientAlert:
    """Take the lock of the patient first, then return the alert as it is now; raises NotFound otherwise."""
    patient = patients.lock_visible_patient(actor, _patient_of(actor, alert_id))
    return PatientAlert(get_alert_of(patient.id, alert_id), patient)


def name_alerts(alerts: Sequence[Alert], patient_names: Mapping[UUID, str]) -> list[NamedAlert]:
    """Return these alerts with all names, in two statements for any number of them."""
    owners = patients.find_staff_names([alert.owner_id for alert in alerts])
    steps = find_next_steps(alerts)
    return [
        NamedAlert(
            alert,
            patient_names[alert.patient_id],
            owners.get(alert.owner_id),
            steps.get(alert.id, NextStep()),
        )
        for alert in alerts
    ]


def _patient_of(actor: Actor, alert_id: UUID) -> UUID:
    alert = find_alert(alert_id)
    if alert is None or alert.clinic_id != actor.clinic_id:
        raise NotFound
    return alert.patient_id
