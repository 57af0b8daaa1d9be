"""A patient's own settings, and what follows from them for prompts."""

from datetime import datetime, timedelta

from tracker.audit import service as audit
from tracker.audit.service import Action
from tracker.checkins import service as checkins
from tracker.local_time.windows import local_date, local_day
from tracker.local_time.zones import zone
from tracker.people import accounts, invitations, patients, sign_in, trail
from tracker.people.models import Consent, Invitation
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor
from tracker.people.rules.bodies import ActivationBody, ConsentBody, MeBody, PreferencesBody
from tracker.people.vocabulary import REQUIRED_CONSENTS, ConsentStatus
from tracker.recovery import appointments
from tracker.recovery.sessions import start_recent
from tracker.reminders import announcements, local_hours, planning
from tracker.reminders import service as reminders
from tracker.sessions import service as sessions

# The daily prompts a patient may switch on end on the second day after a session.
DAILY_PROMPTS = timedelta(days=4)
# What a phone said longer ago is no news. Whole days, since the first screen is read again on each.
ZONE_EVIDENCE = timedelta(days=30)


def activate(
    invitation: Invitation, values: ActivationBody, lives: sign_in.Lives, now: datetime
) -> sign_in.TokenPair:
    """Let an invited patient in and plan what still lies ahead of their sessions. Raises Gone, Conflict, Invalid."""
    tokens, repeated = invitations.activate(invitation, values, lives, now)
    if not repeated:
        assert invitation.patient_id is not None
        patient = patients.lock_patient(invitation.patient_id)
        _start(patient, now)
        audit.record(
            Action.SIGN_IN,
            "activation",
            invitation.id,
            actor_id=tokens.account_id,
            actor_role="patient",
            now=now,
            patient_id=patient.id,
        )
    return tokens


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


def record_consent(actor: Actor, key: str, values: ConsentBody, now: datetime) -> tuple[Consent, bool, int]:
    """Record what the caller says; a withdrawal cancels unsent reminders. Returns also how many are on their way."""
    patient = patients.lock_visible_patient(actor, patients.own_patient_id(actor, None))
    consent, repeated = patients.record_consent(patient, actor.account_id, key, values, now)
    in_flight = 0
    if not repeated:
        withdrawn = consent.status == ConsentStatus.WITHDRAWN and consent.kind in REQUIRED_CONSENTS
        if withdrawn:
            in_flight = reminders.cancel_for_want_of_consent(patient, now)
        again = patients.find_patient(patient.id)
        if again is not None and again.may_be_prompted and not patient.consents:
            _start(again, now)
        trail.record_deed(actor, Action.CREATE, "consent", consent.id, now, patient.id)
    return consent, repeated, in_flight


def has_other_zone(patient: PatientFacts, now: datetime) -> bool:
    """Say whether the phone's newest check-in of the last 30 local days came from another zone than the confirmed."""
    here = zone(patient.time_zone)
    since = local_day(local_date(now, here) - ZONE_EVIDENCE, here).opens
    return checkins.find_phone_zone(patient.id, since) not in (None, patient.time_zone)


def _start(patient: PatientFacts, now: datetime) -> None:
    start_recent(patient, now)
    appointments.announce_ahead(patient, now)


def _follow_preferences(patient: PatientFacts, now: datetime) -> None:
    if not patient.may_be_prompted:
        return  # what quiet hours held back stays held: a new consent plans anew
    planning.follow_preferences(patient, now)
    announcements.follow_preferences(patient, now)


def _follow_opt_ins(patient: PatientFacts, now: datetime) -> None:
    for session in sessions.list_recent(patient.id, now - DAILY_PROMPTS):
        sessions.add_missing_tasks(session, patient, now)
        planning.plan_for_session(session, patient, now)
