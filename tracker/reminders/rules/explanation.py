"""Why did I get this? The course of one reminder as a chain of facts; the words for them are in sentences.py."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One thing that happened to a reminder."""

    kind: str  # planned, moved, held, handed_over, receipt, acknowledged, answered_by_link, ended
    at: datetime
    reason: str | None = None
    until: datetime | None = None
    channel: str | None = None
    outcome: str | None = None
    meant_for: datetime | None = None  # where its step asks, before quiet hours and other prompts
    placed_because: str | None = None  # why it stood elsewhere than where its step asks


class Reminder(Protocol):
    """What a reminder's row tells of its course."""

    created_at: datetime
    planned_because: str
    nominal_at: datetime
    due_at: datetime
    reason: str | None
    accepted_at: datetime | None
    acknowledged_at: datetime | None
    link_used_at: datetime | None
    ended_at: datetime | None


class Move(Protocol):
    """One change of the moment at which it leaves."""

    at: datetime
    from_at: datetime
    to_at: datetime | None
    reason: str


class SentMessage(Protocol):
    """One try to hand it over."""

    begun_at: datetime
    channel: str
    outcome: str | None
    error_code: str | None
    receipt: str | None
    receipt_at: datetime | None


def explain(row: Reminder, moves: Sequence[Move], attempts: Sequence[SentMessage]) -> list[Link]:
    """Tell the course of a reminder from its row, its moves and its hand-overs: how it was planned, then in time."""
    rest = [
        *(_moved(move) for move in moves),
        *(link for attempt in attempts for link in _tried(attempt)),
        *_seen(row),
        *_ended(row),
    ]
    return [_planned(row, moves), *sorted(rest, key=lambda link: link.at)]


def _planned(row: Reminder, moves: Sequence[Move]) -> Link:
    return Link(
        kind="planned",
        at=row.created_at,
        until=moves[0].from_at if moves else row.due_at,
        reason=row.planned_because,
        meant_for=row.nominal_at,
        placed_because=row.planned_because,
    )


def _moved(move: Move) -> Link:
    return Link(kind="moved" if move.to_at else "held", at=move.at, until=move.to_at, reason=move.reason)


def _tried(attempt: SentMessage) -> Iterator[Link]:
    yield Link(
        kind="handed_over",
        at=attempt.begun_at,
        channel=attempt.channel,
        outcome=attempt.outcome,
        reason=attempt.error_code,
    )
    if attempt.receipt is not None and attempt.receipt_at is not None:
        yield Link(kind="receipt", at=attempt.receipt_at, channel=attempt.channel, outcome=attempt.receipt)


def _seen(row: Reminder) -> Iterator[Link]:
    for kind, at in (("acknowledged", row.acknowledged_at), ("answered_by_link", row.link_used_at)):
        if at is not None:
            yield Link(kind=kind, at=at)


def _ended(row: Reminder) -> Iterator[Link]:
    if row.ended_at is not None and row.accepted_at is None:
        yield Link(kind="ended", at=row.ended_at, reason=row.reason)
