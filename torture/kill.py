"""SIGKILL in the middle of dispatch, again and again, while more reminders are being planned.

One kill may repeat whatever that worker had in flight, one message per sender thread. The long run has one sender per
worker, so that its goal is an extra copy per kill at most; both figures are printed: what was in flight, and what was
repeated of it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from tests.jobs.due_rows import make_due, make_patient
from tests.jobs.worker_processes import wait_until
from torture.checker import Verdict, check
from torture.figures import Figure, at_most, exactly
from torture.ledger import Tail, read_ledger, read_strikes
from torture.nursery import Order
from torture.workers import Nursery
from tracker import clock
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import State
from tracker.people.models import Patient

PATIENTS = 20
PATIENCE_SECONDS = 180
BRIEF_SECONDS = (0.02, 0.5)


@dataclass(frozen=True, slots=True)
class Load:
    """How many reminders, how many kills, and the workers that are killed."""

    reminders: int
    kills: int
    workers: int
    # What each worker may have in flight, and so what one kill may repeat.
    threads: int = 1
    # On top of them: reminders whose window is about to end while workers are being killed.
    brief: int = 0
    # Left for after the last kill: what dead workers hold until their leases end cannot be waited for.
    spare: int = 100
    seed: int = 0


Blow = Callable[[Nursery, int], None]


class Storm:
    """The workers that run, and what the provider has seen of them."""

    def __init__(self, nursery: Nursery, order: Order, ledger: Path, load: Load, blow: Blow) -> None:
        self._nursery, self._order, self._load, self._blow = nursery, order, load, blow
        self._tail = Tail(ledger)
        self._random = Random(load.seed)
        self._seen: set[int] = set()
        self.handed_over = 0
        self.running = [nursery.start(order) for _ in range(load.workers)]

    def rage(self, patients: Sequence[Patient]) -> None:
        """Strike one worker in the middle of its work for every share of the reminders that is handed over."""
        load = self._load
        for kill in range(1, load.kills + 1):
            share = kill * (load.reminders - load.spare) // load.kills
            wait_until(lambda most=share: self._reached(most), PATIENCE_SECONDS, f"hand-over {share}")  # type: ignore[misc]
            victim = self._random.choice([one for one in self.running if self._at_work(one)])
            self._blow(self._nursery, victim)
            self.running.remove(victim)
            self.running.append(self._nursery.start(self._order))
            plan(patients, planned_by(load, kill) - planned_by(load, kill - 1), self._random)
            plan_brief(
                patients,
                load.brief * kill // load.kills - load.brief * (kill - 1) // load.kills,
                self._random,
            )

    def settle(self, last: Order) -> None:
        """See all of them end well, and finish what they left at a moment when their leases are over."""
        for worker in self.running:
            self._nursery.stop(worker)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while still_open() and time.monotonic() < deadline:
            self._nursery.run(last)

    def _reached(self, share: int) -> bool:
        for hand_over in self._tail.read():
            self.handed_over += 1
            self._seen.add(hand_over.process)
        return self.handed_over >= share and any(map(self._at_work, self.running))

    def _at_work(self, worker: int) -> bool:
        # A mail server does not know which worker it talks to.
        return worker in self._seen or (0 in self._seen and worker == self.running[0])


def torment(
    nursery: Nursery, load: Load, order: Order, ledger: Path, last: Order, blow: Blow = Nursery.kill
) -> Verdict:
    """Plan, strike, let the last workers finish, and judge; needs an application context with an empty database."""
    patients = [make_patient(clock.now()) for _ in range(PATIENTS)]
    plan(patients, planned_by(load, 0), Random(load.seed))
    storm = Storm(nursery, order, ledger, load, blow)
    storm.rage(patients)
    storm.settle(last)
    return check(
        read_ledger(ledger),
        read_strikes(nursery.strikes.path),
        excused={State.EXPIRED},
        on_the_way=timedelta(seconds=nursery.settings.send_timeout_seconds),
    )


def planned_by(load: Load, kill: int) -> int:
    """Return how many reminders there are after so many kills: half of them come while workers are killed."""
    return load.reminders // 2 + (load.reminders - load.reminders // 2) * kill // load.kills


def plan(patients: Sequence[Patient], count: int, choice: Random) -> None:
    """Plan reminders that are due now, as a request does."""
    if count > PATIENTS:
        for patient in patients:
            make_due(patient, clock.now(), count=count // PATIENTS)
    make_due(choice.choice(patients), clock.now(), count=count % PATIENTS if count > PATIENTS else count)


def plan_brief(patients: Sequence[Patient], count: int, choice: Random) -> None:
    """Plan reminders that go first, and whose window is about to end."""
    now = clock.now()
    for _ in range(count):
        until = now + timedelta(seconds=choice.uniform(*BRIEF_SECONDS))
        make_due(choice.choice(patients), now - timedelta(hours=1), not_after=until)


def still_open() -> int:
    """Return how many reminders have not ended."""
    db.session.rollback()
    statement = select(func.count()).select_from(Dispatch).where(Dispatch.ended_at.is_(None))
    return db.session.execute(statement).scalar_one()


def waited_for_leases() -> int:
    """Return how many reminders came back only because the lease of somebody ended."""
    db.session.rollback()
    statement = select(func.count()).select_from(Dispatch).where(Dispatch.claims > 1)
    return db.session.execute(statement).scalar_one()


def figures(load: Load, verdict: Verdict, seconds: float) -> list[Figure]:
    """Return what the kills did, each beside its goal."""
    ended = {state: count for state, count in verdict.states.items() if state != State.EXPIRED}
    return [
        exactly("kills of workers at work", verdict.strikes, load.kills),
        exactly("reminders", verdict.rows, load.reminders + load.brief),
        Figure("hand-overs", verdict.hand_overs),
        Figure("attempts cut off in flight", len(verdict.cut_off)),
        exactly("never handed over", len(verdict.lost), 0),
        at_most("extra hand-overs", len(verdict.extra), verdict.strikes * load.threads),
        exactly("extra beyond what was cut off", len(verdict.unexplained), 0),
        exactly("copies under another key", len(verdict.unkeyed), 0),
        exactly("copies with other bytes", len(verdict.unequal), 0),
        exactly("after not-after", len(verdict.late), 0),
        exactly("without an attempt row", len(verdict.unknown), 0),
        exactly("open at the end", len(verdict.open), 0),
        exactly("ended as neither accepted nor expired", len(ended.keys() - {State.ACCEPTED}), 0),
        at_most("expired, all with a short window", verdict.states.get(State.EXPIRED, 0), load.brief),
        Figure("seconds", round(seconds, 1)),
    ]
