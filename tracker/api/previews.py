"""The dry run: what a protocol would ask after a session that might be."""

from tracker.api.arguments import locale_for
from tracker.api.schemas.previews import ReminderPreviewRequest, ReminderPreviewView
from tracker.api.wire import Blueprint
from tracker.people import patients
from tracker.people.rules.access import Actor, Permission
from tracker.reminders.dry_run import DryRun, dry_run
from tracker.reminders.rules.bodies import PreviewBody

blueprint = Blueprint("previews", "What would be asked, and when, without writing anything.")


@blueprint.operation(
    "previewReminders",
    "POST",
    "/v1/reminder-previews",
    Permission.PREVIEW_REMINDERS,
    body=ReminderPreviewRequest,
    returns=ReminderPreviewView,
    example={
        "ended_at": "2026-03-07T20:00:00Z",
        "time_zone": "America/New_York",
        "quiet_hours": {"enabled": True, "starts": "21:00", "ends": "08:00"},
        "regions": ["lower_back"],
    },
)
def preview_reminders(actor: Actor, body: PreviewBody) -> DryRun:
    """List every window and reminder of a session that might be, in local time; nothing is written."""
    patient = patients.find_patient(actor.patient_id) if actor.patient_id else None
    return dry_run(body, locale_for(actor, patient))
