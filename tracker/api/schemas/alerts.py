"""Alerts on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from tracker.alerts.listing import OwnerFilter
from tracker.alerts.vocabulary import AlertOutcome, AlertStatus, Rule, Severity
from tracker.api import fields
from tracker.api.cursors import PageParameters
from tracker.api.fields import INT32
from tracker.api.schemas.common import Body, CommaList, PageQuery, View, page_of

NOTE_LENGTH = 4000


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
    outcome = fields.Vocabulary(AlertOutcome, closed=False)
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


class AlertParameters(PageParameters, total=False):
    """Which alerts, as they are read."""

    status: Sequence[str]
    severity: Sequence[str]
    rule: Sequence[str]
    owner: OwnerFilter
    patient_id: UUID


AlertPageView = page_of(AlertView)


class AlertResolution(Body):
    """What was done about an alert."""

    outcome = fields.Vocabulary(AlertOutcome, required=True)
    note = fields.Text(NOTE_LENGTH, required=True, about="May be empty.")


class ResolutionBody(TypedDict):
    """What was done about an alert, as it is read."""

    outcome: str
    note: str


class AlertNoteCreate(Body):
    """Something to remember beside an alert."""

    text = fields.Text(NOTE_LENGTH, required=True)


class NoteBody(TypedDict):
    """Something to remember beside an alert, as it is read."""

    text: str


class AlertAssignment(Body):
    """Who is to look after an alert."""

    therapist_id = fields.Identifier(required=True, about="An active therapist of the clinic.")


class AssignmentBody(TypedDict):
    """Who is to look after an alert, as it is read."""

    therapist_id: UUID


class AlertSnooze(Body):
    """How long an alert may wait, and why."""

    until = fields.Instant(required=True, about="Later than now and at most 7 days ahead.")
    reason = fields.Text(1000, required=True)


class SnoozeBody(TypedDict):
    """How long an alert may wait, and why, as it is read."""

    until: datetime
    reason: str


class AlertReopening(Body):
    """Why a resolved alert is opened again."""

    reason = fields.Text(1000, required=True)


class ReopeningBody(TypedDict):
    """Why a resolved alert is opened again, as it is read."""

    reason: str
