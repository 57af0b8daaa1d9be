"""The dry run: every window and reminder that a protocol implies for one session, without a row."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.protocols.catalog import Protocol
from tracker.protocols.quiet import QuietHours
from tracker.protocols.tasks import PlannedTask, plan_tasks
from tracker.protocols.wording import describe_instant
from tracker.reminders.rules import PlannedPrompt, plan_prompts
from tracker.reminders.words import PLACED, why_asked, why_held


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would be asked, in order of time."""

    windows: tuple[PlannedTask, ...]
    prompts: tuple[PlannedPrompt, ...]


def preview(
    protocol: Protocol,
    *,
    ended_at: datetime,
    recorded_at: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
    regions: Set[str],
    opted_in: Set[str],
) -> Preview:
    """Plan a session that might be, by the rules that plan a real one."""
    return Preview(
        windows=plan_tasks(protocol, ended_at, zone, regions, opted_in),
        prompts=plan_prompts(
            protocol,
            ended_at=ended_at,
            planned_at=recorded_at,
            zone=zone,
            quiet=quiet,
            regions=regions,
            opted_in=opted_in,
        ),
    )


def say_why(prompt: PlannedPrompt, protocol: Protocol, zone: ZoneInfo) -> str:
    """Return in one sentence why a prompt would come when it would, or not at all."""
    step = protocol.get_step(prompt.step_key)
    why = why_asked(step, is_repeat=step.is_repeat(prompt.occurrence))
    if prompt.due_at is None:
        return f"Not sent: {why_held(prompt.reason)}"
    meant = describe_instant(prompt.nominal_at, zone)
    other = f", which is {meant}" if meant != describe_instant(prompt.due_at, zone) else ""
    return f"{why[0].upper()}{why[1:]}{other}.{PLACED.get(prompt.reason, '')}"
