"""A clinic: its hours and numbers, who answers, which safety texts are in force."""

from typing import Any
from uuid import UUID

from tracker import clock
from tracker.api.members import stored, view_member
from tracker.api.schemas.clinics import (
    ClinicUpdate,
    ClinicView,
    SafetyTextsApproval,
)
from tracker.api.wire import Blueprint
from tracker.clinics import service as clinics
from tracker.db import transaction
from tracker.people.rules.access import Actor, Permission
from tracker.practice import clinic as practice

blueprint = Blueprint("clinics", "How a clinic runs: when somebody looks, who is who, who answers for whom.")

_CLINIC = (
    "id",
    "name",
    "phone",
    "emergency_number",
    "urgent_care_phone",
    "urgent_instructions",
    "time_zone",
    "default_locale",
    "monitored_hours",
    "closed_days",
    "urgent_reply_minutes",
    "attention_reply_minutes",
    "deputy_id",
    "owner_of_last_resort_id",
    "version",
)
EXAMPLE = {
    "monitored_hours": [
        {"weekday": "monday", "opens": "08:00", "closes": "12:00"},
        {"weekday": "monday", "opens": "13:00", "closes": "18:00"},
    ],
    "closed_days": [{"first_day": "2026-12-24", "last_day": "2026-12-31", "name": "Christmas"}],
    "urgent_reply_minutes": 60,
}


@blueprint.operation(
    "getClinic",
    "GET",
    "/v1/clinics/<clinic_id>",
    Permission.READ_CLINIC,
    returns=ClinicView,
    conditional=True,
    about="The ETag covers all that is shown, members and the hour too; take `version` for If-Match from the body.",
)
def get_clinic(actor: Actor, clinic_id: UUID) -> Any:
    """Read the caller's clinic with its members, hours and approved texts."""
    with transaction():
        return _view(actor, clinic_id)


@blueprint.operation(
    "updateClinic",
    "PATCH",
    "/v1/clinics/<clinic_id>",
    Permission.ADMINISTER_CLINIC,
    body=ClinicUpdate,
    returns=ClinicView,
    if_match=True,
    errors=(409,),
    example=EXAMPLE,
    about="Only for those who administer the clinic.",
)
def update_clinic(actor: Actor, clinic_id: UUID, body: dict[str, Any], version: int) -> Any:
    """Change numbers, hours, closed days, reply targets, the deputy or the owner of last resort."""
    with transaction():
        practice.update_clinic(actor, clinic_id, version, stored(body), clock.now())
        return _view(actor, clinic_id)


@blueprint.operation(
    "approveSafetyTexts",
    "PUT",
    "/v1/clinics/<clinic_id>/safety-texts",
    Permission.ADMINISTER_CLINIC,
    body=SafetyTextsApproval,
    returns=ClinicView,
    example={"version": "2026-11", "approved_by": "Dr Ada Example"},
    about="Only for those who administer the clinic. The texts themselves are read at /v1/red-flag-screen.",
)
def approve_safety_texts(actor: Actor, clinic_id: UUID, body: dict[str, Any]) -> Any:
    """Put a pack of safety texts into force, in the name of who read it."""
    with transaction():
        practice.approve_safety_texts(actor, clinic_id, body["version"], body["approved_by"], clock.now())
        return _view(actor, clinic_id)


def _view(actor: Actor, clinic_id: UUID) -> dict[str, Any]:
    now = clock.now()
    found = practice.get_clinic_and_staff(actor, clinic_id, now)
    clinic = found.clinic
    shown = {name: getattr(clinic, name) for name in _CLINIC}
    opening = clinics.hours_of(clinic).next_opening(now)
    if clinic.safety_texts_version is not None:
        shown["safety_texts"] = {
            "version": clinic.safety_texts_version,
            "approved_by": clinic.safety_texts_approved_by,
            "approved_at": clinic.safety_texts_approved_at,
        }
    return shown | {
        "is_open": opening == now,
        "next_opening_at": opening,
        "lacks": clinics.what_is_missing(clinic),
        "members": [view_member(found, member) for member in found.members],
    }
