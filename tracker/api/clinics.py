"""A clinic: its hours and numbers, who answers, which safety texts are in force."""

from uuid import UUID

from tracker import clock
from tracker.api.members import view_member
from tracker.api.schemas.clinics import (
    ApprovalBody,
    ClinicUpdate,
    ClinicView,
    SafetyTextsApproval,
)
from tracker.api.wire import Blueprint, Shown
from tracker.clinics import service as clinics
from tracker.db import transaction
from tracker.people.rules.access import Actor, Permission
from tracker.practice import clinic as practice
from tracker.practice.rules.bodies import ClinicBody

blueprint = Blueprint("clinics", "How a clinic runs: when somebody looks, who is who, who answers for whom.")

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
def get_clinic(actor: Actor, clinic_id: UUID) -> Shown:
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
def update_clinic(actor: Actor, clinic_id: UUID, body: ClinicBody, version: int) -> Shown:
    """Change numbers, hours, closed days, reply targets, the deputy or the owner of last resort."""
    with transaction():
        practice.update_clinic(actor, clinic_id, version, body, clock.now())
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
def approve_safety_texts(actor: Actor, clinic_id: UUID, body: ApprovalBody) -> Shown:
    """Put a pack of safety texts into force, in the name of who read it."""
    with transaction():
        practice.approve_safety_texts(actor, clinic_id, body["version"], body["approved_by"], clock.now())
        return _view(actor, clinic_id)


def _view(actor: Actor, clinic_id: UUID) -> Shown:
    now = clock.now()
    found = practice.get_clinic_and_staff(actor, clinic_id, now)
    clinic = found.clinic
    opening = clinics.hours_of(clinic).next_opening(now)
    texts = {
        "version": clinic.safety_texts_version,
        "approved_by": clinic.safety_texts_approved_by,
        "approved_at": clinic.safety_texts_approved_at,
    }
    return Shown(
        clinic,
        is_open=opening == now,
        next_opening_at=opening,
        safety_texts=texts if clinic.safety_texts_version is not None else None,
        lacks=clinics.what_is_missing(clinic),
        members=[view_member(found, member) for member in found.members],
    )
