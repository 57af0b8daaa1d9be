"""The feed of changes on the wire."""

from tracker.api import fields
from tracker.api.schemas.appointments import AppointmentView
from tracker.api.schemas.check_ins import CheckInView
from tracker.api.schemas.common import View
from tracker.api.schemas.patients import PatientView
from tracker.api.schemas.reminders import ReminderView
from tracker.api.schemas.sessions import PlanView, SessionView

CHANGE_KINDS = ("session", "plan", "check_in", "reminder", "patient", "appointment")


class ChangeView(View):
    """One change; the member named like its kind holds the row as it is now, and is absent after a deletion."""

    kind = fields.Vocabulary(CHANGE_KINDS, closed=False, required=True)
    id = fields.Identifier(required=True)
    operation = fields.Vocabulary(["upsert", "delete"], closed=False, required=True)
    session = fields.Nested(SessionView)
    plan = fields.Nested(PlanView)
    check_in = fields.Nested(CheckInView)
    reminder = fields.Nested(ReminderView)
    patient = fields.Nested(PatientView)
    appointment = fields.Nested(AppointmentView)


class ChangePageView(View):
    """Changes in order; ask again with next_cursor, at once while has_more."""

    items = fields.ListOf(fields.Nested(ChangeView), 100, required=True)
    next_cursor = fields.Text(1000, required=True)
    has_more = fields.Flag(required=True)
    poll_after_seconds = fields.Whole(1, 3600, required=True)
