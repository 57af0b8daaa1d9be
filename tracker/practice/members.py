"""Members of a clinic's staff: licence and office, changed by those who administer it. The clinic is locked first."""

from datetime import datetime
from uuid import UUID

from tracker import idempotency
from tracker.alerts import service as alerts
from tracker.appointments import service as appointments
from tracker.errors import Conflict, Fault, Invalid
from tracker.people import accounts, patients, staff, trail
from tracker.people.rules.access import Action, Actor, Role
from tracker.practice.clinic import hold_own
from tracker.practice.rules.bodies import MemberBody, columns_of_member


def update_member(
    actor: Actor, clinic_id: UUID, member_id: UUID, expected: int, body: MemberBody, now: datetime
) -> None:
    """Change a member, let them in again or out. Raises NotFound, VersionMismatch, Invalid, Conflict."""
    hold_own(actor, clinic_id)
    member = staff.hold_member(clinic_id, member_id)
    values = columns_of_member(body)
    changes = idempotency.pending_changes(member, member.version, expected, values, "This member")
    if not changes:
        return
    if changes.get("administers") is False:
        if member.role == Role.CLINIC_ADMIN:
            raise Conflict("Who only runs the clinic always administers it; let them out instead.")
        accounts.require_another_administrator(member_id, clinic_id)
    if changes.get("active") is False:
        if len(changes) > 1:
            raise Invalid(Fault("#/active", "out_of_range", "Let somebody out with nothing else to change."))
        _require_nothing_left(member_id, now)
        accounts.close_account(member_id, clinic_id, now)
    else:
        accounts.update_account(member_id, member.version, changes)
    trail.record_deed(actor, Action.UPDATE, "account", member_id, now)


def _require_nothing_left(member_id: UUID, now: datetime) -> None:
    left = {
        "patients": patients.list_patients_of(member_id),
        "unfinished alerts": alerts.list_patients_of_owner(member_id),
        "appointments": appointments.list_patients_ahead(member_id, now),
    }
    named = [what for what, found in left.items() if found]
    if named:
        raise Conflict(f"They still have {', '.join(named)}; hand these over first.", code="hand_over_first")
