"""Leave of staff with everything that hangs on it: who may enter it, its trail, and the alerts that come back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker.audit.service import Action
from tracker.clinics import service as clinics
from tracker.errors import NotFound, Refused
from tracker.people import leaves, trail
from tracker.people.models import StaffLeave
from tracker.people.rules.access import Actor
from tracker.practice import hand_overs


def enter(
    actor: Actor, clinic_id: UUID, key: str, values: Mapping[str, Any], now: datetime
) -> tuple[StaffLeave, bool]:
    """Enter a leave; return it and whether this key had entered it. Raises NotFound, Refused, Invalid, Conflict."""
    if actor.clinic_id != clinic_id:
        raise NotFound
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
