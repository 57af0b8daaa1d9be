"""Leave of staff with everything that hangs on it: who may enter it, its trail, and the alerts that come back."""

from datetime import datetime
from uuid import UUID

from tracker.clinics import service as clinics
from tracker.errors import NotFound, Refused
from tracker.people import leaves, trail
from tracker.people.models import StaffLeave
from tracker.people.rules.access import Action, Actor
from tracker.people.rules.bodies import LeaveTimes
from tracker.practice import hand_overs
from tracker.practice.rules.bodies import LeaveBody


def enter(actor: Actor, clinic_id: UUID, key: str, body: LeaveBody, now: datetime) -> tuple[StaffLeave, bool]:
    """Enter a leave; return it and whether this key had entered it. Raises NotFound, Refused, Invalid, Conflict."""
    if actor.clinic_id != clinic_id:
        raise NotFound
    values: LeaveTimes = {
        "account_id": body.get("member_id") or actor.account_id,
        "cover_id": body["cover_id"],
        "starts_at": body["starts_at"],
        "ends_at": body["ends_at"],
    }
    _require_office(actor, values["account_id"])
    clinic = clinics.hold_clinic(clinic_id)
    leave, repeated = leaves.enter(clinic_id, actor.account_id, key, values, clinic.time_zone, now)
    if not repeated:
        trail.record_deed(actor, Action.CREATE, "leave", leave.id, now)
    return leave, repeated


def cancel(actor: Actor, clinic_id: UUID, leave_id: UUID, now: datetime) -> None:
    """End a leave at once; what its cover owned comes back. Raises NotFound, Refused, Conflict when it is over."""
    if actor.clinic_id != clinic_id:
        raise NotFound
    clinics.hold_clinic(clinic_id)
    leave = leaves.hold_leave(clinic_id, leave_id)
    _require_office(actor, leave.account_id)
    if leaves.cancel(leave, now):
        trail.record_deed(actor, Action.DELETE, "leave", leave_id, now)
        if leave.starts_at <= now:
            hand_overs.hand_back(clinic_id, leave_id, now)


def _require_office(actor: Actor, account_id: UUID) -> None:
    if account_id != actor.account_id and not actor.administers:
        raise Refused("Only those who administer the clinic enter or end the leave of others.")
