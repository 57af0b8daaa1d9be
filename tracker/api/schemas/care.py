"""Reminders, alerts, the caseload, the first screen and the feed of changes on the wire."""

from tracker.alerts.listing import OwnerFilter
from tracker.alerts.rules.missed import HeardState
from tracker.alerts.triage import Trend
from tracker.alerts.vocabulary import AlertStatus, Outcome, Rule, Severity
from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.appointments import AppointmentView
from tracker.api.schemas.check_ins import POSITION_ABOUT, CheckInView
from tracker.api.schemas.common import Body, CommaList, PageQuery, View, page_of
from tracker.api.schemas.patients import PatientView
from tracker.api.schemas.sessions import PlanTaskView, PlanView, SessionView
from tracker.delivery.states import PUBLIC_STATUS
from tracker.protocols.course import CoursePosition
from tracker.recovery.reach import Obstacle

REMINDER_STATUSES = tuple(dict.fromkeys(PUBLIC_STATUS.values()))
NOTE_LENGTH = 4000
CHANGE_KINDS = ("session", "plan", "check_in", "reminder", "patient", "appointment")
ZONE_DIFFERS_ABOUT = (
    "The phone's newest check-in came from another zone: offer the change, and confirm it with updateMe; "
    "nothing moves before."
)
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


class ReminderView(View):
    """A reminder: when it leaves or left, and why it stands where it stands; its words are neutral."""

    id = fields.Identifier(required=True)
    patient_id = fields.Identifier(required=True)
    kind = fields.Text(64, required=True, about="Step of the protocol.", example="check_24h")
    title = fields.Text(200, required=True)
    body = fields.Text(500, required=True)
    due_at = fields.Instant(required=True)
    not_after = fields.Instant(required=True, about="Nothing is handed over from here on.")
    status = fields.Vocabulary(REMINDER_STATUSES, closed=False, required=True)
    reason = fields.Text(64, about="Why it is due then, or why it ended so.", example="deferred_quiet")
    link = fields.Text(500, required=True)
    plan_task_id = fields.Identifier()
    appointment_id = fields.Identifier()
    sent_at = fields.Instant()
    acknowledged_at = fields.Instant()
    snoozed_until = fields.Instant(
        about="The patient put it off; it comes again then, once more as a reminder."
    )


class ReminderSnooze(Body):
    """Until when a reminder rests."""

    until = fields.Instant(
        required=True, about="After now, before `not_after`, and not in the patient's quiet hours."
    )


class ReminderQuery(PageQuery):
    """Which reminders."""

    patient_id = fields.Identifier(about="Required for staff; a patient's own by default.")
    status = CommaList(fields.Vocabulary(REMINDER_STATUSES), 10, about="Any of these, separated by commas.")


ReminderPageView = page_of(ReminderView)


class PatientSummaryView(View):
    """Who it is about."""

    id = fields.Identifier(required=True)
    display_name = fields.Text(200, required=True)


class StaffSummaryView(View):
    """Somebody of the clinic's staff, in a list."""

    id = fields.Identifier(required=True)
    display_name = fields.Text(200)


class AlertEventView(View):
    """One step in the life of an alert; `actor` is there when a person took it."""

    kind = fields.Text(30, required=True, example="raised")
    at = fields.Instant(required=True)
    detail = fields.Text(NOTE_LENGTH, required=True)
    actor_id = fields.Identifier()
    actor = fields.Nested(StaffSummaryView)


class AlertNoteView(View):
    """What somebody of the staff wrote beside an alert."""

    id = fields.Identifier(required=True)
    at = fields.Instant(required=True)
    text = fields.Text(NOTE_LENGTH, required=True)
    author = fields.Nested(StaffSummaryView, required=True)


class AlertView(View):
    """One thing a therapist should know, with its reason in one sentence and the inputs behind it."""

    id = fields.Identifier(required=True)
    patient = fields.Nested(PatientSummaryView, required=True)
    rule = fields.Vocabulary(Rule, closed=False, required=True)
    rule_version = fields.Text(20, required=True)
    severity = fields.Vocabulary(Severity, closed=False, required=True)
    status = fields.Vocabulary(AlertStatus, closed=False, required=True)
    settling = fields.Flag(required=True)
    historic = fields.Flag(required=True, about="Found in data that came late and no longer true then.")
    raised_at = fields.Instant(required=True)
    reason = fields.Text(
        1000,
        required=True,
        example="6/10 at 50 h; 2/10 before the session; expected to have settled by 48 h.",
    )
    inputs = fields.MapOf({}, required=True, about="What the rule was given, with its thresholds.")
    owner_id = fields.Identifier(required=True)
    owner = fields.Nested(StaffSummaryView, required=True)
    reply_due_at = fields.Instant(
        about="By when somebody should acknowledge it, counted in the clinic's monitored time."
    )
    next_escalation_at = fields.Instant(about="When the next person is told unless somebody takes it on.")
    undelivered = fields.Flag(required=True, about="Its latest message reached nobody.")
    snoozed_until = fields.Instant(about="Nothing is sent until then, unless it gets worse.")
    snooze_reason = fields.Text(NOTE_LENGTH)
    patient_note = fields.Text(NOTE_LENGTH, about="What the patient wrote beside a warning sign.")
    callback_phone = fields.Text(40, about="Where the patient wants to be called back.")
    session_id = fields.Identifier()
    check_in_id = fields.Identifier()
    red_flag_report_id = fields.Identifier()
    late_by_minutes = fields.Whole(0, INT32, about="How much later it became known than it happened.")
    acknowledged_at = fields.Instant()
    acknowledged_by_id = fields.Identifier()
    resolved_at = fields.Instant()
    resolved_by_id = fields.Identifier()
    outcome = fields.Vocabulary(Outcome, closed=False)
    resolution_note = fields.Text(NOTE_LENGTH)
    events = fields.ListOf(fields.Nested(AlertEventView), 1000, about="Its history; not in lists.")
    notes = fields.ListOf(fields.Nested(AlertNoteView), 1000, about="Not in lists.")
    version = fields.Whole(1, INT32, required=True)


class AlertQuery(PageQuery):
    """Which alerts."""

    status = CommaList(fields.Vocabulary(AlertStatus), 4, about="Any of these, separated by commas.")
    severity = CommaList(fields.Vocabulary(Severity), 4, about="Any of these, separated by commas.")
    rule = CommaList(fields.Vocabulary(Rule), 10, about="Any of these, separated by commas.")
    owner = fields.Vocabulary(
        OwnerFilter,
        about="`me`: the caller's own; `cover`: looked after for a colleague; `unowned`: the owner left or is away.",
    )
    patient_id = fields.Identifier(about="Only alerts about this patient.")


AlertPageView = page_of(AlertView)


class AlertResolution(Body):
    """What was done about an alert."""

    outcome = fields.Vocabulary(Outcome, required=True)
    note = fields.Text(NOTE_LENGTH, required=True, about="May be empty.")


class AlertNoteCreate(Body):
    """Something to remember beside an alert."""

    text = fields.Text(NOTE_LENGTH, required=True)


class AlertAssignment(Body):
    """Who is to look after an alert."""

    therapist_id = fields.Identifier(required=True, about="An active therapist of the clinic.")


class AlertSnooze(Body):
    """How long an alert may wait, and why."""

    until = fields.Instant(required=True, about="Later than now and at most 7 days ahead.")
    reason = fields.Text(1000, required=True)


class AlertReopening(Body):
    """Why a resolved alert is opened again."""

    reason = fields.Text(1000, required=True)


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
