"""Why did I get this? The course of one reminder as a chain of facts, each with its sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tracker.protocols.wording import describe_instant
from tracker.protocols.zones import zone
from tracker.reminders.words import OUTCOMES, PLACED, why_held


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One thing that happened to a reminder."""

    kind: str  # planned, moved, held, handed_over, receipt, snoozed, acknowledged, answered_by_link, ended
    at: datetime
    sentence: str
    reason: str | None = None
    until: datetime | None = None
    channel: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The whole chain, oldest first, in the words of one time zone."""

    reminder_id: Any
    time_zone: str
    summary: str
    links: Sequence[Link]


def explain(row: Any, moves: Sequence[Any], attempts: Sequence[Any], why: str, home_zone: str) -> Explanation:
    """Tell the course of a reminder from its row, its moves and its hand-overs; `why` says when its step asks."""
    name = row.time_zone or home_zone
    here = zone(name)
    links = [
        _planned(row, moves, why, here),
        *(_moved(move, here) for move in moves),
        *(link for attempt in attempts for link in _tried(attempt, here)),
        *_seen(row, here),
        *_ended(row, here),
    ]
    first, *rest = links
    ordered = [first, *sorted(rest, key=lambda link: link.at)]
    return Explanation(
        reminder_id=row.id, time_zone=name, summary=f"{first.sentence} {ordered[-1].sentence}", links=ordered
    )


def _planned(row: Any, moves: Sequence[Any], why: str, here: ZoneInfo) -> Link:
    due_at = moves[0].from_at if moves else row.due_at
    reason = row.planned_because if not moves and row.planned_because in PLACED else "on_time"
    sentence = f"Planned for {describe_instant(due_at, here)}: {why}"
    meant = describe_instant(row.nominal_at, here)
    if meant != describe_instant(due_at, here):
        sentence += f", which is {meant}"
    return Link(
        kind="planned",
        at=row.created_at,
        until=due_at,
        reason=row.planned_because,
        sentence=f"{sentence}.{PLACED[reason]}",
    )


def _moved(move: Any, here: ZoneInfo) -> Link:
    later = f"It waits until {describe_instant(move.to_at, here)}." if move.to_at else "It will not be sent."
    return Link(
        kind="moved" if move.to_at else "held",
        at=move.at,
        until=move.to_at,
        reason=move.reason,
        sentence=f"{why_held(move.reason)} {later}",
    )


def _tried(attempt: Any, here: ZoneInfo) -> Iterator[Link]:
    came = (
        OUTCOMES.get(attempt.outcome or "unknown", attempt.outcome) if attempt.ended_at else "no answer yet"
    )
    told = f' (the provider said "{attempt.error_code}")' if attempt.error_code else ""
    yield Link(
        kind="handed_over",
        at=attempt.begun_at,
        channel=attempt.channel,
        outcome=attempt.outcome,
        reason=attempt.error_code,
        sentence=f"Handed over by {attempt.channel}, {describe_instant(attempt.begun_at, here)}: {came}{told}.",
    )
    if attempt.receipt is not None:
        yield Link(
            kind="receipt",
            at=attempt.receipt_at,
            channel=attempt.channel,
            outcome=attempt.receipt,
            sentence=f"The provider says since {describe_instant(attempt.receipt_at, here)}: {attempt.receipt}.",
        )


def _seen(row: Any, here: ZoneInfo) -> Iterator[Link]:
    for kind, at, verb in (
        ("acknowledged", row.acknowledged_at, "seen"),
        ("answered_by_link", row.link_used_at, "answered on its page"),
    ):
        if at is not None:
            yield Link(kind=kind, at=at, sentence=f"It was {verb}, {describe_instant(at, here)}.")


def _ended(row: Any, here: ZoneInfo) -> Iterator[Link]:
    if row.ended_at is None or row.accepted_at is not None:
        return
    when = describe_instant(row.ended_at, here)
    yield Link(
        kind="ended",
        at=row.ended_at,
        reason=row.reason,
        sentence=f"Not sent, decided {when}: {why_held(row.reason)}",
    )
