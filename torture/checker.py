"""Joins what the provider saw with the database and with the strikes, and names every row that is not right."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, not_, select

from torture.ledger import HandOver, Strike
from tracker.db import db
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.vocabulary import OPEN_STATES, AttemptOutcome, Purpose, State

ACCEPTED = frozenset({AttemptOutcome.ACCEPTED, AttemptOutcome.DUPLICATE})
# A hand-over that has begun is not called back; the way to the stub takes far less.
ON_THE_WAY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, each finding as a line that names its row."""

    rows: int
    hand_overs: int
    strikes: int
    # Ended without a hand-over, in a state that does not excuse it.
    lost: list[str] = field(default_factory=list)
    # Copies beyond the first under one send key.
    extra: list[str] = field(default_factory=list)
    # Copies beyond those that attempts cut off, or processes that were struck, can explain.
    unexplained: list[str] = field(default_factory=list)
    # Handed over, begun or to be shown after the end of its window.
    late: list[str] = field(default_factory=list)
    # A hand-over without an attempt of its own, or an acceptance that no attempt tells of.
    unknown: list[str] = field(default_factory=list)
    # A hand-over without a send key, or to the same address under another one.
    unkeyed: list[str] = field(default_factory=list)
    # Copies whose bytes are not those of the first.
    unequal: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    # Attempts of which nobody learned what came, or too late to act on it; no fault.
    cut_off: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)

    def figures(self) -> dict[str, int]:
        """Return how many of each kind were found."""
        found = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "states"}
        return {name: value if isinstance(value, int) else len(value) for name, value in found.items()}

    def faults(self) -> list[str]:
        """Return every finding that is wrong under any circumstances, named; extra copies need a judge."""
        kinds = ("lost", "unexplained", "late", "unknown", "unkeyed", "unequal", "open")
        return [f"{kind}: {line}" for kind in kinds for line in getattr(self, kind)]


class _Row(NamedTuple):
    id: UUID
    state: str
    not_after: datetime


class _Attempt(NamedTuple):
    dispatch_id: UUID
    number: int
    send_key: str
    outcome: str | None
    begun_at: datetime


class _Facts:
    """The ledger and the database, side by side."""

    def __init__(self, ledger: Sequence[HandOver]) -> None:
        db.session.rollback()
        # What staff read once a day may lie ahead when everything else has ended.
        ahead = and_(Dispatch.purpose == Purpose.SUMMARY, Dispatch.state == State.SCHEDULED)
        rows = select(Dispatch.id, Dispatch.state, Dispatch.not_after).where(not_(ahead))
        tried = select(*(getattr(DeliveryAttempt, name) for name in _Attempt._fields))
        self.rows = {row.id: _Row(*row) for row in db.session.execute(rows)}
        self.attempts: dict[UUID, list[_Attempt]] = defaultdict(list)
        self.row_of: dict[str, UUID] = {}
        for found in db.session.execute(tried.order_by(DeliveryAttempt.number)):
            attempt = _Attempt(*found)
            self.attempts[attempt.dispatch_id].append(attempt)
            self.row_of[attempt.send_key] = attempt.dispatch_id
        db.session.rollback()
        self.copies: dict[str, list[HandOver]] = defaultdict(list)
        for hand_over in ledger:
            self.copies[hand_over.key].append(hand_over)
        self.handed_over = {self.row_of[key] for key in self.copies if key in self.row_of}
        self.attempts_of_key = Counter(one.send_key for tried in self.attempts.values() for one in tried)
        self.cut_off = [one for tried in self.attempts.values() for one in _cut_off(tried)]


def check(
    ledger: Sequence[HandOver],
    strikes: Sequence[Strike] = (),
    *,
    excused: Collection[str] = (),
    on_the_way: timedelta = ON_THE_WAY,
) -> Verdict:
    """Compare the whole ledger with the whole database; rows that ended in an excused state need no hand-over."""
    facts = _Facts(ledger)
    extra = {key: copies[1:] for key, copies in facts.copies.items() if len(copies) > 1}
    return Verdict(
        rows=len(facts.rows),
        hand_overs=len(ledger),
        strikes=len(strikes),
        lost=_lost(facts, excused),
        extra=[_name(facts, key, f"copy at {copy.at}") for key, later in extra.items() for copy in later],
        unexplained=_unexplained(facts, extra, {strike.process for strike in strikes}),
        late=_late(facts, on_the_way),
        unknown=_unknown(facts),
        unkeyed=_unkeyed(facts, ledger),
        unequal=[
            _name(facts, key, "copies differ")
            for key, later in extra.items()
            if len({copy.digest for copy in facts.copies[key]}) > 1
        ],
        open=[f"row {row.id} is {row.state}" for row in facts.rows.values() if row.state in OPEN_STATES],
        cut_off=[f"row {one.dispatch_id} attempt {one.number}" for one in facts.cut_off],
        states=dict(Counter(row.state for row in facts.rows.values())),
    )


def _lost(facts: _Facts, excused: Collection[str]) -> list[str]:
    fine = {*excused, *OPEN_STATES} - {State.ACCEPTED}
    return [
        f"row {row.id} is {row.state} and was never handed over"
        for row in facts.rows.values()
        if row.id not in facts.handed_over and row.state not in fine
    ]


def _unexplained(facts: _Facts, extra: dict[str, list[HandOver]], struck: set[int]) -> list[str]:
    cut_off = Counter(one.send_key for one in facts.cut_off)
    found = [
        _name(facts, key, f"{len(later)} extra, {cut_off[key]} attempts cut off")
        for key, later in extra.items()
        if len(later) > cut_off[key]
    ]
    for key in extra:
        from_others = [copy for copy in facts.copies[key] if copy.process not in {0, *struck}]
        if len(from_others) > 1:
            found.append(_name(facts, key, f"{len(from_others)} copies from processes that were not struck"))
    return found


def _late(facts: _Facts, on_the_way: timedelta) -> list[str]:
    found = [
        f"row {one.dispatch_id} attempt {one.number} begun at {one.begun_at}"
        for tried in facts.attempts.values()
        for one in tried
        if one.begun_at >= facts.rows[one.dispatch_id].not_after
    ]
    for key, row_id in facts.row_of.items():
        end = facts.rows[row_id].not_after
        for copy in facts.copies.get(key, ()):
            if copy.at > end + on_the_way:
                found.append(_name(facts, key, f"handed over at {copy.at}, wanted until {end}"))
            # A mail's header holds whole seconds.
            if copy.not_after is not None and abs(copy.not_after - end) >= timedelta(seconds=1):
                found.append(_name(facts, key, f"to be shown until {copy.not_after}, wanted until {end}"))
    return found


def _unknown(facts: _Facts) -> list[str]:
    found = [
        _name(facts, key, f"{len(copies)} hand-overs, {facts.attempts_of_key[key]} attempts")
        for key, copies in facts.copies.items()
        if key and len(copies) > facts.attempts_of_key[key]
    ]
    found += [
        f"row {row.id} is accepted and no attempt says so"
        for row in facts.rows.values()
        if row.state == State.ACCEPTED
        and not any(one.outcome in ACCEPTED for one in facts.attempts.get(row.id, ()))
    ]
    return found


def _unkeyed(facts: _Facts, ledger: Sequence[HandOver]) -> list[str]:
    found = [f"a hand-over to {one.address} at {one.at} has no key" for one in ledger if not one.key]
    keys: dict[tuple[UUID, str, str], set[str]] = defaultdict(set)
    for one in ledger:
        if one.key in facts.row_of:
            keys[facts.row_of[one.key], one.channel, one.address].add(one.key)
    found += [
        f"row {row_id} went under {len(used)} keys" for (row_id, *_), used in keys.items() if len(used) > 1
    ]
    return found


def _cut_off(tried: Sequence[_Attempt]) -> list[_Attempt]:
    """Attempts of which nobody learned what came; after an acceptance that was known none would have followed."""
    return [
        one
        for one in tried
        if one.outcome in {None, AttemptOutcome.UNKNOWN} or (one.outcome in ACCEPTED and one is not tried[-1])
    ]


def _name(facts: _Facts, key: str, what: str) -> str:
    return f"row {facts.row_of.get(key, 'of no attempt')} key {key}: {what}"
