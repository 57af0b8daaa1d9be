"""Appointments with everything that hangs on them: the calendars they must fit, their message, their trail.

The therapist's account is locked before the patient, as where a therapist invites one.
"""

from datetime import datetime
from uuid import UUID

from tracker.appointments import service as appointments
from tracker.appointments import visit_messages
from tracker.appointments.models import Appointment
from tracker.appointments.rules.bodies import AppointmentBody, AppointmentCorrection, PreparationBody
from tracker.errors import Fault, Invalid, NotFound, Refused
from tracker.people import accounts, patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Action, Actor, Role
from tracker.reminders import announcements


def book(actor: Actor, key: str, values: AppointmentBody, now: datetime) -> tuple[Appointment, bool]:
    """Book a time; return it and whether this key had booked it before. Raises NotFound, Invalid, Conflict."""
    seen = patients.get_visible_patient(actor, values["patient_id"])
    _hold_therapist(actor, values.get("therapist_id", seen.therapist_id))
    patient = patients.lock_visible_patient(actor, seen.id)
    appointment, repeated = appointments.book(patient, actor.account_id, key, values, now)
    if not repeated:
        announcements.plan(appointment, patient, now)
        visit_messages.plan(appointment, patient, now)
        trail.record_deed(actor, Action.CREATE, "appointment", appointment.id, now, patient.id)
    return appointment, repeated


def change(
    actor: Actor, appointment_id: UUID, expected: int, values: AppointmentCorrection, now: datetime
) -> tuple[Appointment, PatientFacts]:
    """Change an appointment; its message follows. Return it with its patient.

    Raises NotFound, VersionMismatch, Invalid, Conflict.
    """
    found = _find_visible(actor, appointment_id)
    by_patient = actor.is_patient
    if "therapist_id" in values and not by_patient:
        _hold_therapist(actor, values["therapist_id"])
    elif not by_patient:
        accounts.hold_account(found.therapist_id)
    patient = patients.lock_visible_patient(actor, found.patient_id)
    appointment = appointments.get_appointment_of(patient.id, appointment_id)
    changed = appointments.change(appointment, patient, expected, values, now, by_patient=by_patient)
    if not changed.repeated:
        if changed.moved:
            announcements.follow_change(appointment, patient, now)
            visit_messages.follow_change(appointment, patient, now)
        trail.record_deed(actor, Action.UPDATE, "appointment", appointment_id, now, patient.id)
    return appointment, patient


def prepare(
    actor: Actor, appointment_id: UUID, values: PreparationBody, now: datetime
) -> tuple[Appointment, PatientFacts]:
    """Keep what the patient has prepared and wants the therapist to know. Raises NotFound, Refused, Conflict."""
    found = _find_visible(actor, appointment_id)
    patient = patients.lock_visible_patient(actor, found.patient_id)
    if not patient.consents:
        raise Refused("This needs the patient's consent to logging and sharing.", code="consent_required")
    appointment = appointments.get_appointment_of(patient.id, appointment_id)
    if appointments.prepare(appointment, patient, values):
        trail.record_deed(actor, Action.UPDATE, "appointment", appointment_id, now, patient.id)
    return appointment, patient


def announce_ahead(patient: PatientFacts, now: datetime) -> None:
    """Plan the messages before what lies ahead of a patient who uses the app now, or agrees to it again."""
    for appointment in appointments.list_ahead(patient.id, now):
        if not announcements.was_told(appointment):
            appointment.generation += 1  # so that what an earlier withdrawal cancelled is planned anew
            announcements.plan(appointment, patient, now)


def _find_visible(actor: Actor, appointment_id: UUID) -> Appointment:
    appointment = appointments.find_appointment(appointment_id)
    if appointment is None:
        raise NotFound
    patients.get_visible_patient(actor, appointment.patient_id)
    return appointment


def _hold_therapist(actor: Actor, therapist_id: UUID) -> None:
    """Lock the calendar of a therapist; raises Invalid for somebody who treats nobody at this clinic."""
    account = patients.find_account(therapist_id)
    here = account is not None and (account.role, account.clinic_id) == (Role.THERAPIST, actor.clinic_id)
    if not here or not accounts.hold_account(therapist_id).active:
        raise Invalid(Fault("#/therapist_id", "unknown_value", "Must be somebody who treats at this clinic."))
