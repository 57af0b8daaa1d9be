"""What a protocol would send, on the wire."""

from tracker.api import fields
from tracker.api.schemas.common import Body, View
from tracker.api.schemas.preferences import QuietHoursBody
from tracker.people.vocabulary import OptIn
from tracker.safety.catalogue import BODY_REGIONS


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
