"""Running a clinic: its numbers, hours and people, changed by those who administer it. The clinic is locked first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from tracker import idempotency
from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.clinics.rules.hours import read_hours
from tracker.errors import Conflict, Fault, Invalid, NotFound
from tracker.people import leaves, staff, trail
from tracker.people.models import Account, StaffLeave
from tracker.people.rules.access import Action, Actor
from tracker.practice.rules.bodies import (
    ClinicBody,
    ClinicColumns,
    columns_of_clinic,
)

# A longer closure is no closure any more; two years of public holidays fit beside it.
LONGEST_CLOSURE_DAYS = 366


@dataclass(frozen=True, slots=True)
class ClinicAndStaff:
    """A clinic with everybody on its staff, who of them is away, and whose licence has ended."""

    clinic: Clinic
    members: Sequence[Account]
    away: Mapping[UUID, StaffLeave]
    expired: frozenset[UUID]


def get_clinic_and_staff(actor: Actor, clinic_id: UUID, now: datetime) -> ClinicAndStaff:
    """Return the caller's clinic as it is now, in four statements; raises NotFound for another one."""
    _require_own(actor, clinic_id)
    return ClinicAndStaff(
        clinics.get_clinic(clinic_id),
        staff.list_members(clinic_id),
        {leave.account_id: leave for leave in leaves.list_current(clinic_id, now)},
        frozenset(account.id for account in staff.list_expired(clinic_id, now)),
    )


def update_clinic(actor: Actor, clinic_id: UUID, expected: int, body: ClinicBody, now: datetime) -> None:
    """Change a clinic's numbers, hours or people. Raises NotFound, VersionMismatch, Invalid, Conflict."""
    clinic = hold_own(actor, clinic_id)
    values = columns_of_clinic(body)
    found = idempotency.pending_changes(clinic, clinic.version, expected, values, "The clinic")
    if not found:
        return
    changes = cast(ClinicColumns, found)  # a part of the values, any of which may be absent
    _check_hours(clinic, changes)
    _check_people(clinic, changes)
    namesake = clinics.find_clinic_by_name(changes["name"]) if "name" in changes else None
    if namesake is not None and namesake.id != clinic_id:
        raise Conflict("Another clinic has this name; operators tell clinics apart by it.")
    clinics.update(clinic, **changes)
    trail.record_deed(actor, Action.UPDATE, "clinic", clinic_id, now)


def approve_safety_texts(
    actor: Actor, clinic_id: UUID, version: str, approved_by: str, now: datetime
) -> None:
    """Put a pack of safety texts into force; the same again changes nothing. Raises NotFound, Invalid."""
    clinic = hold_own(actor, clinic_id)
    if (clinic.safety_texts_version, clinic.safety_texts_approved_by) == (version, approved_by):
        return
    try:
        clinics.approve_safety_texts(clinic, version, approved_by, now)
    except ValueError as fault:
        raise Invalid(Fault("#/version", "unknown_value", str(fault))) from None
    trail.record_deed(actor, Action.UPDATE, "safety_texts", clinic_id, now)


def _require_own(actor: Actor, clinic_id: UUID) -> None:
    if actor.clinic_id != clinic_id:
        raise NotFound


def hold_own(actor: Actor, clinic_id: UUID) -> Clinic:
    """Take the lock of the caller's clinic; raises NotFound for another one."""
    _require_own(actor, clinic_id)
    return clinics.hold_clinic(clinic_id)


def _check_hours(clinic: Clinic, changes: ClinicColumns) -> None:
    given: dict[str, tuple[list[dict[str, str]], list[dict[str, str]]]] = {
        "monitored_hours": (changes.get("monitored_hours", []), []),
        "closed_days": ([], changes.get("closed_days", [])),
    }
    for name, (hours, closed) in given.items():
        try:
            read = read_hours(changes.get("time_zone", clinic.time_zone), hours, closed)
        except ValueError as fault:
            raise Invalid(Fault(f"#/{name}", "out_of_range", str(fault))) from None
        if any((last - first).days >= LONGEST_CLOSURE_DAYS for first, last in read.closed):
            raise Invalid(Fault(f"#/{name}", "out_of_range", "A closure lasts a year at most."))


def _check_people(clinic: Clinic, changes: ClinicColumns) -> None:
    for name, named in (
        ("deputy_id", changes.get("deputy_id")),
        ("owner_of_last_resort_id", changes.get("owner_of_last_resort_id")),
    ):
        if named is not None and staff.find_therapist(clinic.id, named) is None:
            sentence = "Must be an active therapist of this clinic; who only runs it sees no record."
            raise Invalid(Fault(f"#/{name}", "unknown_value", sentence))
