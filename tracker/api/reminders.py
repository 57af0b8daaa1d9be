"""Reminders: what was sent or will be, and the patient's word that it was seen."""

from uuid import UUID

from tracker import clock
from tracker.api.arguments import locale_for
from tracker.api.cursors import ByTime, Page, decode, page
from tracker.api.schemas.explanations import ReminderExplanationView
from tracker.api.schemas.reminders import (
    ReminderPageView,
    ReminderParameters,
    ReminderQuery,
    ReminderSnooze,
    ReminderSnoozeBody,
    ReminderView,
)
from tracker.api.views import view_reminder
from tracker.api.wire import Blueprint
from tracker.audit.service import Action
from tracker.db import transaction
from tracker.delivery.vocabulary import PUBLIC_STATUS
from tracker.people import patients, trail
from tracker.people.rules.access import Actor, Permission
from tracker.reminders import explanations
from tracker.reminders import service as reminders
from tracker.reminders.snooze import snooze

blueprint = Blueprint("reminders", "Messages to the patient: when, why, and what became of them.")


@blueprint.operation(
    "listReminders",
    "GET",
    "/v1/reminders",
    Permission.READ_REMINDERS,
    query=ReminderQuery,
    returns=ReminderPageView,
    errors=(404,),
)
def list_reminders(actor: Actor, query: ReminderParameters) -> Page[dict[str, object]]:
    """List the reminders of a patient, the latest due first, each with the reason for where it stands."""
    patient_id = patients.own_patient_id(actor, query.get("patient_id"))
    after = decode(query.get("cursor"), ByTime)
    wanted = query.get("status")
    states = [state for state, status in PUBLIC_STATUS.items() if status in wanted] if wanted else None
    with transaction():
        patient = patients.get_visible_patient(actor, patient_id)
        trail.record_read(actor, "reminders", None, clock.now(), patient_id)
        rows = reminders.list_reminders(patient_id, query["limit"], after, states)
    locale = locale_for(actor, patient)
    return page(
        rows, query["limit"], lambda row: view_reminder(row, locale), lambda row: (row.due_at, row.id)
    )


@blueprint.operation(
    "explainReminder",
    "GET",
    "/v1/reminders/<reminder_id>/explanation",
    Permission.READ_REMINDERS,
    returns=ReminderExplanationView,
)
def explain_reminder(actor: Actor, reminder_id: UUID) -> explanations.Explanation:
    """Tell why a reminder came, moved or stayed away: what was planned, what changed, who was asked to deliver it."""
    with transaction():
        patient = patients.get_visible_patient(actor, reminders.get_patient_of(reminder_id))
        trail.record_read(actor, "reminder", reminder_id, clock.now(), patient.id)
        return explanations.explain_reminder(patient, reminder_id, locale_for(actor, patient))


@blueprint.operation(
    "acknowledgeReminder",
    "PUT",
    "/v1/reminders/<reminder_id>/acknowledgement",
    Permission.ANSWER_REMINDERS,
    returns=ReminderView,
    errors=(409,),
)
def acknowledge_reminder(actor: Actor, reminder_id: UUID) -> dict[str, object]:
    """Say that a reminder was seen; it answers no check, and repeating it keeps the first time."""
    now = clock.now()
    with transaction():
        patient = patients.lock_visible_patient(actor, patients.own_patient_id(actor, None))
        row = reminders.acknowledge(patient, reminder_id, now)
        trail.record_deed(actor, Action.UPDATE, "reminder", reminder_id, now, patient.id)
    return view_reminder(row, patient.locale)


@blueprint.operation(
    "snoozeReminder",
    "PUT",
    "/v1/reminders/<reminder_id>/snooze",
    Permission.ANSWER_REMINDERS,
    body=ReminderSnooze,
    returns=ReminderView,
    errors=(409,),
)
def snooze_reminder(actor: Actor, reminder_id: UUID, body: ReminderSnoozeBody) -> dict[str, object]:
    """Put off a reminder that was sent or is about to be: at most three times, inside its window."""
    now = clock.now()
    with transaction():
        patient = patients.lock_visible_patient(actor, patients.own_patient_id(actor, None))
        row = snooze(patient, reminder_id, body["until"], now)
        trail.record_deed(actor, Action.UPDATE, "reminder", reminder_id, now, patient.id)
    return view_reminder(row, patient.locale)
