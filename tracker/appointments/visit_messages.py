"""The evening before a visit: one message to whom it is with, or to their cover, that a summary can be read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import literal_column, or_, select

from tracker.appointments import service as appointments
from tracker.appointments.models import Appointment
from tracker.appointments.rules.scheduling import LIVE, evening_before
from tracker.clinics import service as clinics
from tracker.db import db
from tracker.delivery import service as delivery
from tracker.delivery.addressees import find_addressee
from tracker.delivery.merging import hand_over_once
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.new_message import NewMessage, Placed
from tracker.delivery.rules.verdicts import Drop, HandOver, Verdict
from tracker.delivery.vocabulary import Anchor, Audience, Purpose, Reason, State
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts

# Not that of the patient's own message: what is withdrawn for the patient leaves this one alone.
STEP = "visit_summary"


def plan(appointment: Appointment, patient: PatientFacts, now: datetime) -> None:
    """Plan the message for 18:00 at the clinic on the day before, or at once; never for after the start."""
    here = clinics.get_clinic(appointment.clinic_id).time_zone
    evening = evening_before(appointment.starts_at, zone(here))
    due_at = max(evening, now)
    if due_at >= appointment.starts_at:
        return
    message = NewMessage(
        purpose=Purpose.SUMMARY,
        audience=Audience.OWNER,
        anchor_kind=Anchor.VISIT,
        anchor_id=appointment.id,
        step_key=STEP,
        generation=appointment.generation,
        clinic_id=appointment.clinic_id,
        patient_id=patient.id,
        nominal_at=evening,
        not_before=due_at,
        not_after=appointment.starts_at,
        placed=Placed(due_at, Reason.ON_TIME if due_at == evening else Reason.BOOKED_LATE),
        time_zone=here,
        sync_seq=patient.sync_seq,
    )
    delivery.plan([message], now)


def follow_change(appointment: Appointment, patient: PatientFacts, now: datetime) -> None:
    """Void the unsent message of an appointment that moved or ended, and plan the one for its new time."""
    delivery.cancel_open(Anchor.VISIT, appointment.id, Reason.APPOINTMENT_MOVED, now, patient.sync_seq)
    if appointment.status in LIVE:
        plan(appointment, patient, now)


def look(row: Dispatch, now: datetime) -> Verdict:
    """Decide whether a claimed message leaves; one is enough for all visits of a therapist on one day."""
    appointment = appointments.find_appointment(row.anchor_id)
    if appointment is None or appointment.status not in LIVE or appointment.starts_at != row.not_after:
        return Drop(State.CANCELLED, Reason.APPOINTMENT_MOVED)
    if now >= row.not_after:
        return Drop(State.EXPIRED, Reason.EXPIRED)
    addressee = find_addressee(appointment.therapist_id, Audience.OWNER, now)
    if addressee is None or not addressee.recipient.routes:
        return Drop(State.DEAD, Reason.NO_ADDRESS)
    others = _list_same_day(row, appointment.therapist_id, now)
    return hand_over_once(row, others, HandOver(addressee.recipient, "summary"), now)


def _list_same_day(row: Dispatch, therapist_id: UUID, now: datetime) -> list[Dispatch]:
    """Return the messages about a therapist's other visits of that day: those that left since, then those due too."""
    left = Dispatch.accepted_at >= row.due_at
    statement = (
        select(Dispatch)
        .join(Appointment, Appointment.id == Dispatch.anchor_id)
        .where(
            Dispatch.purpose == literal_column("'summary'"),
            Dispatch.anchor_kind == Anchor.VISIT,
            Dispatch.clinic_id == row.clinic_id,
            Dispatch.due_at >= row.nominal_at,
            Dispatch.due_at <= now,
            Dispatch.nominal_at == row.nominal_at,
            Dispatch.id != row.id,
            Appointment.therapist_id == therapist_id,
            or_(left, Dispatch.ended_at.is_(None) & (Dispatch.not_after > now)),
        )
        .order_by(Dispatch.accepted_at.is_(None), Dispatch.id)
    )
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))
