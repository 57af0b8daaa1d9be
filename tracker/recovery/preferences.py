"""What people set for themselves, and what follows from it for a patient's prompts."""

from datetime import datetime, timedelta

from tracker.people import accounts, patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Action, Actor
from tracker.people.rules.bodies import MeBody, PreferencesBody
from tracker.reminders import announcements, local_hours, planning
from tracker.sessions import service as sessions

# The daily prompts a patient may switch on end on the second day after a session.
DAILY_PROMPTS = timedelta(days=4)


def replace_preferences(actor: Actor, expected: int, body: PreferencesBody, now: datetime) -> PatientFacts:
    """Replace the reminder preferences of the caller; unsent prompts follow. Raises VersionMismatch.

    What is not said of ways and pause leaves them as they are; whoever pauses again has paused since the first time.
    """
    before = patients.lock_visible_patient(actor, patients.own_patient_id(actor, None))
    quiet = body["quiet_hours"]
    values: dict[str, object] = {
        "quiet_enabled": quiet["enabled"],
        "quiet_starts": quiet["starts"],
        "quiet_ends": quiet["ends"],
        "opted_in": sorted(set(body["opted_in"])),
    }
    if "channels" in body:
        values["ways"] = body["channels"]
    if "routine_paused" in body:
        values["routine_paused_at"] = (before.routine_paused_at or now) if body["routine_paused"] else None
    patient = patients.replace_preferences(before, expected, values)
    if patient.preferences_version != before.preferences_version:
        _follow_preferences(patient, now)
        _follow_opt_ins(patient, now)
        trail.record_deed(actor, Action.UPDATE, "reminder_preferences", patient.id, now, patient.id)
    return patient


def update_me(actor: Actor, expected: int, body: MeBody, now: datetime) -> PatientFacts:
    """Confirm a zone, a locale or a phone of the caller; reminders follow. Raises VersionMismatch."""
    before = patients.lock_visible_patient(actor, patients.own_patient_id(actor, None))
    values: dict[str, object] = {**body}
    if "phone" in body:
        values["phone"] = body["phone"] or None
        if values["phone"] != before.phone:
            values["phone_opted_out_at"] = None  # its holder said so of the former number
    patient = patients.update_patient(before, expected, values)
    if patient.version != before.version:
        if patient.time_zone != before.time_zone and patient.may_be_prompted:
            local_hours.follow_zone(patient, now)
        _follow_preferences(patient, now)
        sessions.show_plans_again(patient, now)
        trail.record_deed(actor, Action.UPDATE, "patient", patient.id, now, patient.id)
    return patient


def update_staff(actor: Actor, expected: int, values: MeBody, now: datetime) -> None:
    """Change name, zone or locale of a caller who is staff. Raises VersionMismatch."""
    before = accounts.hold_account(actor.account_id).version
    if accounts.update_account(actor.account_id, expected, values).version != before:
        trail.record_deed(actor, Action.UPDATE, "account", actor.account_id, now)


def _follow_preferences(patient: PatientFacts, now: datetime) -> None:
    if not patient.may_be_prompted:
        return  # what quiet hours held back stays held: a new consent plans anew
    planning.follow_preferences(patient, now)
    announcements.follow_preferences(patient, now)


def _follow_opt_ins(patient: PatientFacts, now: datetime) -> None:
    for session in sessions.list_recent(patient.id, now - DAILY_PROMPTS):
        sessions.add_missing_tasks(session, patient, now)
        planning.plan_for_session(session, patient, now)
