"""What a patient says to a reminder in the app: that it was seen, or that it may come later."""

from datetime import datetime
from uuid import UUID

from tracker.delivery.models import Dispatch
from tracker.people import patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Action, Actor
from tracker.reminders import service as reminders
from tracker.reminders import snooze


def acknowledge(actor: Actor, reminder_id: UUID, now: datetime) -> tuple[Dispatch, PatientFacts]:
    """Note that the caller saw a reminder; return it with its patient. Raises NotFound, Conflict."""
    patient = _lock_own(actor)
    row = reminders.acknowledge(patient, reminder_id, now)
    trail.record_deed(actor, Action.UPDATE, "reminder", reminder_id, now, patient.id)
    return row, patient


def put_off(actor: Actor, reminder_id: UUID, until: datetime, now: datetime) -> tuple[Dispatch, PatientFacts]:
    """Let a reminder of the caller come later; return it with its patient. Raises NotFound, Invalid, Conflict."""
    patient = _lock_own(actor)
    row = snooze.snooze(patient, reminder_id, until, now)
    trail.record_deed(actor, Action.UPDATE, "reminder", reminder_id, now, patient.id)
    return row, patient


def _lock_own(actor: Actor) -> PatientFacts:
    return patients.lock_visible_patient(actor, patients.own_patient_id(actor, None))
