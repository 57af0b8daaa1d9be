"""A worker killed at each point of a hand-over: what it leaves, and what becomes of that."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from tests.jobs.due_rows import make_due, make_patient
from torture.checker import check
from torture.figures import Figure, exactly
from torture.ledger import read_ledger, read_strikes
from torture.nursery import NOW, POISON, Order
from torture.points import NAMES
from torture.workers import Nursery
from tracker import clock
from tracker.db import db
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.rules.retry import MAX_CLAIMS
from tracker.delivery.vocabulary import AttemptOutcome, State

SIGKILLED = -9


class Standing(NamedTuple):
    """One row: its state, the claims that count against it, what came of its attempts, copies at the provider."""

    state: str
    claims: int
    outcomes: tuple[str | None, ...] = ()
    copies: int = 0


UNTOUCHED = Standing(State.SCHEDULED, 0)
CLAIMED = Standing(State.CLAIMED, 1)
BEGUN = Standing(State.SENDING, 1, (None,))
WITH_PROVIDER = Standing(State.SENDING, 1, (None,), 1)
DONE = Standing(State.ACCEPTED, 1, (AttemptOutcome.ACCEPTED,), 1)

# What may be left by a worker that died at a point; while it commits, either side of the commit.
LEFT: Mapping[str, set[Standing]] = {
    "claim before": {UNTOUCHED},
    "claim written": {UNTOUCHED},
    "claim committing": {UNTOUCHED, CLAIMED},
    "claim committed": {CLAIMED},
    "begin before": {CLAIMED},
    "begin written": {CLAIMED},
    "begin committing": {CLAIMED, BEGUN},
    "begin committed": {BEGUN},
    "provider received": {WITH_PROVIDER},
    "result before": {WITH_PROVIDER},
    "result written": {WITH_PROVIDER},
    "result committing": {WITH_PROVIDER, DONE},
    "result committed": {DONE},
}
AT_ONCE = {UNTOUCHED: DONE}
AFTER_THE_LEASE = {
    CLAIMED: Standing(State.ACCEPTED, 2, (AttemptOutcome.ACCEPTED,), 1),
    BEGUN: Standing(State.ACCEPTED, 2, (AttemptOutcome.UNKNOWN, AttemptOutcome.ACCEPTED), 1),
    WITH_PROVIDER: Standing(State.ACCEPTED, 2, (AttemptOutcome.UNKNOWN, AttemptOutcome.ACCEPTED), 2),
}


@dataclass(frozen=True, slots=True)
class Crash:
    """What was left at one point, and every row that did not stand as it should."""

    point: str
    kills: int
    left: Counter[Standing]
    repeated: int
    wrong: list[str]


def crash(nursery: Nursery, ledger: Path, point: str, times: int) -> Crash:
    """Kill workers at one point, one message each, and follow what they left; no row may be open before."""
    order = Order({"sender_threads": 1, "claim_batch": 1}, str(ledger), point=point)
    rows = make_due(make_patient(clock.now()), clock.now(), count=times)
    wrong = []
    for _ in range(times):
        process = nursery.start(order)
        nursery.strikes.keep_strike(process)
        if (status := nursery.wait(process)) != SIGKILLED:
            wrong.append(f"{point}: a worker ended with {status}")
    left = stand(rows, ledger)
    wrong += [f"{point}: row {row} is {is_now}" for row, is_now in left.items() if is_now not in LEFT[point]]
    wrong += _follow(nursery, ledger, point, left, NOW, AT_ONCE)
    after_the_lease = nursery.settings.lease_seconds + 1
    wrong += _follow(nursery, ledger, point, left, after_the_lease, AT_ONCE | AFTER_THE_LEASE)
    twice = sum(now.copies - 1 for now in stand(rows, ledger).values())
    verdict = check(read_ledger(ledger), read_strikes(nursery.strikes.path))
    return Crash(point, times, Counter(left.values()), twice, wrong + verdict.faults())


def _follow(
    nursery: Nursery,
    ledger: Path,
    point: str,
    left: Mapping[UUID, Standing],
    ahead_seconds: float,
    moved: Mapping[Standing, Standing],
) -> list[str]:
    """Let a worker do a round so much later; return every row that is not where that brings it."""
    nursery.run(Order({}, str(ledger), ahead_seconds=ahead_seconds))
    return [
        f"{point}: row {row} was {left[row]} and is {is_now} {ahead_seconds:.0f} s later"
        for row, is_now in stand(left, ledger).items()
        if is_now != moved.get(left[row], left[row])
    ]


def stand(rows: Collection[UUID], ledger: Path) -> dict[UUID, Standing]:
    """Return how these rows stand in the database and with the provider."""
    db.session.rollback()
    copies = Counter(hand_over.key for hand_over in read_ledger(ledger))
    outcomes: dict[UUID, list[str | None]] = defaultdict(list)
    keys: dict[UUID, set[str]] = defaultdict(set)
    tried = select(DeliveryAttempt.dispatch_id, DeliveryAttempt.outcome, DeliveryAttempt.send_key)
    for row, outcome, key in db.session.execute(tried.order_by(DeliveryAttempt.number)):
        outcomes[row].append(outcome)
        keys[row].add(key)
    return {
        row: Standing(state, claims, tuple(outcomes[row]), sum(copies[key] for key in keys[row]))
        for row, state, claims in db.session.execute(select(Dispatch.id, Dispatch.state, Dispatch.claims))
        if row in rows
    }


def poison(nursery: Nursery, ledger: Path, count: int) -> Crash:
    """Let rows kill every worker that looks at them, among others that do not; no row may be open before."""
    patient = make_patient(clock.now())
    deadly = make_due(patient, clock.now(), count=count, step_key=POISON)
    others = make_due(patient, clock.now(), count=count)
    lease = nursery.settings.lease_seconds + 1
    kills, wrong = 0, []
    for claims in range(MAX_CLAIMS + 1):
        order = Order(
            {"sender_threads": 1, "claim_batch": 1}, str(ledger), ahead_seconds=claims * lease + NOW
        )
        while nursery.wait(nursery.start(order)) == SIGKILLED:
            kills += 1
        if claims == 0:
            wrong += _unlike(others, ledger, DONE)
    wrong += _unlike(deadly, ledger, Standing(State.DEAD, MAX_CLAIMS + 1))
    wrong += _unlike(others, ledger, DONE)
    if kills != count * MAX_CLAIMS:
        wrong.append(f"{kills} workers died of {count} rows")
    reasons = set(db.session.scalars(select(Dispatch.reason).where(Dispatch.state == State.DEAD)))
    if reasons != {"claims_exhausted"}:
        wrong.append(f"poison ended because of {reasons}")
    verdict = check(read_ledger(ledger), read_strikes(nursery.strikes.path), excused={State.DEAD})
    return Crash(
        "a row that kills its workers", kills, Counter(), len(verdict.extra), wrong + verdict.faults()
    )


def _unlike(rows: Sequence[UUID], ledger: Path, wanted: Standing) -> list[str]:
    return [f"row {row} is {found}" for row, found in stand(rows, ledger).items() if found != wanted]


def figures(crashes: Sequence[Crash]) -> list[Figure]:
    """Return for every point how many rows did not stand as the table says, and how many went out twice."""
    lines = []
    for seen in crashes:
        lines.append(exactly(f"{seen.point}, {seen.kills} kills: wrong rows", len(seen.wrong), 0))
        if with_provider := seen.left[WITH_PROVIDER]:
            lines.append(exactly("    handed over twice", seen.repeated, with_provider))
    return lines


assert set(LEFT) == set(NAMES)
