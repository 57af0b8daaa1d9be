"""The caseload on the wire."""

from tracker.alerts.rules.missed import HeardState
from tracker.alerts.vocabulary import Severity
from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.alerts import NOTE_LENGTH, PatientSummaryView
from tracker.api.schemas.check_ins import POSITION_ABOUT
from tracker.api.schemas.common import View, page_of
from tracker.outcomes.rules.triage import Trend
from tracker.protocols.expected_course import CoursePosition

TRIAGE_REASONS = (
    "emergency",
    "urgent",
    "attention",
    "not_heard",
    "cannot_be_reminded",
    "settling",
    "awaited",
    "not_asked",
    "settled",
)


class CaseloadRowView(View):
    """One patient in triage order; the reasons of the order are in the row."""

    patient = fields.Nested(PatientSummaryView, required=True)
    triage_rank = fields.Whole(1, INT32, required=True)
    triage_reasons = fields.ListOf(fields.Vocabulary(TRIAGE_REASONS, closed=False), 10, required=True)
    triage_explanation = fields.Text(
        1000,
        required=True,
        about="The order, told for this row.",
        example="An alert for attention that nobody has acknowledged; a side effect was called severe.",
    )
    open_alert_count = fields.Whole(0, INT32, required=True)
    highest_open_severity = fields.Vocabulary(Severity, closed=False)
    overdue_check_in_count = fields.Whole(0, INT32, required=True)
    soreness_trend = fields.Vocabulary(Trend, closed=False, required=True)
    heard = fields.Vocabulary(HeardState, closed=False, required=True)
    last_session_id = fields.Identifier()
    last_session_ended_at = fields.Instant()
    latest_soreness = fields.Whole(0, 10)
    latest_stiffness = fields.Whole(0, 10)
    latest_check_in_at = fields.Instant()
    next_appointment_at = fields.Instant()
    next_appointment_id = fields.Identifier()
    medicines = fields.Text(NOTE_LENGTH, about="What the patient wrote before the next appointment.")
    conditions = fields.Text(NOTE_LENGTH, about="What the patient wrote before the next appointment.")
    course_position = fields.Vocabulary(CoursePosition, closed=False, about=POSITION_ABOUT)
    alert_settling = fields.Flag(required=True, about="An open alert is calming down.")
    alert_snoozed = fields.Flag(required=True, about="An open alert is put off.")
    severe_side_effect = fields.Flag(required=True, about="Told of since the latest session.")
    reminders_delayed_minutes = fields.Whole(
        0, INT32, about="There while the worker is late or silent; 0: nothing is overdue yet."
    )


class ExpiredLicenceView(View):
    """A member of staff whose licence has ended: new alerts pass them over."""

    member_id = fields.Identifier(required=True)
    display_name = fields.Text(200, required=True)
    licence_ends_on = fields.CivilDate(required=True)


CaseloadPageView = page_of(
    CaseloadRowView,
    expired_licences=fields.ListOf(
        fields.Nested(ExpiredLicenceView),
        1000,
        about="There for who administers the clinic and for its owner of last resort, while there are any.",
    ),
)
