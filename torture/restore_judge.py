"""Compares a restored service with what was committed when its backup began, and with what its provider saw."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from torture.checker import check
from torture.database_traffic import Heard, lost
from torture.figures import Figure, at_least, exactly
from torture.ledger import HandOver, Strike
from torture.restore_phones import Phones
from torture.target import Report
from tracker.db import db
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.vocabulary import State


@dataclass(frozen=True, slots=True)
class Before:
    """What was committed when a backup began; the windows of the brief messages end before sending is resumed."""

    at: datetime
    acknowledged: dict[str, UUID]
    states: dict[UUID, str]
    handed_over: int
    brief: frozenset[UUID]


@dataclass(slots=True)
class Judge:
    """What all rounds together showed."""

    phones: Phones
    acknowledged: int = 0
    written_meanwhile: int = 0
    handed_over_meanwhile: int = 0
    forgotten: int = 0
    repeated: int = 0
    left_while_paused: int = 0
    over: int = 0
    lost: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    # Every hand-over that the database ought to know of.
    _known: list[HandOver] = field(default_factory=list)
    # Those of this round that it cannot know of, by their recipient, who stands for one message.
    _forgotten: dict[str, list[HandOver]] = field(default_factory=dict)
    _accepted: frozenset[str] = frozenset()

    def look(self, before: Before, handed_over: Sequence[HandOver]) -> None:
        """Judge a database that was just restored, with what had been handed over in this round."""
        states = _states()
        keys = set(db.session.scalars(select(DeliveryAttempt.send_key)))
        self._accepted = frozenset(_address(row) for row, state in states.items() if state == State.ACCEPTED)
        self._known += [one for one in handed_over if one.key in keys]
        forgotten = [one for one in handed_over if one.key not in keys]
        self._forgotten = defaultdict(list)
        for one in forgotten:
            self._forgotten[one.address].append(one)
        self.acknowledged += len(before.acknowledged)
        self.forgotten += len(forgotten)
        self.lost += lost([Heard(acknowledged=before.acknowledged)])
        self.lost += [f"message {row} is not there" for row in before.states.keys() - states.keys()]
        self.lost += [
            f"message {row} had ended as {state} and is {states[row]}"
            for row, state in before.states.items()
            if state in (State.ACCEPTED, State.EXPIRED) and states.get(row, state) != state
        ]
        self.lost += [f"hand-over to {one.address} at {one.at}" for one in forgotten if one.at < before.at]

    def compare(self, before: Before, after: Sequence[HandOver]) -> None:
        """Judge what was handed over once sending was resumed, when every message has ended."""
        self._known += after
        times: dict[str, int] = defaultdict(int)
        for one in after:
            times[one.address] += 1
            copies = self._forgotten.get(one.address, ())
            self.repeated += bool(copies)
            self.unequal += [
                f"{one.address} got {copy.key} and then {one.key}"
                for copy in copies
                if (copy.key, copy.words) != (one.key, one.words)
            ]
            if times[one.address] > 1 or one.address in self._accepted:
                self.again.append(f"{one.address}, {times[one.address]} times after the restore")
        states = _states()
        self.over += sum(states.get(row) == State.EXPIRED for row in before.brief)

    def report(self, rounds: int, strikes: Sequence[Strike]) -> Report:
        """Put everything beside its goal, with the findings of the checker of all runs."""
        found = check(self._known, strikes, excused={State.EXPIRED})
        least = rounds // 10  # a backup of a small database may fall between two of them
        made = Report()
        made.add(
            Figure("backups taken and restored", rounds),
            Figure("writes acknowledged before a backup began", self.acknowledged),
            at_least("  while one was being taken", self.written_meanwhile, least),
            at_least("hand-overs while one was being taken", self.handed_over_meanwhile, least),
            exactly("committed before and lost, changed or torn", len(self.lost), 0),
            exactly("handed over while sending was paused", self.left_while_paused, 0),
            at_least("hand-overs that a backup does not know of", self.forgotten, 1),
            at_least("  handed over once more", self.repeated, 1),
            exactly("  of these under another key or in other words", len(self.unequal), 0),
            exactly("handed over again though accepted, or twice more", len(self.again), 0),
            at_least("windows that ended before sending was resumed, unsent", self.over, 1),
            Figure("phones that come back after a restore", self.phones.asked),
            exactly("  told to fetch everything again", self.phones.told, self.phones.asked),
            exactly("  rows they then miss, or show though forgotten", len(self.phones.differences), 0),
            Figure("messages in the end", found.rows),
            exactly("findings of the checker", len(found.faults()), 0),
            findings=[*self.lost, *self.unequal, *self.again, *self.phones.differences, *found.faults()],
        )
        return made


def _states() -> dict[UUID, str]:
    db.session.rollback()
    return dict(db.session.execute(select(Dispatch.id, Dispatch.state)).all())


def _address(row: UUID) -> str:
    # As tests.jobs.due_rows.wanted names whom a message is for.
    return f"{row}@example.org"
