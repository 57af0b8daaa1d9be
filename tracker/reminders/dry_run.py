"""What a protocol would ask after a session that might be, in local words; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from tracker.errors import Fault, Invalid
from tracker.local_time.quiet import QuietHours
from tracker.local_time.words import describe_instant
from tracker.local_time.zones import zone
from tracker.protocols.catalog import STANDARD_AFTERCARE, Protocol, get_protocol
from tracker.protocols.task_texts import text_of
from tracker.protocols.tasks import PlannedTask
from tracker.reminders.rules.bodies import PreviewBody
from tracker.reminders.rules.preview import preview
from tracker.reminders.rules.prompts import PlannedPrompt
from tracker.reminders.sentences import say_prompt
from tracker.translation import translate

DEFAULT_REGIONS = ("lower_back",)


@dataclass(frozen=True, slots=True)
class PreviewedWindow:
    """One window of the plan."""

    key: str
    title: str
    opens_at: datetime
    closes_at: datetime
    opens_at_local: str
    closes_at_local: str


@dataclass(frozen=True, slots=True)
class PreviewedReminder:
    """One reminder that might be sent; one that would not be has no moment."""

    key: str
    occurrence: int
    due_at: datetime | None
    due_at_local: str | None
    not_after: datetime
    not_after_local: str
    only_if: str
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """Every window and reminder that a protocol implies for one session."""

    protocol: str
    protocol_version: int
    time_zone: str
    windows: Sequence[PreviewedWindow]
    reminders: Sequence[PreviewedReminder]


def dry_run(body: PreviewBody, locale: str) -> DryRun:
    """Plan a session that might be; raises Invalid for a protocol that there is not."""
    protocol, here = _protocol(body), zone(body["time_zone"])
    planned = preview(
        protocol,
        ended_at=body["ended_at"],
        recorded_at=body.get("recorded_at") or body["ended_at"],
        zone=here,
        quiet=_quiet(body),
        regions=frozenset(body.get("regions") or DEFAULT_REGIONS),
        opted_in=frozenset(body.get("opted_in") or ()),
    )
    return DryRun(
        protocol.key,
        protocol.version,
        body["time_zone"],
        [_window(task, here, locale) for task in planned.windows],
        [_reminder(prompt, protocol, here, locale) for prompt in planned.prompts],
    )


def _window(task: PlannedTask, here: ZoneInfo, locale: str) -> PreviewedWindow:
    return PreviewedWindow(
        key=task.key,
        title=translate(text_of(task.key).title, locale),
        opens_at=task.opens_at,
        closes_at=task.closes_at,
        opens_at_local=describe_instant(task.opens_at, here, locale),
        closes_at_local=describe_instant(task.closes_at, here, locale),
    )


def _reminder(prompt: PlannedPrompt, protocol: Protocol, here: ZoneInfo, locale: str) -> PreviewedReminder:
    step = protocol.get_step(prompt.step_key)
    return PreviewedReminder(
        key=prompt.step_key,
        occurrence=prompt.occurrence,
        due_at=prompt.due_at,
        due_at_local=describe_instant(prompt.due_at, here, locale) if prompt.due_at else None,
        not_after=prompt.not_after,
        not_after_local=describe_instant(prompt.not_after, here, locale),
        only_if=step.only_if,
        reason=prompt.reason,
        sentence=say_prompt(prompt, step, here, locale),
    )


def _quiet(body: PreviewBody) -> QuietHours:
    if "quiet_hours" not in body:
        return QuietHours()
    hours = body["quiet_hours"]
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
