"""Appointments on the wire: booked, changed, prepared, shown."""

from datetime import datetime
from uuid import UUID

from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import Body, PageParameters, PageQuery, View, page_of
from tracker.appointments.rules.scheduling import LONGEST_MINUTES, SHORTEST_MINUTES
from tracker.appointments.vocabulary import AppointmentKind, AppointmentStatus, Preparation

WORDS_LENGTH = 2000


def _duration(*, required: bool = False) -> fields.Whole:
    return fields.Whole(SHORTEST_MINUTES, LONGEST_MINUTES, required=required)


class AppointmentCreate(Body):
    """A time at which a patient is expected, up to two years ahead."""

    patient_id = fields.Identifier(required=True)
    kind = fields.Vocabulary(AppointmentKind, required=True)
    starts_at = fields.Instant(required=True)
    duration_minutes = _duration(required=True)
    time_zone = fields.Zone(required=True, about="Zone of the place where it is.")
    therapist_id = fields.Identifier(about="Who treats; the patient's own therapist by default.")
    location = fields.Text(200)


class AppointmentUpdate(Body):
    """What may change; a patient sends nothing but a status, confirmed or cancelled."""

    starts_at = fields.Instant(about="Another time has to be confirmed anew.")
    duration_minutes = _duration()
    time_zone = fields.Zone()
    therapist_id = fields.Identifier()
    location = fields.Text(200)
    status = fields.Vocabulary(AppointmentStatus)


class PreparationReplace(Body):
    """What the patient has prepared and wants the therapist to know; all of it is replaced."""

    done_codes = fields.ListOf(fields.Vocabulary(Preparation), len(Preparation), required=True)
    medicines = fields.Text(WORDS_LENGTH, about="Medicines the patient takes, in their own words.")
    conditions = fields.Text(WORDS_LENGTH, about="Illnesses, allergies and the like, in their own words.")


class PreparationItemView(View):
    """One thing to do before an appointment."""

    code = fields.Vocabulary(Preparation, closed=False, required=True)
    text = fields.Text(500, required=True)
    done = fields.Flag(required=True)


class AppointmentView(View):
    """A time at which a patient is expected, and what they have prepared for it."""

    id = fields.Identifier(required=True)
    patient_id = fields.Identifier(required=True)
    therapist_id = fields.Identifier(required=True)
    kind = fields.Vocabulary(AppointmentKind, closed=False, required=True)
    starts_at = fields.Instant(required=True)
    duration_minutes = _duration(required=True)
    time_zone = fields.Text(64, required=True)
    status = fields.Vocabulary(AppointmentStatus, closed=False, required=True)
    preparation = fields.ListOf(fields.Nested(PreparationItemView), 20, required=True)
    location = fields.Text(200)
    medicines = fields.Text(WORDS_LENGTH, about="What the patient wrote for the therapist.")
    conditions = fields.Text(WORDS_LENGTH, about="What the patient wrote for the therapist.")
    version = fields.Whole(1, INT32, required=True)


class AppointmentQuery(PageQuery):
    """Which appointments."""

    patient_id = fields.Identifier(about="Required for staff; a patient's own by default.")
    starts_from = fields.Instant(about="Inclusive.")
    starts_to = fields.Instant(about="Exclusive.")


class AppointmentParameters(PageParameters, total=False):
    """Which appointments, as they are read."""

    patient_id: UUID
    starts_from: datetime
    starts_to: datetime


AppointmentPageView = page_of(AppointmentView)
