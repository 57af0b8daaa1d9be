"""The first screen on the wire."""

from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.appointments import AppointmentView
from tracker.api.schemas.check_ins import CheckInView
from tracker.api.schemas.common import View
from tracker.api.schemas.reminders import ReminderView
from tracker.api.schemas.sessions import PlanTaskView, PlanView, SessionView
from tracker.delivery.reach import Obstacle

ZONE_DIFFERS_ABOUT = (
    "The phone's newest check-in came from another zone: offer the change, and confirm it with updateMe; "
    "nothing moves before."
)


class ClinicSummaryView(View):
    """The clinic's numbers."""

    id = fields.Identifier(required=True)
    name = fields.Text(200, required=True)
    phone = fields.Text(40, required=True)
    emergency_number = fields.Text(40)
    urgent_care_phone = fields.Text(40)


class HomeView(View):
    """The first screen in one call."""

    patient_id = fields.Identifier(required=True)
    due_tasks = fields.ListOf(fields.Nested(PlanTaskView), 100, required=True)
    active_restrictions = fields.ListOf(fields.Nested(PlanTaskView), 10, required=True)
    clinic = fields.Nested(ClinicSummaryView, required=True)
    watched = fields.Text(1000, required=True, about="Who looks and when, and what to do instead of waiting.")
    aftercare = fields.ListOf(fields.Text(1000), 20, required=True, about="The lines of the aftercare card.")
    hydration_today_ml = fields.Whole(0, INT32, required=True)
    time_zone_differs = fields.Flag(required=True, about=ZONE_DIFFERS_ABOUT)
    cannot_be_reminded = fields.Flag(
        required=True, about="No reminder can reach the patient now: tell them so."
    )
    cannot_be_reminded_because = fields.Vocabulary(Obstacle, closed=False)
    current_session = fields.Nested(SessionView)
    plan = fields.Nested(PlanView)
    next_reminder = fields.Nested(ReminderView)
    next_appointment = fields.Nested(AppointmentView)
    last_check_in = fields.Nested(CheckInView)
