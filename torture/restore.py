"""A backup while everything writes and sends, and a service that goes on from it (R24).

Usage: python -m torture.restore
"""

import sys
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from tests.cast import build_cast
from tests.jobs.due_rows import make_due, make_patient
from tests.jobs.worker_processes import wait_until
from torture.database_traffic import Traffic
from torture.figures import publish
from torture.kill import still_open
from torture.ledger import HandOver, Log, read_ledger, read_strikes
from torture.nursery import Order
from torture.restore_judge import Before, Judge
from torture.restore_keepers import Keeper, keeper_of
from torture.restore_phones import Phones
from torture.stage import DATABASES
from torture.target import Report, quieten
from torture.workers import Nursery
from tracker import clock
from tracker.db import db
from tracker.delivery.models import Dispatch, WorkerHeartbeat

ROUNDS = 20
PATIENCE_SECONDS = 60
# How many messages leave before a backup begins, and again once it has been taken.
HAND_OVERS = 25
AT_ONCE, EVERY_SECONDS = 5, 0.05
PROVIDER_SECONDS = 0.01
BRISK = {
    "lease_seconds": 5,
    "send_timeout_seconds": 1,
    "sender_threads": 2,
    "claim_batch": 4,
    "tick_seconds": 1,
}
# Whoever finishes has a clock so far ahead: every lease in the backup is over, and so are the brief windows.
LATER_SECONDS = BRISK["lease_seconds"] + 1
BRIEF, BRIEF_DUE, BRIEF_OVER = 5, timedelta(seconds=2), timedelta(seconds=4)
LOOK_WHILE_PAUSED = timedelta(seconds=3)


class Life:
    """One service through many backups and restores; a thread of it plans, so that there is always something due."""

    def __init__(self, keeper: Keeper, nursery: Nursery, workers: int) -> None:
        self._keeper, self._nursery, self._workers = keeper, nursery, workers
        self._stage = keeper.stage
        self._cast, self._patient = build_cast(self._stage.app), make_patient(clock.now())
        self._log = Log(self._stage.folder / "ledger")
        self.judge = Judge(Phones(self._cast))

    def live_through(self, number: int) -> None:
        """Write and send, back up meanwhile, stop everything, restore, look, resume, and judge."""
        file = self._stage.folder / f"backup-{number}"
        started = self._log.count()
        running = [self._nursery.start(self._order()) for _ in range(self._workers)]
        with Traffic(self._stage, self._cast, self._plan) as traffic:
            self._wait_for(started + HAND_OVERS)
            self.judge.phones.look_before()
            before = self._note(traffic)
            self._keeper.back_up(file)
            self.judge.written_meanwhile += len(_acknowledged(traffic)) - len(before.acknowledged)
            self.judge.handed_over_meanwhile += self._log.count() - before.handed_over
            self._wait_for(self._log.count() + HAND_OVERS)
            for worker in running:
                self._nursery.kill(worker)
        self.judge.phones.look_after()
        assert not traffic.surprises, traffic.surprises
        self._keeper.restore(file)
        file.unlink()
        self._command("restored")
        self.judge.look(before, self._since(started))
        self.judge.left_while_paused += self._start_paused()
        self.judge.compare(before, self._resume())
        self.judge.phones.come_back()

    def _note(self, traffic: Traffic) -> Before:
        """Say what is committed; windows end while the service is down."""
        now = clock.now()
        brief = make_due(self._patient, now + BRIEF_DUE, BRIEF, not_after=now + BRIEF_OVER)
        states = dict(db.session.execute(select(Dispatch.id, Dispatch.state)).all())
        db.session.rollback()
        return Before(clock.now(), _acknowledged(traffic), states, self._log.count(), frozenset(brief))

    def _start_paused(self) -> int:
        """Start a worker as an operator does after a restore, and return how many messages it hands over."""
        started, seen = clock.now(), self._log.count()
        ticked = select(func.count()).where(
            WorkerHeartbeat.started_at >= started,
            WorkerHeartbeat.last_tick_at >= started + LOOK_WHILE_PAUSED,
        )
        worker = self._nursery.start(self._order(paused=True))
        wait_until(lambda: bool(_count(ticked)), PATIENCE_SECONDS, "a look of a worker that is paused")
        self._nursery.stop(worker)
        return self._log.count() - seen

    def _resume(self) -> list[HandOver]:
        """Let messages leave again, see every one of them end, and return what was handed over."""
        seen = self._log.count()
        self._command("reminders", "resume")
        wait_until(self._is_finished, PATIENCE_SECONDS, "the end of every message")
        return self._since(seen)

    def _command(self, *words: str) -> None:
        done = self._stage.app.test_cli_runner().invoke(args=words)
        assert done.exit_code == 0, done.output

    def _is_finished(self) -> bool:
        self._nursery.run(self._order(ahead_seconds=LATER_SECONDS))
        return not still_open()

    def _plan(self, stop: threading.Event) -> None:
        while not stop.wait(EVERY_SECONDS):
            with self._stage.app.app_context():
                make_due(self._patient, clock.now(), AT_ONCE)

    def _order(self, **changes: Any) -> Order:
        return Order(BRISK, str(self._log.path), PROVIDER_SECONDS, **changes)

    def _wait_for(self, hand_overs: int) -> None:
        wait_until(lambda: self._log.count() >= hand_overs, PATIENCE_SECONDS, f"hand-over {hand_overs}")

    def _since(self, seen: int) -> list[HandOver]:
        return read_ledger(self._log.path)[seen:]


def restore(keeper: Keeper, rounds: int = ROUNDS) -> Report:
    """Play so many rounds on one service."""
    place = keeper.stage
    workers = 1 if place.settings.is_sqlite else 2
    with Nursery(place.settings, place.folder) as nursery:
        life = Life(keeper, nursery, workers)
        for number in range(rounds):
            life.live_through(number)
        return life.judge.report(rounds, read_strikes(nursery.strikes.path))


def _acknowledged(traffic: Traffic) -> dict[str, UUID]:
    return {key: logged for heard in traffic.heard for key, logged in heard.acknowledged.copy().items()}


def _count(statement: Select[int]) -> int:
    db.session.rollback()
    return db.session.scalar(statement) or 0


def main() -> int:
    """Play all of it and return the exit status."""
    quieten()
    met = True
    for database in DATABASES:
        with keeper_of(database) as keeper:
            seen = restore(keeper)
        met &= publish(
            f"Restored from a backup (R24), {database}", seen.figures, seen.missed and seen.findings
        )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
