"""Handing on: everything of a therapist who leaves, and what a cover still owns when the leave is over.

Locks are taken in one order: the clinic, accounts by id, patients by id.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from tracker.alerts import handling
from tracker.alerts import service as alerts
from tracker.appointments import service as appointments
from tracker.audit import service as audit
from tracker.clinics import service as clinics
from tracker.errors import Conflict, Fault, Invalid, NotFound
from tracker.people import accounts, leaves, patients, staff
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Action, Actor
from tracker.people.rules.cover import owner


@dataclass(frozen=True, slots=True)
class PatientsHandOver:
    """What is asked for: from whom, to whom, which patients (None: all), and whether the one who gives leaves."""

    clinic_id: UUID
    from_id: UUID
    to_id: UUID
    patient_ids: Sequence[UUID] | None = None
    deactivate: bool = False


@dataclass(slots=True)
class PatientsHandedOver:
    """What changed hands now."""

    patients: list[UUID] = field(default_factory=list)
    alerts: list[UUID] = field(default_factory=list)
    appointments: list[UUID] = field(default_factory=list)
    overlapping: list[UUID] = field(
        default_factory=list
    )  # appointments at which the heir is expected elsewhere


def hand_over(order: PatientsHandOver, by: Actor | None, now: datetime) -> PatientsHandedOver:
    """Move patients with their unfinished alerts and appointments ahead; repeated, nothing is left to move.

    ``by`` None is an operator. Raises NotFound, Invalid, Conflict.
    """
    if by is not None and by.clinic_id != order.clinic_id:
        raise NotFound
    clinics.hold_clinic(order.clinic_id)
    for account_id in sorted({order.from_id, order.to_id} | ({by.account_id} if by else set())):
        accounts.hold_account(account_id)
    giver = staff.hold_member(order.clinic_id, order.from_id)
    if order.deactivate and giver.active:
        accounts.close_account(order.from_id, order.clinic_id, now)
        _record(by, Action.DELETE, "account", order.from_id, now)
    _check_heir(order)
    moving = _find_moving(order)
    others: set[UUID] = set()
    cover = staff.find_line(order.from_id, now).cover  # before a leave ends with who leaves
    if order.deactivate:
        leaves.pass_on(order.from_id, order.to_id, now)
        others |= set(alerts.list_patients_of_owner(order.from_id))
        others |= set(appointments.list_patients_ahead(order.from_id, now))
    handed = PatientsHandedOver()
    for patient_id in sorted(moving | others):
        moves = patient_id in moving
        owners = {order.from_id, UUID(cover.staff_id)} if moves and cover else {order.from_id}
        _hand_on(order, patients.lock_patient(patient_id), moves, owners, handed, by, now)
    return handed


def hand_back(clinic_id: UUID, leave_id: UUID, now: datetime) -> int:
    """Give back what the cover of a leave that is over still owns; returns how many alerts. Raises NotFound."""
    leave = leaves.hold_leave(clinic_id, leave_id)
    if leave.handed_back_at is not None or staff.holds(leave, now):
        return 0
    leave.handed_back_at = now
    returned = 0
    own = set(patients.list_patients_of(leave.account_id))
    for patient_id in sorted(own & set(alerts.list_patients_of_owner(leave.cover_id))):
        patient = patients.lock_patient(patient_id)
        moved = _pass_alerts(patient, {leave.cover_id}, "The leave is over; passed back to {}.", now, None)
        returned += len(moved)
    return returned


def _check_heir(order: PatientsHandOver) -> None:
    if order.to_id == order.from_id or staff.find_therapist(order.clinic_id, order.to_id) is None:
        sentence = "Who takes over must be another active therapist of this clinic."
        raise Invalid(Fault("#/to_therapist_id", "unknown_value", sentence), detail=sentence)


def _find_moving(order: PatientsHandOver) -> set[UUID]:
    """Return which patients change hands; raises Invalid for those who are neither's, Conflict for some left."""
    own = set(patients.list_patients_of(order.from_id))
    if order.patient_ids is None:
        return own
    wanted = set(order.patient_ids)
    if wanted - own - set(patients.list_patients_of(order.to_id)):
        raise Invalid(Fault("#/patient_ids", "unknown_value", "Must be patients of who hands over."))
    if order.deactivate and own - wanted:
        raise Conflict("Who leaves hands over every patient; name no patient_ids, or all of them.")
    return wanted & own


def _hand_on(
    order: PatientsHandOver,
    patient: PatientFacts,
    moves: bool,
    owners: Collection[UUID],
    handed: PatientsHandedOver,
    by: Actor | None,
    now: datetime,
) -> None:
    """Move a patient, and what of theirs these owned: who gives and, of a patient who moves, who covers for them."""
    if moves:
        patient = patients.change_patient(patient, {"therapist_id": order.to_id})
        handed.patients.append(patient.id)
    moved = _pass_alerts(patient, owners, "Handed over to {}.", now, by.account_id if by else None)
    ahead, overlapping = appointments.pass_on(patient, order.from_id, order.to_id, now)
    handed.alerts += moved
    handed.appointments += ahead
    handed.overlapping += overlapping
    _record(by, Action.UPDATE, "patient", patient.id, now, patient.id)


def _pass_alerts(
    patient: PatientFacts, owners: Collection[UUID], sentence: str, now: datetime, by: UUID | None
) -> list[UUID]:
    """Give these owners' unfinished alerts of a locked patient to who answers for the patient now."""
    heir = owner(*staff.find_line(patient.therapist_id, now))
    account = patients.find_account(UUID(heir.staff_id)) if heir else None
    if heir is None or account is None:
        return []
    detail = sentence.format(account.display_name)
    return [
        alert.id
        for alert in alerts.list_unfinished(patient.id)
        if alert.owner_id in owners and handling.pass_on(alert, patient, heir, detail, now, by)
    ]


def _record(
    by: Actor | None, action: Action, kind: str, thing: UUID, now: datetime, patient_id: UUID | None = None
) -> None:
    """Write a deed of a member or an operator down; the caller holds the lock of the chain."""
    actor_id, role = (by.account_id, str(by.role)) if by else (None, "operator")
    audit.record(action, kind, thing, actor_id=actor_id, actor_role=role, now=now, patient_id=patient_id)
