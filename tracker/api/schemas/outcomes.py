"""How sessions went: trajectory, outcomes and the summary before the next visit, on the wire."""

from tracker.alerts.vocabulary import AlertOutcome, AlertStatus, Rule, Severity
from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.check_ins import POSITION_ABOUT
from tracker.api.schemas.common import PageQuery, View, page_of
from tracker.api.schemas.sessions import BodyAreaView, PlanTaskView
from tracker.checkins.rules.items import ITEMS, ItemKind, SideEffectCode, SideEffectSeverity
from tracker.checkins.vocabulary import ContactKind
from tracker.outcomes.rules.session_outcome import AlcoholAvoided, ReminderOutcome
from tracker.protocols.expected_course import CoursePosition
from tracker.sessions.vocabulary import CoIntervention, PostCare, Technique

HOURS = 100_000
NOTE_LENGTH = 4000


def _hours(about: str = "Since the session's end.", *, required: bool = False) -> fields.Number:
    return fields.Number(0, HOURS, about=about, required=required)


def _scale(about: str = "", *, required: bool = False) -> fields.Whole:
    return fields.Whole(0, 10, about=about, required=required)


class TrajectoryPointView(View):
    """What one check-in says, at its hour after the session."""

    check_in_id = fields.Identifier(required=True)
    recorded_at = fields.Instant(required=True)
    hours_since_session = _hours(required=True)
    # The names of a class body: each scale of the table is a field.
    locals().update({item.key: _scale() for item in ITEMS.values() if item.kind is ItemKind.SCALE})
    hydration_ml = fields.Whole(0, INT32)
    course_position = fields.Vocabulary(CoursePosition, closed=False, about=POSITION_ABOUT)
    red_flag = fields.Flag(about="Whether a warning sign was ticked; absent when the question was left open.")
    side_effects = fields.ListOf(fields.Vocabulary(SideEffectCode, closed=False), 20, required=True)


class BandPointView(View):
    """The lowest and the highest answer that the clinic expects at one hour."""

    hours_since_session = fields.Whole(0, INT32, required=True)
    lower = fields.Number(0, 10, required=True)
    upper = fields.Number(0, 10, required=True)


class ExpectedCourseView(View):
    """The curve behind the band: a setting of the clinic."""

    label = fields.Text(200, required=True, example="A setting of the clinic, not a norm.")
    source = fields.Text(500, required=True)
    author = fields.Text(500, required=True)
    settled_after_hours = fields.Whole(0, INT32, required=True)
    baseline_soreness = _scale("What the band starts from; without it there is none.")
    baseline_estimated = fields.Flag(
        required=True, about="Not asked before this session: what earlier sessions settled at."
    )
    band = fields.ListOf(fields.Nested(BandPointView), 100, required=True)


class ReminderOutcomeView(View):
    """One question of the plan and what became of it."""

    plan_task_id = fields.Identifier(required=True)
    key = fields.Text(64, required=True, about="Step of the protocol.", example="check_24h")
    due_at = fields.Instant(required=True)
    outcome = fields.Vocabulary(ReminderOutcome, closed=False, required=True)
    answered_at = fields.Instant()


class SideEffectOnsetView(View):
    """One side effect: when it was first and last told of, at its worst."""

    code = fields.Vocabulary(SideEffectCode, closed=False, required=True)
    severity = fields.Vocabulary(SideEffectSeverity, closed=False, required=True)
    onset_hours = _hours(required=True)
    last_hours = _hours(required=True)


class AlertDoneView(View):
    """One alert about the session and what was done about it."""

    id = fields.Identifier(required=True)
    rule = fields.Vocabulary(Rule, closed=False, required=True)
    severity = fields.Vocabulary(Severity, closed=False, required=True)
    status = fields.Vocabulary(AlertStatus, closed=False, required=True)
    raised_at = fields.Instant(required=True)
    reason = fields.Text(1000, required=True)
    acknowledged_at = fields.Instant()
    resolved_at = fields.Instant()
    outcome = fields.Vocabulary(AlertOutcome, closed=False)
    resolution_note = fields.Text(NOTE_LENGTH)


class SessionOutcomeView(View):
    """What one session came to."""

    session_id = fields.Identifier(required=True)
    ended_at = fields.Instant(required=True)
    check_in_count = fields.Whole(0, INT32, required=True)
    expected_check_in_count = fields.Whole(
        0, INT32, required=True, about="Questions that were answered, or handed over and missed."
    )
    answered_check_in_count = fields.Whole(0, INT32, required=True, about="Of the expected ones.")
    alcohol_avoided = fields.Vocabulary(
        AlcoholAvoided, closed=False, required=True, about="In the 24 hours after the session."
    )
    alert_count = fields.Whole(0, INT32, about="For staff only.")
    baseline_soreness = _scale()
    peak_soreness = _scale()
    peak_at_hours = _hours()
    soreness_at_24_hours = _scale("The answer nearest to 24 h in the window of that check.")
    soreness_at_48_hours = _scale("The answer nearest to 48 h in the window of that check.")
    hours_to_baseline = _hours("From the session's end until soreness was settled and stayed so.")
    hydration_total_ml = fields.Whole(0, INT32, about="Logged in the first 24 hours.")
    stretching_count = fields.Whole(0, INT32, required=True)
    intense_activity = fields.Flag(about="In the first 24 hours; absent when nothing was said of activities.")
    side_effects = fields.ListOf(fields.Nested(SideEffectOnsetView), 20, required=True)


class DoseView(View):
    """What was given, so that it can stand beside the result."""

    technique = fields.Vocabulary(Technique, closed=False, required=True)
    body_areas = fields.ListOf(fields.Nested(BodyAreaView), 20, required=True)
    needle_count = fields.Whole(0, INT32)
    duration_minutes = fields.Whole(0, INT32)
    pain_during = _scale()
    twitch_count = fields.Whole(0, INT32, about="Over all places where it was counted.")
    post_care = fields.ListOf(fields.Vocabulary(PostCare, closed=False), 10)
    co_interventions = fields.ListOf(fields.Vocabulary(CoIntervention, closed=False), 10)


class ResponseView(View):
    """Usual pain before this visit against that before the first one."""

    visit_number = fields.Whole(1, INT32, required=True)
    usual_pain_before = _scale()
    change_from_first = fields.Whole(-10, 10, about="Negative is less pain.")
    gain = fields.Flag(about="At least the smallest change that means something: 2 points, or 30 %.")
    first_gain_at_visit = fields.Whole(1, INT32, about="The first visit, up to this one, with a gain.")
    review_due = fields.Flag(
        required=True,
        about="From the review visit on, without a gain: time to review the plan, not an alarm.",
    )


class SessionResultView(View):
    """One session: its dose beside its result, and how it answered the pain it was meant for."""

    outcome = fields.Nested(SessionOutcomeView, required=True)
    dose = fields.Nested(DoseView, required=True)
    response = fields.Nested(ResponseView, required=True)


SessionResultPageView = page_of(SessionResultView)


class OutcomeQuery(PageQuery):
    """Which part of the list."""


class TrajectoryView(View):
    """How one session went, hour by hour; alerts are there for staff only."""

    patient_id = fields.Identifier(required=True)
    session_id = fields.Identifier(required=True)
    anchored_at = fields.Instant(required=True, about="The end of the session.")
    time_zone = fields.Text(64, required=True)
    points = fields.ListOf(fields.Nested(TrajectoryPointView), 1000, required=True)
    expected_course = fields.Nested(ExpectedCourseView, required=True)
    windows = fields.ListOf(fields.Nested(PlanTaskView), 100, required=True)
    reminders = fields.ListOf(fields.Nested(ReminderOutcomeView), 100, required=True)
    alerts = fields.ListOf(fields.Nested(AlertDoneView), 1000)
    outcome = fields.Nested(SessionOutcomeView, required=True)


class DisclosureView(View):
    """What the patient wrote before this appointment, and before the last one."""

    medicines = fields.Text(NOTE_LENGTH)
    conditions = fields.Text(NOTE_LENGTH)
    medicines_before = fields.Text(NOTE_LENGTH)
    conditions_before = fields.Text(NOTE_LENGTH)
    changed = fields.Flag(required=True)


class QuestionView(View):
    """A patient's own words since the last session: a note, or a wish to be contacted."""

    at = fields.Instant(required=True)
    kind = fields.Vocabulary(["note", *ContactKind], closed=False, required=True)
    text = fields.Text(NOTE_LENGTH, required=True)


class VisitSummaryView(View):
    """All that a therapist should have read before the next visit."""

    appointment_id = fields.Identifier(required=True)
    patient_id = fields.Identifier(required=True)
    display_name = fields.Text(200, required=True)
    starts_at = fields.Instant(required=True)
    time_zone = fields.Text(64, required=True)
    disclosures = fields.Nested(DisclosureView, required=True)
    questions = fields.ListOf(fields.Nested(QuestionView), 1000, required=True)
    last_session = fields.Nested(SessionResultView)
    reminders = fields.ListOf(fields.Nested(ReminderOutcomeView), 100, required=True)
    alerts = fields.ListOf(fields.Nested(AlertDoneView), 1000, required=True)
    earlier_sessions = fields.ListOf(
        fields.Nested(SessionResultView), 3, required=True, about="The three before the last, newest first."
    )
