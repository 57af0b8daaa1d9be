"""Appointments: booked, moved, answered, prepared, listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_

from tracker import idempotency, ids
from tracker.appointments.models import Appointment
from tracker.appointments.rules.bodies import AppointmentBody, AppointmentCorrection, PreparationBody
from tracker.appointments.rules.scheduling import (
    LIVE,
    LONGEST_MINUTES,
    PATIENT_ANSWERS,
    Slot,
    find_start_fault,
    may_follow,
)
from tracker.appointments.vocabulary import AppointmentStatus, Preparation
from tracker.db import db
from tracker.errors import Conflict, Fault, Invalid, NotFound
from tracker.people.patients import PatientFacts

_SENTENCES = {
    "in_the_past": "An appointment lies ahead.",
    "too_far_ahead": "An appointment can be booked up to two years ahead.",
}
_OCCUPIES = {"starts_at", "duration_minutes", "therapist_id", "status"}


@dataclass(frozen=True, slots=True)
class AppointmentChange:
    """A changed appointment, whether what was announced of it is void, and whether nothing was left to change."""

    appointment: Appointment
    moved: bool
    repeated: bool


class NextVisit(NamedTuple):
    """The next time at which a patient is expected, and what they wrote for the therapist."""

    patient_id: UUID
    id: UUID
    starts_at: datetime
    medicines: str | None
    conditions: str | None


def book(
    patient: PatientFacts, booked_by: UUID, key: str, values: AppointmentBody, now: datetime
) -> tuple[Appointment, bool]:
    """Book a time with ``values["therapist_id"]``; return it and whether this key had booked it before.

    The caller holds the therapist and the patient. Raises Invalid, Conflict.
    """
    body_hash = idempotency.hash_body(values)
    known = idempotency.find_created(Appointment, booked_by, key, body_hash)
    if known is not None:
        return known, True
    _check_start(values["starts_at"], now)
    columns = {"therapist_id": patient.therapist_id, **values, "patient_id": patient.id}
    appointment = Appointment(
        id=ids.new_id(),
        clinic_id=patient.clinic_id,
        status=AppointmentStatus.BOOKED,
        prepared=[],
        generation=1,
        version=1,
        sync_seq=patient.sync_seq,
        created_at=now,
        created_by_id=booked_by,
        idempotency_key=key,
        body_hash=body_hash,
        **columns,
    )
    _refuse_overlap(appointment)
    db.session.add(appointment)
    db.session.flush()
    return appointment, False


def change(
    appointment: Appointment,
    patient: PatientFacts,
    expected: int,
    values: AppointmentCorrection,
    now: datetime,
    *,
    by_patient: bool,
) -> AppointmentChange:
    """Change an appointment that was read under its patient's lock. Raises VersionMismatch, Invalid, Conflict."""
    if by_patient:
        _require_an_answer(values)
    changes = idempotency.pending_changes(
        appointment, appointment.version, expected, values, "The appointment"
    )
    if not changes:
        return AppointmentChange(appointment, moved=False, repeated=True)
    before = AppointmentStatus(appointment.status)
    starts_at = changes.get("starts_at", appointment.starts_at)
    wanted = AppointmentStatus(changes.get("status", before))
    if not may_follow(before, wanted, by_patient=by_patient, begun=starts_at <= now):
        raise Conflict(f"This appointment is {before}; at this time it cannot become {wanted}.")
    if wanted in LIVE and "starts_at" in changes:
        _check_start(starts_at, now)
        if "status" not in values:
            changes["status"] = AppointmentStatus.BOOKED  # what the patient confirmed was another time
    for name, value in changes.items():
        setattr(appointment, name, value)
    if wanted in LIVE and (before not in LIVE or (_OCCUPIES - {"status"}) & changes.keys()):
        _refuse_overlap(appointment)
    moved = "starts_at" in changes or (before in LIVE) != (wanted in LIVE)
    appointment.generation += moved
    _show(appointment, patient)
    return AppointmentChange(appointment, moved, repeated=False)


def prepare(appointment: Appointment, patient: PatientFacts, values: PreparationBody) -> bool:
    """Replace what the patient ticked and wrote; say whether anything changed. Raises Conflict when it is over."""
    wanted = {
        "prepared": [item.value for item in Preparation if item in values["done_codes"]],
        "medicines": values.get("medicines") or None,
        "conditions": values.get("conditions") or None,
    }
    if all(getattr(appointment, name) == value for name, value in wanted.items()):
        return False
    if appointment.status not in LIVE:
        raise Conflict(f"This appointment is {appointment.status}; there is nothing to prepare.")
    for name, value in wanted.items():
        setattr(appointment, name, value)
    _show(appointment, patient)
    return True


def find_appointment(appointment_id: UUID) -> Appointment | None:
    """Return an appointment, read anew, or None."""
    return db.session.get(Appointment, appointment_id, populate_existing=True)


def get_appointment_of(patient_id: UUID, appointment_id: UUID) -> Appointment:
    """Return an appointment of this patient, read anew; raises NotFound."""
    appointment = find_appointment(appointment_id)
    if appointment is None or appointment.patient_id != patient_id:
        raise NotFound
    return appointment


def list_appointments(
    patient_id: UUID,
    limit: int,
    after: tuple[datetime, UUID] | None,
    starts_from: datetime | None = None,
    starts_to: datetime | None = None,
) -> Sequence[Appointment]:
    """Return a patient's appointments in order of time, one more than the limit."""
    row = Appointment
    statement = select(row).where(row.patient_id == patient_id)
    if starts_from:
        statement = statement.where(row.starts_at >= starts_from)
    if starts_to:
        statement = statement.where(row.starts_at < starts_to)
    if after:
        statement = statement.where(tuple_(row.starts_at, row.id) > tuple_(*after))
    return db.session.scalars(statement.order_by(row.starts_at, row.id).limit(limit + 1)).all()


def list_by_ids(appointment_ids: Sequence[UUID]) -> Sequence[Appointment]:
    """Return these appointments, in no order."""
    if not appointment_ids:
        return ()
    return db.session.scalars(select(Appointment).where(Appointment.id.in_(appointment_ids))).all()


def list_ahead(patient_id: UUID, now: datetime) -> Sequence[Appointment]:
    """Return the times at which a patient is still expected, the next one first."""
    statement = select(Appointment).where(Appointment.patient_id == patient_id, *_expected_after(now))
    return db.session.scalars(statement.order_by(Appointment.starts_at, Appointment.id)).all()


def pass_on(
    patient: PatientFacts, from_id: UUID, to_id: UUID, now: datetime
) -> tuple[list[UUID], list[UUID]]:
    """Let another therapist treat a locked patient at all times ahead; return these, and those that now overlap.

    Nothing is refused: the patient was promised that time, and people sort out who is there.
    """
    ahead = [found for found in list_ahead(patient.id, now) if found.therapist_id == from_id]
    overlapping = []
    for appointment in ahead:
        appointment.therapist_id = to_id
        _show(appointment, patient)
        if _find_overlap(appointment) is not None:
            overlapping.append(appointment.id)
    return [appointment.id for appointment in ahead], overlapping


def list_patients_ahead(therapist_id: UUID, now: datetime) -> Sequence[UUID]:
    """Return who is still expected by this therapist."""
    statement = select(Appointment.patient_id).where(
        Appointment.therapist_id == therapist_id, *_expected_after(now)
    )
    return db.session.scalars(statement.distinct()).all()


def find_next(patient_id: UUID, now: datetime) -> Appointment | None:
    """Return the next time at which a patient is expected, or None."""
    statement = select(Appointment).where(Appointment.patient_id == patient_id, *_expected_after(now))
    ordered = statement.order_by(Appointment.starts_at, Appointment.id).limit(1)
    return db.session.scalars(ordered).one_or_none()


def find_disclosed_before(appointment: Appointment) -> Appointment | None:
    """Return the patient's last earlier appointment before which they wrote of medicines or conditions, or None."""
    statement = select(Appointment).where(
        Appointment.patient_id == appointment.patient_id,
        Appointment.starts_at < appointment.starts_at,
        or_(Appointment.medicines.is_not(None), Appointment.conditions.is_not(None)),
    )
    newest = statement.order_by(Appointment.starts_at.desc(), Appointment.id.desc()).limit(1)
    return db.session.scalars(newest).one_or_none()


def find_next_of(patient_ids: Sequence[UUID], now: datetime) -> dict[UUID, NextVisit]:
    """Return id, start and disclosures of the next time that each of these patients is expected, if any."""
    statement = (
        select(
            Appointment.patient_id,
            Appointment.id,
            Appointment.starts_at,
            Appointment.medicines,
            Appointment.conditions,
        )
        .where(Appointment.patient_id.in_(patient_ids), *_expected_after(now))
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
    )
    return {row.patient_id: NextVisit(*row) for row in db.session.execute(statement)}


def _expected_after(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Appointment.status.in_(LIVE), Appointment.starts_at > now


def _require_an_answer(values: AppointmentCorrection) -> None:
    faults = [
        Fault(f"#/{name}", "unknown_field", "Only the clinic can change this; please call there.")
        for name in values
        if name != "status"
    ]
    if values.get("status", AppointmentStatus.CONFIRMED) not in PATIENT_ANSWERS:
        faults.append(Fault("#/status", "unknown_value", "A patient can say confirmed or cancelled."))
    if faults:
        raise Invalid(*faults)


def _check_start(starts_at: datetime, now: datetime) -> None:
    code = find_start_fault(starts_at, now)
    if code:
        raise Invalid(Fault("#/starts_at", code, _SENTENCES[code]))


def _refuse_overlap(appointment: Appointment) -> None:
    """Raise Conflict when its patient or its therapist is expected elsewhere in that time."""
    whose = _find_overlap(appointment)
    if whose is not None:
        raise Conflict(f"The {whose} has another appointment at that time.", code="appointment_overlaps")


def _find_overlap(appointment: Appointment) -> str | None:
    """Say who is expected elsewhere in that time: patient, therapist, or nobody."""
    span = Slot(appointment.starts_at, appointment.duration_minutes)
    near = select(Appointment.starts_at, Appointment.duration_minutes, Appointment.patient_id).where(
        or_(
            Appointment.patient_id == appointment.patient_id,
            Appointment.therapist_id == appointment.therapist_id,
        ),
        Appointment.id != appointment.id,
        Appointment.status.in_(LIVE),
        Appointment.starts_at > span.starts_at - timedelta(minutes=LONGEST_MINUTES),
        Appointment.starts_at < span.ends_at,
    )
    for other in db.session.execute(near):
        if span.overlaps(Slot(other.starts_at, other.duration_minutes)):
            return "patient" if other.patient_id == appointment.patient_id else "therapist"
    return None


def _show(appointment: Appointment, patient: PatientFacts) -> None:
    """Let phones read it anew."""
    appointment.version += 1
    appointment.sync_seq = patient.sync_seq
    db.session.flush()
