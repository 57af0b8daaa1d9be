"""Appointments: booked and moved by therapists, answered and prepared by patients."""

from uuid import UUID

from tracker import clock
from tracker.api.arguments import locale_for
from tracker.api.cursors import ByTime, Page, decode, page
from tracker.api.schemas.appointments import (
    AppointmentCreate,
    AppointmentPageView,
    AppointmentParameters,
    AppointmentQuery,
    AppointmentUpdate,
    AppointmentView,
    PreparationReplace,
)
from tracker.api.views import view_appointment
from tracker.api.wire import Blueprint, Reply, Shown
from tracker.appointments import service as appointments
from tracker.appointments.rules.bodies import AppointmentBody, AppointmentCorrection, PreparationBody
from tracker.db import transaction
from tracker.people import patients, trail
from tracker.people.rules.access import Actor, Permission
from tracker.recovery import appointments as visits

blueprint = Blueprint("appointments", "When a patient is expected, and what they prepare for it.")

EXAMPLE = {
    "patient_id": "019a8b7e-2c1d-7e3f-8a4b-5c6d7e8f9a0b",
    "kind": "follow_up",
    "starts_at": "2026-03-09T09:00:00Z",
    "duration_minutes": 30,
    "time_zone": "Europe/Berlin",
    "location": "Room 2",
}


@blueprint.operation(
    "listAppointments",
    "GET",
    "/v1/appointments",
    Permission.READ_APPOINTMENTS,
    query=AppointmentQuery,
    returns=AppointmentPageView,
    errors=(404,),
)
def list_appointments(actor: Actor, query: AppointmentParameters) -> Page[Shown]:
    """List the appointments of a patient in order of time, with what the patient has prepared for each."""
    patient_id = patients.own_patient_id(actor, query.get("patient_id"))
    after = decode(query.get("cursor"), ByTime)
    with transaction():
        patient = patients.get_visible_patient(actor, patient_id)
        trail.record_read(actor, "appointments", None, clock.now(), patient_id)
        rows = appointments.list_appointments(
            patient_id, query["limit"], after, query.get("starts_from"), query.get("starts_to")
        )
    locale = locale_for(actor, patient)
    return page(
        rows,
        query["limit"],
        lambda row: view_appointment(row, locale),
        lambda row: (row.starts_at, row.id),
    )


@blueprint.operation(
    "createAppointment",
    "POST",
    "/v1/appointments",
    Permission.BOOK_APPOINTMENTS,
    body=AppointmentCreate,
    returns=AppointmentView,
    status=201,
    key="required",
    location="/v1/appointments/{id}",
    errors=(404, 409),
    example=EXAMPLE,
)
def create_appointment(actor: Actor, body: AppointmentBody, key: str) -> Reply[Shown]:
    """Book a time at which neither the patient nor the therapist is expected elsewhere."""
    with transaction():
        appointment, repeated = visits.book(actor, key, body, clock.now())
    shown = view_appointment(appointment, locale_for(actor))
    return Reply(data=shown, replayed=repeated)


@blueprint.operation(
    "updateAppointment",
    "PATCH",
    "/v1/appointments/<appointment_id>",
    Permission.CHANGE_APPOINTMENTS,
    body=AppointmentUpdate,
    returns=AppointmentView,
    if_match=True,
    errors=(409,),
)
def update_appointment(
    actor: Actor, appointment_id: UUID, version: int, body: AppointmentCorrection
) -> Shown:
    """Move, cancel or close an appointment; a patient may confirm it or cancel it, and nothing else."""
    with transaction():
        appointment = visits.change(actor, appointment_id, version, body, clock.now())
        patient = patients.get_visible_patient(actor, appointment.patient_id)
    return view_appointment(appointment, locale_for(actor, patient))


@blueprint.operation(
    "replacePreparation",
    "PUT",
    "/v1/appointments/<appointment_id>/preparation",
    Permission.PREPARE_APPOINTMENTS,
    body=PreparationReplace,
    returns=AppointmentView,
    errors=(409,),
)
def replace_preparation(actor: Actor, appointment_id: UUID, body: PreparationBody) -> Shown:
    """Say what is prepared, and which medicines and conditions the therapist should know of."""
    with transaction():
        appointment = visits.prepare(actor, appointment_id, body, clock.now())
        patient = patients.get_visible_patient(actor, appointment.patient_id)
    return view_appointment(appointment, locale_for(actor, patient))
