"""The caller's own account: who they are, what they agreed to, when reminders rest."""

from uuid import UUID

from tracker import clock
from tracker.api.schemas.accounts import MeUpdate, MeView
from tracker.api.schemas.preferences import (
    ConsentCreate,
    ConsentView,
    ReminderPreferencesReplace,
    ReminderPreferencesView,
)
from tracker.api.wire import Blueprint, Reply, Shown
from tracker.checkins.local_days import has_other_zone
from tracker.clinics import service as clinics
from tracker.db import transaction
from tracker.errors import Fault, Invalid, NotSignedIn
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor, Permission
from tracker.people.rules.bodies import ConsentBody, MeBody, PreferencesBody
from tracker.people.vocabulary import ConsentStatus, order_of
from tracker.recovery import participation, preferences

blueprint = Blueprint("me", "The caller's own account.")


@blueprint.operation(
    "getMe",
    "GET",
    "/v1/me",
    Permission.USE_OWN_ACCOUNT,
    returns=MeView,
    conditional=True,
    about="The ETag covers all that is shown, the clinic's numbers too; take `version` for If-Match from the body.",
)
def get_me(actor: Actor) -> Shown:
    """Read the caller's account."""
    return view_me(actor.account_id)


@blueprint.operation(
    "updateMe",
    "PATCH",
    "/v1/me",
    Permission.USE_OWN_ACCOUNT,
    body=MeUpdate,
    returns=MeView,
    if_match=True,
)
def update_me(actor: Actor, body: MeBody, version: int) -> Shown:
    """Change the caller's account."""
    if actor.is_patient and "display_name" in body:
        raise Invalid(Fault("#/display_name", "unknown_field", "Your clinic keeps your name; ask them."))
    if actor.is_staff and "phone" in body:
        raise Invalid(Fault("#/phone", "unknown_field", "Text messages go to patients alone."))
    change = preferences.update_me if actor.is_patient else preferences.update_staff
    with transaction():
        change(actor, version, body, clock.now())
        return view_me(actor.account_id)


@blueprint.operation(
    "replaceReminderPreferences",
    "PUT",
    "/v1/me/reminder-preferences",
    Permission.SET_REMINDER_PREFERENCES,
    body=ReminderPreferencesReplace,
    returns=ReminderPreferencesView,
    if_match=True,
    about="Unsent reminders move with it. If-Match takes the version of the preferences.",
)
def replace_reminder_preferences(actor: Actor, body: PreferencesBody, version: int) -> dict[str, object]:
    """Replace when reminders rest, which daily ones come, and how."""
    with transaction():
        return _view_preferences(preferences.replace_preferences(actor, version, body, clock.now()))


@blueprint.operation(
    "recordConsent",
    "POST",
    "/v1/me/consents",
    Permission.GIVE_CONSENT,
    body=ConsentCreate,
    returns=ConsentView,
    status=201,
    key="required",
)
def record_consent(actor: Actor, body: ConsentBody, key: str) -> Reply[Shown]:
    """Record that the caller agrees or withdraws; after a withdrawal unsent reminders are cancelled."""
    with transaction():
        consent, repeated, in_flight = participation.record_consent(actor, key, body, clock.now())
    withdrawn = not repeated and consent.status == ConsentStatus.WITHDRAWN
    return Reply(data=Shown(consent, in_flight_count=in_flight if withdrawn else None), replayed=repeated)


def view_me(account_id: UUID) -> Shown:
    """Show an account to its holder."""
    account = patients.find_account(account_id)
    if account is None:
        raise NotSignedIn("This token is not valid. Sign in again.")
    patient = patients.find_patient(account.patient_id) if account.patient_id else None
    clinic = clinics.get_clinic(account.clinic_id)
    about = {"clinic": clinic, "account_status": "active"}
    if patient is None:
        return Shown(account, consents=[], **about)
    return Shown(
        patient,
        id=account.id,
        role=account.role,
        patient_id=patient.id,
        time_zone_differs=has_other_zone(patient, clock.now()),
        consents=patients.list_consents(patient.id),
        reminder_preferences=_view_preferences(patient),
        **about,
    )


def _view_preferences(patient: PatientFacts) -> dict[str, object]:
    quiet = {
        "enabled": patient.quiet_enabled,
        "starts": patient.quiet_starts,
        "ends": patient.quiet_ends,
    }
    return {
        "quiet_hours": quiet,
        "opted_in": patient.opted_in,
        "channels": order_of(patient.ways),
        "routine_paused": patient.routine_paused_at is not None,
        "version": patient.preferences_version,
    }
