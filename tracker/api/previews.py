"""The dry run: what a protocol would ask after a session that might be."""

from datetime import time

from tracker.api.arguments import locale_for
from tracker.api.schemas.explanations import PreviewBody, ReminderPreviewRequest, ReminderPreviewView
from tracker.api.wire import Blueprint
from tracker.errors import Fault, Invalid
from tracker.local_time.quiet import QuietHours
from tracker.local_time.words import describe_instant
from tracker.local_time.zones import zone
from tracker.people import patients
from tracker.people.rules.access import Actor, Permission
from tracker.people.rules.bodies import QuietTimes
from tracker.protocols.catalog import STANDARD_AFTERCARE, Protocol, get_protocol
from tracker.protocols.task_texts import text_of
from tracker.reminders.rules.preview import preview
from tracker.reminders.sentences import say_prompt
from tracker.translation import translate

blueprint = Blueprint("previews", "What would be asked, and when, without writing anything.")
DEFAULT_REGIONS = ("lower_back",)


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
def preview_reminders(actor: Actor, body: PreviewBody) -> dict[str, object]:
    """List every window and reminder of a session that might be, in local time; nothing is written."""
    patient = patients.find_patient(actor.patient_id) if actor.patient_id else None
    protocol, here, locale = _protocol(body), zone(body["time_zone"]), locale_for(actor, patient)
    planned = preview(
        protocol,
        ended_at=body["ended_at"],
        recorded_at=body.get("recorded_at") or body["ended_at"],
        zone=here,
        quiet=_quiet(body.get("quiet_hours")),
        regions=frozenset(body.get("regions") or DEFAULT_REGIONS),
        opted_in=frozenset(body.get("opted_in") or ()),
    )
    return {
        "protocol": protocol.key,
        "protocol_version": protocol.version,
        "time_zone": body["time_zone"],
        "windows": [
            {
                "key": window.key,
                "title": translate(text_of(window.key).title, locale),
                "opens_at": window.opens_at,
                "closes_at": window.closes_at,
                "opens_at_local": describe_instant(window.opens_at, here, locale),
                "closes_at_local": describe_instant(window.closes_at, here, locale),
            }
            for window in planned.windows
        ],
        "reminders": [
            {
                "key": prompt.step_key,
                "occurrence": prompt.occurrence,
                "due_at": prompt.due_at,
                "due_at_local": describe_instant(prompt.due_at, here, locale) if prompt.due_at else None,
                "not_after": prompt.not_after,
                "not_after_local": describe_instant(prompt.not_after, here, locale),
                "only_if": protocol.get_step(prompt.step_key).only_if,
                "reason": prompt.reason,
                "sentence": say_prompt(prompt, protocol.get_step(prompt.step_key), here, locale),
            }
            for prompt in planned.prompts
        ],
    }


def _quiet(hours: QuietTimes | None) -> QuietHours:
    if hours is None:
        return QuietHours()
    starts, ends = time.fromisoformat(hours["starts"]), time.fromisoformat(hours["ends"])
    return QuietHours(starts, ends, hours["enabled"])


def _protocol(body: PreviewBody) -> Protocol:
    key = body.get("protocol", STANDARD_AFTERCARE.key)
    version = body.get("protocol_version", STANDARD_AFTERCARE.version)
    try:
        return get_protocol(key, version)
    except LookupError:
        raise Invalid(
            Fault("#/protocol", "unknown_value", f"There is no version {version} of a protocol {key!r}.")
        ) from None
