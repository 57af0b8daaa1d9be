"""Members of a clinic's staff: licence and office, and handing everything over."""

from typing import Protocol
from uuid import UUID

from tracker import clock
from tracker.api.schemas.clinics import HandOverBody, HandOverRequest, HandOverView, MemberUpdate, MemberView
from tracker.api.wire import Blueprint, Shown
from tracker.db import transaction
from tracker.people.rules.access import Actor, Permission, Role
from tracker.practice import clinic, hand_overs, members
from tracker.practice.clinic import ClinicAndStaff
from tracker.practice.hand_overs import PatientsHandOver
from tracker.practice.rules.bodies import MemberBody

blueprint = Blueprint("members", "Who works at a clinic, and what they hand over when they leave.")


@blueprint.operation(
    "updateMember",
    "PATCH",
    "/v1/clinics/<clinic_id>/members/<member_id>",
    Permission.ADMINISTER_CLINIC,
    body=MemberUpdate,
    returns=MemberView,
    if_match=True,
    errors=(409,),
    example={"profession": "Physiotherapist", "licence_number": "PT-1234", "licence_ends_on": "2027-06-30"},
    about="Only for those who administer the clinic.",
)
def update_member(actor: Actor, clinic_id: UUID, member_id: UUID, body: MemberBody, version: int) -> Shown:
    """Change profession, licence or office of a member of staff, or let them in again."""
    now = clock.now()
    with transaction():
        members.update_member(actor, clinic_id, member_id, version, body, now)
        return _find_member(clinic.get_clinic_and_staff(actor, clinic_id, now), member_id)


@blueprint.operation(
    "handOver",
    "PUT",
    "/v1/clinics/<clinic_id>/members/<member_id>/hand-over",
    Permission.ADMINISTER_CLINIC,
    body=HandOverRequest,
    returns=HandOverView,
    errors=(409,),
    about="Only for those who administer the clinic. Open alerts notify their new owner. Of who is "
    "deactivated, the leave ends, and the other therapist covers whom they would have covered.",
)
def hand_over(actor: Actor, clinic_id: UUID, member_id: UUID, body: HandOverBody) -> dict[str, object]:
    """Give a therapist's patients, unfinished alerts and appointments ahead to another one."""
    now = clock.now()
    order = PatientsHandOver(
        clinic_id, member_id, body["to_therapist_id"], body.get("patient_ids"), bool(body.get("deactivate"))
    )
    with transaction():
        handed = hand_overs.hand_over(order, actor, now)
        return {
            "member": _find_member(clinic.get_clinic_and_staff(actor, clinic_id, now), member_id),
            "patient_count": len(handed.patients),
            "alert_count": len(handed.alerts),
            "appointment_count": len(handed.appointments),
            "overlapping_appointment_ids": handed.overlapping,
        }


def _find_member(found: ClinicAndStaff, member_id: UUID) -> Shown:
    return next(view_member(found, member) for member in found.members if member.id == member_id)


class MemberRow(Protocol):
    """What of a member of staff is shown in another form than its column."""

    id: UUID
    role: str
    administers: bool


def view_member(found: ClinicAndStaff, member: MemberRow) -> Shown:
    """Show a member of staff as they stand now."""
    leave = found.away.get(member.id)
    return Shown(
        member,
        administers=member.administers or member.role == Role.CLINIC_ADMIN,
        licence_expired=member.id in found.expired,
        away_until=leave.ends_at if leave else None,
        cover_id=leave.cover_id if leave else None,
    )
