"""Logs, cancellations, withdrawals and quiet hours against dispatch, side by side in two processes (R7).

What counts is exact: the transaction that withdraws reads, before it commits, which hand-overs of its reminder
have an attempt row. Any attempt that is there later and was not there then was begun after the winning commit.

Usage: python -m torture.race
"""

import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from tests.cast import Cast, build_cast
from torture.figures import Figure, at_least, exactly
from torture.race_dispatcher import Dispatcher, Round, dispatcher
from torture.race_lanes import NOON, WITHDRAWALS, Lane, attempts_of, clear, lay, open_among
from torture.stage import POSTGRESQL, SQLITE, Stage
from torture.target import Report, on_each
from tracker import clock
from tracker.clock import MovableClock
from tracker.db import db, transaction

# SQLite lets one process write at a time, and who has to wait sleeps: fewer in the same time.
INTERLEAVINGS = {POSTGRESQL: 40_000, SQLITE: 10_000}
LANES = 16
THREADS = 4
# Longer than the longest pause after a first try.
NEXT_TRY = timedelta(minutes=16)
LONGEST_HEAD_START = 0.04


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """One withdrawal: when it was open, and what it saw of the other side before it committed."""

    lane: Lane
    kind: str
    began: float
    ended: float
    attempts: set[UUID]
    told: int | None


@dataclass(slots=True)
class Tally:
    """What all rounds came to."""

    withdrawals: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    won: int = 0
    lost: int = 0
    at_once: int = 0
    later: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)
    still_open: int = 0


def race(stage: Stage, interleavings: int = 0, seed: int = 3) -> Report:
    """Run rounds until there were so many interleavings, each of one withdrawal with one due reminder."""
    interleavings = interleavings or INTERLEAVINGS[stage.database]
    clock.replace(MovableClock(NOON))
    cast, tally, chance = build_cast(stage.app), Tally(), random.Random(seed)
    # Who is tired of waiting reads what came of it so far, and that it is too little.
    with dispatcher(stage.settings) as other, suppress(KeyboardInterrupt):
        while tally.withdrawals < interleavings:
            run_round(stage, cast, other, tally, chance)
    clock.replace(None)
    return report(tally, interleavings)


def run_round(stage: Stage, cast: Cast, other: Dispatcher, tally: Tally, chance: random.Random) -> None:
    """Withdraw the reminders of new patients while the other process hands them over."""
    lanes = lay(cast, LANES)
    order = lanes if chance.random() < 0.5 else chance.sample(lanes, len(lanes))
    head_start = chance.random() * LONGEST_HEAD_START
    kinds = [chance.choice(list(WITHDRAWALS)) for _ in order]
    shares = [list(zip(order, kinds, strict=True))[start::THREADS] for start in range(THREADS)]
    barrier = threading.Barrier(THREADS + 1)
    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(withdraw_all, stage, share, barrier, head_start) for share in shares]
        barrier.wait(30)
        other.go(NOON)
        found = [one for side in running for one in side.result()]
    first = other.finish()
    other.go(NOON + NEXT_TRY)
    second = other.finish()
    judge(tally, lanes, found, first, second)
    clear(lanes)


def withdraw_all(
    stage: Stage, share: Sequence[tuple[Lane, str]], barrier: threading.Barrier, head_start: float
) -> list[Withdrawn]:
    """Withdraw one reminder after the other and note what each transaction saw before its commit."""
    found: list[Withdrawn] = []
    with stage.app.app_context():
        barrier.wait(30)
        time.sleep(head_start)
        for lane, kind in share:
            began = time.monotonic()
            with transaction():
                told = WITHDRAWALS[kind](lane, NOON)
                attempts = attempts_of([lane])[lane.dispatch_id]
            found.append(Withdrawn(lane, kind, began, time.monotonic(), attempts, told))
    return found


def judge(tally: Tally, lanes: list[Lane], found: Sequence[Withdrawn], first: Round, second: Round) -> None:
    """Compare what each withdrawal saw with what the database and the provider say afterwards."""
    db.session.rollback()
    attempts = attempts_of(lanes)
    sent_to = Counter([*first.sent_to, *second.sent_to])
    for one in found:
        row = one.lane.dispatch_id
        tally.withdrawals += 1
        tally.by_kind[one.kind] += 1
        tally.won += not one.attempts
        tally.lost += bool(one.attempts)
        tally.at_once += one.began <= first.decided.get(row, 0.0) <= one.ended
        later = attempts[row] - one.attempts
        if later:
            tally.later.append(f"{one.kind}: row {row} was begun {len(later)} times after the commit")
        if sent_to[f"{row}@home.example"] != len(attempts[row]):
            tally.unwritten.append(f"{one.kind}: row {row} left without an attempt row")
        if one.told is not None and not one.told <= len(one.attempts):
            tally.miscounted.append(f"row {row}: told {one.told}, attempts {len(one.attempts)}")
    tally.still_open += open_among([one.lane for one in found if one.kind != "quiet"])


def report(tally: Tally, wanted: int) -> Report:
    """Put the tally beside the goals; a race that only one side ever wins shows nothing."""
    few = tally.withdrawals // 100
    made = Report()
    made.add(
        at_least("interleavings", tally.withdrawals, wanted),
        *(Figure(f"  of these, {kind}", count) for kind, count in sorted(tally.by_kind.items())),
        at_least("committed before any hand-over had begun", tally.won, few),
        at_least("committed after one had begun", tally.lost, few),
        at_least("both transactions open at the same time", tally.at_once, few),
        exactly("attempts begun after the winning commit", len(tally.later), 0),
        exactly("hand-overs without an attempt row", len(tally.unwritten), 0),
        exactly("counts of what is in flight that are wrong", len(tally.miscounted), 0),
        exactly("withdrawn reminders left open", tally.still_open, 0),
        findings=[*tally.later, *tally.unwritten, *tally.miscounted],
    )
    return made


if __name__ == "__main__":
    sys.exit(on_each("Withdrawals against dispatch (R7)", race))
