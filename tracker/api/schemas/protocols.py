"""A clinic's protocol versions on the wire: alert rules with every number, and words of advice."""

from tracker.alerts.rules.rule_set import TEXT_LENGTH
from tracker.alerts.rules.thresholds import Preset
from tracker.alerts.vocabulary import Rule
from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import Body, PageQuery, View, page_of
from tracker.protocols.expected_course_form import (
    EARLIEST_SETTLED,
    FEWEST_POINTS,
    LAST_HOUR,
    LATEST_SETTLED,
    MOST_ABOVE,
    MOST_BELOW,
    MOST_POINTS,
)
from tracker.protocols.expected_course_form import TEXT_LENGTH as COURSE_TEXT
from tracker.translation import locales

WORDED_BY_CLINIC = ("expected", "self_care", "recheck", "persists", "worsens", "severe")
NUMBER_MOST = 1000
MOST_DAYS = 366
COUNT = {"type": "integer", "format": "int32", "minimum": 0, "maximum": INT32}


class ParameterBody(Body):
    """One number of a rule, with where it comes from and who set it."""

    name = fields.Text(64, required=True, example="persists_at_once")
    value = fields.Whole(0, NUMBER_MOST, required=True)
    unit = fields.Text(64, about="For readers; it cannot be changed.")
    source = fields.Text(TEXT_LENGTH, required=True, about="Study, guideline or decision behind the number.")
    author = fields.Text(TEXT_LENGTH, required=True)


class AlertRuleBody(Body):
    """One rule: whether it is on, and the numbers that differ from the preset's."""

    key = fields.Vocabulary(Rule, required=True)
    enabled = fields.Flag(about="Only rules that raise routine alerts may be switched off.")
    parameters = fields.ListOf(fields.Nested(ParameterBody), 30)


class AdviceTextBody(Body):
    """The clinic's own words for one kind of advice, in one language."""

    locale = fields.Vocabulary(locales(), required=True)
    key = fields.Vocabulary(WORDED_BY_CLINIC, required=True)
    title = fields.Text(200, min_length=1, required=True)
    message = fields.Text(2000, min_length=1, required=True, about="{clinic} and the like are filled in.")


class CoursePointBody(Body):
    """The band at one hour after the session, in points above the baseline."""

    hours = fields.Whole(0, LAST_HOUR, required=True)
    lower = fields.Number(MOST_BELOW, MOST_ABOVE, required=True)
    upper = fields.Number(0, MOST_ABOVE, required=True)


class ExpectedCourseBody(Body):
    """What the clinic expects of soreness after a session: a setting, not a norm."""

    points = fields.ListOf(
        fields.Nested(CoursePointBody), MOST_POINTS, min_items=FEWEST_POINTS, required=True
    )
    settled_after_hours = fields.Whole(EARLIEST_SETTLED, LATEST_SETTLED, required=True)
    source = fields.Text(COURSE_TEXT, min_length=1, required=True)
    author = fields.Text(COURSE_TEXT, min_length=1, required=True)


class RulePreviewCreate(Body):
    """Rules to be held against the clinic's own past before they are published."""

    days = fields.Whole(1, MOST_DAYS, required=True, example=90)
    preset = fields.Vocabulary(Preset)
    alert_rules = fields.ListOf(fields.Nested(AlertRuleBody), len(Rule))


class RulePreviewView(View):
    """What was raised about soreness and stiffness, and what these rules would have raised; counts alone."""

    summary = fields.Text(500, required=True, example="Last 90 days: 41 alerts would become 17.")
    sessions = fields.Whole(0, INT32, required=True)
    raised = fields.Whole(0, INT32, required=True)
    raised_with_action = fields.Whole(0, INT32, required=True, about="Somebody did more than reassure.")
    would_raise = fields.Whole(0, INT32, required=True)
    dropped = fields.Whole(0, INT32, required=True)
    dropped_with_action = fields.Whole(0, INT32, required=True)
    added = fields.Whole(0, INT32, required=True)
    raised_by_rule = fields.MapOf(COUNT, required=True)
    would_raise_by_rule = fields.MapOf(COUNT, required=True)


class ProtocolVersionCreate(Body):
    """What a new version says; what it does not name stays as it ships, never as the version before."""

    name = fields.Text(200, min_length=1, required=True)
    author = fields.Text(200, min_length=1, required=True, about="The clinician who answers for it.")
    note = fields.Text(2000, about="Why it was changed.")
    preset = fields.Vocabulary(Preset)
    alert_rules = fields.ListOf(fields.Nested(AlertRuleBody), len(Rule))
    expected_course = fields.Nested(ExpectedCourseBody)
    advice_texts = fields.ListOf(fields.Nested(AdviceTextBody), 60)


class CoursePointView(View):
    """The band at one hour after the session, in points above the baseline."""

    hours = fields.Whole(0, LAST_HOUR, required=True)
    lower = fields.Number(MOST_BELOW, MOST_ABOVE, required=True)
    upper = fields.Number(0, MOST_ABOVE, required=True)


class CourseSettingView(View):
    """What the clinic expects of soreness after a session: a setting, not a norm."""

    label = fields.Text(200, required=True)
    points = fields.ListOf(fields.Nested(CoursePointView), MOST_POINTS, required=True)
    settled_after_hours = fields.Whole(EARLIEST_SETTLED, LATEST_SETTLED, required=True)
    source = fields.Text(COURSE_TEXT, required=True)
    author = fields.Text(COURSE_TEXT, required=True)


class ParameterView(View):
    """One number of a rule, with where it comes from, who set it, and how far it may be moved."""

    name = fields.Text(64, required=True)
    value = fields.Whole(0, NUMBER_MOST, required=True)
    unit = fields.Text(64, required=True)
    source = fields.Text(TEXT_LENGTH, required=True)
    author = fields.Text(TEXT_LENGTH, required=True)
    lowest = fields.Whole(0, NUMBER_MOST, required=True)
    highest = fields.Whole(0, NUMBER_MOST, required=True)
    why_bounded = fields.Text(500, required=True)


class AlertRuleView(View):
    """One rule as it holds in this version."""

    key = fields.Vocabulary(Rule, closed=False, required=True)
    enabled = fields.Flag(required=True)
    may_be_switched_off = fields.Flag(required=True)
    parameters = fields.ListOf(fields.Nested(ParameterView), 30, required=True)


class AdviceTextView(View):
    """The clinic's own words for one kind of advice, in one language."""

    locale = fields.Text(16, required=True)
    key = fields.Text(64, required=True)
    title = fields.Text(200, required=True)
    message = fields.Text(2000, required=True)


class ProtocolVersionView(View):
    """One version with every number in it; version 0 is what ships."""

    id = fields.Identifier(about="Absent for what ships.")
    protocol_template_id = fields.Text(64, required=True)
    version = fields.Whole(0, INT32, required=True)
    name = fields.Text(200, required=True)
    author = fields.Text(200, required=True)
    note = fields.Text(2000)
    preset = fields.Vocabulary(Preset, closed=False, required=True)
    alert_rules = fields.ListOf(fields.Nested(AlertRuleView), 50, required=True)
    expected_course = fields.Nested(CourseSettingView, required=True)
    advice_texts = fields.ListOf(fields.Nested(AdviceTextView), 60, required=True)
    published_at = fields.Instant()


class ProtocolVersionQuery(PageQuery):
    """Where the list goes on."""


ProtocolVersionPageView = page_of(ProtocolVersionView)
