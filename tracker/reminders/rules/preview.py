"""The dry run: every window and reminder that a protocol implies for one session, without a row."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.local_time.quiet import QuietHours
from tracker.protocols.catalog import Protocol
from tracker.protocols.tasks import PlannedTask, plan_tasks
from tracker.reminders.rules.prompts import PlannedPrompt, plan_prompts


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
