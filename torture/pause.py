"""SIGSTOP for longer than the lease, then SIGCONT: others took over, and who wakes up must change nothing of it."""

import signal
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from tests.jobs.due_rows import make_due, make_patient
from torture.checker import Verdict, check
from torture.figures import Figure, at_least, at_most, exactly
from torture.kill import PATIENCE_SECONDS, still_open, waited_for_leases
from torture.ledger import Tail, read_ledger, read_strikes
from torture.nursery import Order
from torture.workers import Nursery
from tracker import clock
from tracker.db import db
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.vocabulary import AttemptOutcome, State

# A worker that is paused inside a transaction keeps its rows locked until it wakes up.
PATIENTS = 50
# Beyond the lease: the next tick of those who are awake, and the time to hand over what they can take.
AFTER_LEASE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Sleepers:
    """How many workers are paused at once, how often, and who goes on meanwhile."""

    at_once: int
    rounds: int
    # Workers that are never paused; 0: one that comes when the leases are over.
    awake: int
    lease_seconds: float
    # How long after a hand-over the pause may begin: on the way back, or with the next message.
    later_seconds: float
    reminders: int = 50


@dataclass(frozen=True, slots=True)
class Awakening:
    """What the checker says, and what workers did to rows they had lost."""

    verdict: Verdict
    taken_over: int
    late_answers: int
    changed: list[str]


class _Night:
    """One run: who is awake, who sleeps, and how every row stood while they slept."""

    def __init__(self, nursery: Nursery, ledger: Path, order: Order, others: Order, plan: Sleepers) -> None:
        self._nursery, self._others, self._plan = nursery, others, plan
        self._tail, self._random = Tail(ledger), Random(0)
        self._patients = [make_patient(clock.now()) for _ in range(PATIENTS)]
        self._over: dict[UUID, tuple[Any, ...]] = {}
        self.changed: list[str] = []
        self._sleepers = [nursery.start(order) for _ in range(plan.at_once)]
        self._awake = [nursery.start(others) for _ in range(plan.awake)]

    def fall_asleep(self) -> None:
        """Pause every sleeper as soon as it has handed something over."""
        self._plan_more()
        self._tail.read()
        waiting = set(self._sleepers)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waiting:
            for process in waiting & {one.process for one in self._tail.read()}:
                time.sleep(self._random.uniform(0, self._plan.later_seconds))
                self._nursery.strike(process, signal.SIGSTOP)
                waiting.discard(process)
            if waiting and not _are_due():
                self._plan_more()
            assert time.monotonic() < deadline, "not every worker came to work"

    def wake_up(self) -> None:
        """Let the others take over, keep how every row then stands, and wake the sleepers."""
        if self._awake:
            time.sleep(self._plan.lease_seconds)
            deadline = time.monotonic() + AFTER_LEASE_SECONDS
            while still_open() and time.monotonic() < deadline:
                time.sleep(0.1)
        else:
            self._nursery.run(self._others)
        self.compare()
        for process in self._sleepers:
            self._nursery.resume(process)

    def compare(self) -> None:
        """Find every row that was over when it was last looked at, and has changed since."""
        now = _rows()
        self.changed += [
            f"row {row} was {before} and is {now[row]}"
            for row, before in self._over.items()
            if now[row] != before
        ]
        self._over = {row: values for row, values in now.items() if values[0] is not None}

    def end(self) -> None:
        """See every worker end well, and every reminder."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._awake and still_open():
            assert time.monotonic() < deadline, "what sleepers held was not finished"
            time.sleep(0.1)
        for process in (*self._sleepers, *self._awake):
            self._nursery.stop(process)
        self.compare()

    def _plan_more(self) -> None:
        for patient in self._patients[: self._plan.reminders]:
            make_due(patient, clock.now(), count=max(self._plan.reminders // PATIENTS, 1))


def pause(nursery: Nursery, ledger: Path, order: Order, others: Order, plan: Sleepers) -> Awakening:
    """Pause workers round by round, while others take over; needs an empty database."""
    night = _Night(nursery, ledger, order, others, plan)
    for _ in range(plan.rounds):
        night.fall_asleep()
        night.wake_up()
    night.end()
    verdict = check(read_ledger(ledger), read_strikes(nursery.strikes.path))
    return Awakening(verdict, waited_for_leases(), _late_answers(), night.changed)


def _are_due() -> bool:
    """Say whether anything waits that nobody has claimed."""
    db.session.rollback()
    return (
        db.session.scalar(select(Dispatch.id).where(Dispatch.state == State.SCHEDULED).limit(1)) is not None
    )


def _rows() -> dict[UUID, tuple[Any, ...]]:
    """Return every column of every row, the moment of its end first."""
    db.session.rollback()
    columns = [column for column in Dispatch.__table__.columns if column.name != "id"]
    found = db.session.execute(select(Dispatch.id, Dispatch.ended_at, *columns))
    return {row[0]: tuple(row[1:]) for row in found}


def _late_answers() -> int:
    """Return how many acceptances stand on an attempt alone, for the row had been accepted without it."""
    accepted = (
        select(func.count().label("times"))
        .where(DeliveryAttempt.outcome == AttemptOutcome.ACCEPTED)
        .group_by(DeliveryAttempt.dispatch_id)
        .subquery()
    )
    return int(db.session.scalar(select(func.sum(accepted.c.times - 1))) or 0)


def figures(seen: Awakening) -> list[Figure]:
    """Return what the pauses did, each beside its goal."""
    verdict = seen.verdict
    return [
        Figure("pauses longer than the lease", verdict.strikes),
        Figure("reminders", verdict.rows),
        at_least("rows taken over from a paused worker", seen.taken_over, 1),
        at_least("late answers, kept on the attempt alone", seen.late_answers, 1),
        exactly("fenced writes that changed a row", len(seen.changed), 0),
        at_most("extra hand-overs", len(verdict.extra), verdict.strikes),
        exactly("lost, late, unknown, unkeyed, unequal, open", len(verdict.faults()), 0),
    ]


def restart_figures(verdict: Verdict, stops: int, lease_waits: int) -> list[Figure]:
    """Return what a storm of SIGTERMs did, each beside its goal."""
    return [
        exactly("SIGTERMs of workers at work", verdict.strikes, stops),
        Figure("reminders", verdict.rows),
        exactly("extra hand-overs", len(verdict.extra), 0),
        exactly("waits for a lease", lease_waits, 0),
        exactly("attempts cut off", len(verdict.cut_off), 0),
        exactly("lost, late, unknown, unkeyed, unequal, open", len(verdict.faults()), 0),
    ]
