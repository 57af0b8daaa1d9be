"""The caller's own account: who they are, what they agreed to, when reminders rest."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from tracker import clock, ids
from tracker.api.schemas.accounts import MeUpdate, MeView
from tracker.api.schemas.preferences import (
    ConsentCreate,
    ConsentView,
    ReminderPreferencesReplace,
    ReminderPreferencesView,
)
from tracker.api.wire import Blueprint, Reply, replayed
from tracker.checkins.local_days import has_other_zone
from tracker.clinics import service as clinics
from tracker.db import transaction
from tracker.errors import Fault, Invalid, NotSignedIn
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor, Permission
from tracker.people.vocabulary import ConsentStatus, order_of
from tracker.recovery import participation, preferences

blueprint = Blueprint("me", "The caller's own account.")

_CLINIC = ("id", "name", "phone", "emergency_number", "urgent_care_phone")
_CONSENT = ("id", "kind", "document_version", "status", "recorded_at")


@blueprint.operation(
    "getMe",
    "GET",
    "/v1/me",
    Permission.USE_OWN_ACCOUNT,
    returns=MeView,
    about="The ETag covers all that is shown, the clinic's numbers too; take `version` for If-Match from the body.",
)
def get_me(actor: Actor) -> Any:
    """Read the caller's account."""
    me = view_me(actor.account_id)
    return Reply(data=me, etag=ids.encode_bytes(ids.hash_secret(repr(me))))


@blueprint.operation(
    "updateMe",
    "PATCH",
    "/v1/me",
    Permission.USE_OWN_ACCOUNT,
    body=MeUpdate,
    returns=MeView,
    if_match=True,
)
def update_me(actor: Actor, body: dict[str, Any], version: int) -> Any:
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
def replace_reminder_preferences(actor: Actor, body: dict[str, Any], version: int) -> Any:
    """Replace when reminders rest, which daily ones come, and how."""
    quiet = body["quiet_hours"]
    values = {
        "quiet_enabled": quiet["enabled"],
        "quiet_starts": quiet["starts"],
        "quiet_ends": quiet["ends"],
        "opted_in": sorted(set(body["opted_in"])),
    }
    if body.get("channels") is not None:
        values["ways"] = body["channels"]
    paused = body.get("routine_paused")
    with transaction():
        patient = preferences.replace_preferences(actor, version, values, clock.now(), paused=paused)
        return _view_preferences(patient)


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
def record_consent(actor: Actor, body: dict[str, Any], key: str) -> Any:
    """Record that the caller agrees or withdraws; after a withdrawal unsent reminders are cancelled."""
    with transaction():
        consent, repeated, in_flight = participation.record_consent(actor, key, body, clock.now())
    view = _view_consent(consent)
    if repeated:
        return replayed(view)
    withdrawn = consent.status == ConsentStatus.WITHDRAWN
    return view | {"in_flight_count": in_flight} if withdrawn else view


def view_me(account_id: UUID) -> dict[str, Any]:
    """Show an account to its holder."""
    account = patients.find_account(account_id)
    if account is None:
        raise NotSignedIn("This token is not valid. Sign in again.")
    patient = patients.find_patient(account.patient_id) if account.patient_id else None
    clinic = clinics.get_clinic(account.clinic_id)
    shown = {
        "id": account.id,
        "role": account.role,
        "display_name": account.display_name,
        "locale": account.locale,
        "time_zone": account.time_zone,
        "clinic": {name: getattr(clinic, name) for name in _CLINIC},
        "account_status": "active",
        "email": account.email,
        "consents": [],
        "version": account.version,
    }
    return shown | _of_patient(patient) if patient else shown


def _of_patient(patient: PatientFacts) -> dict[str, Any]:
    consents: Sequence[Any] = patients.list_consents(patient.id)
    return {
        "display_name": patient.display_name,
        "locale": patient.locale,
        "time_zone": patient.time_zone,
        "time_zone_differs": has_other_zone(patient, clock.now()),
        "email": patient.email,
        "phone": patient.phone,
        "patient_id": patient.id,
        "consents": [_view_consent(consent) for consent in consents],
        "reminder_preferences": _view_preferences(patient),
        "version": patient.version,
    }


def _view_preferences(patient: PatientFacts) -> Mapping[str, Any]:
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


def _view_consent(consent: Any) -> dict[str, Any]:
    return {name: getattr(consent, name) for name in _CONSENT}
