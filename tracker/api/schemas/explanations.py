"""Why a reminder came or stayed away, and what a protocol would send, on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict

from tracker.api import fields
from tracker.api.schemas.common import Body, View
from tracker.api.schemas.preferences import QuietHoursBody
from tracker.people.rules.bodies import QuietTimes
from tracker.people.vocabulary import OptIn
from tracker.safety.catalogue import BODY_REGIONS

LINK_KINDS = (
    "planned", "moved", "held", "handed_over", "receipt", "acknowledged", "answered_by_link", "ended",
)  # fmt: skip


class ExplanationLinkView(View):
    """One thing that happened to a reminder, as a sentence and as data."""

    kind = fields.Vocabulary(LINK_KINDS, closed=False, required=True)
    at = fields.Instant(required=True)
    sentence = fields.Text(500, required=True)
    reason = fields.Text(64)
    until = fields.Instant(about="When it was to leave from then on; absent if it was not to leave.")
    channel = fields.Text(20)
    outcome = fields.Text(20)


class ReminderExplanationView(View):
    """Why a reminder came, moved or stayed away."""

    reminder_id = fields.Identifier(required=True)
    time_zone = fields.Zone(required=True, about="The zone in which local hours were reckoned.")
    summary = fields.Text(1200, required=True, example="Not sent: it was answered.")
    links = fields.ListOf(fields.Nested(ExplanationLinkView), 1000, required=True)


class ReminderPreviewRequest(Body):
    """A session that might be; quiet hours are by default from 21:00 to 08:00."""

    protocol = fields.Text(64, about="By default the standard aftercare.", example="standard_aftercare")
    protocol_version = fields.Whole(1, 1000)
    ended_at = fields.Instant(required=True)
    time_zone = fields.Zone(required=True, about="The patient's zone.")
    quiet_hours = fields.Nested(QuietHoursBody)
    regions = fields.ListOf(fields.Vocabulary(BODY_REGIONS), 20, about="By default the lower back.")
    opted_in = fields.ListOf(fields.Vocabulary(OptIn), len(OptIn), about="Daily prompts the patient wants.")
    recorded_at = fields.Instant(about="When it is written down; by default when it ends.")


class PreviewBody(TypedDict):
    """A session that might be, as it is read."""

    protocol: NotRequired[str]
    protocol_version: NotRequired[int]
    ended_at: datetime
    time_zone: str
    quiet_hours: NotRequired[QuietTimes]
    regions: NotRequired[Sequence[str]]
    opted_in: NotRequired[Sequence[str]]
    recorded_at: NotRequired[datetime]


class PreviewedWindowView(View):
    """One window of the plan."""

    key = fields.Text(64, required=True)
    title = fields.Text(200, required=True)
    opens_at = fields.Instant(required=True)
    closes_at = fields.Instant(required=True)
    opens_at_local = fields.Text(100, required=True, example="Monday 2 March, 16:00")
    closes_at_local = fields.Text(100, required=True)


class PreviewedReminderView(View):
    """One reminder that might be sent."""

    key = fields.Text(64, required=True)
    occurrence = fields.Whole(0, 100, required=True)
    due_at = fields.Instant(about="Absent when it would not be sent.")
    due_at_local = fields.Text(100, example="Tuesday 3 March, 16:00")
    not_after = fields.Instant(required=True)
    not_after_local = fields.Text(100, required=True)
    only_if = fields.Text(40, required=True, about="What must be true then for it to be sent.")
    reason = fields.Text(64, required=True)
    sentence = fields.Text(500, required=True)


class ReminderPreviewView(View):
    """Every window and reminder that a protocol implies; nothing was written."""

    protocol = fields.Text(64, required=True)
    protocol_version = fields.Whole(1, 1000, required=True)
    time_zone = fields.Zone(required=True)
    windows = fields.ListOf(fields.Nested(PreviewedWindowView), 100, required=True)
    reminders = fields.ListOf(fields.Nested(PreviewedReminderView), 100, required=True)
