"""How fast reminders leave, on PostgreSQL: beside one job for each, with slow providers, and among very many rows."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from bench.apps import create_migrated
from bench.messages import Kind, make_patients, write_messages
from bench.one_job_each import jobs_of_apscheduler
from bench.servers import cpu_seconds
from bench.speeds import Speed, stopwatch
from bench.worker_process import WorkerProcess
from tests.support.postgres import PostgresServer
from tracker import clock, ids
from tracker.db import db, transaction
from tracker.delivery import statements
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.states import Outcome, Purpose, State

PATIENTS = 1000
BATCH = 200
LEASE = timedelta(minutes=10)
WORKERS = (1, 2, 4)
# For each time that a provider takes, so many messages that a run lasts some seconds.
MESSAGES = {0: 2000, 5: 1500, 50: 400}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    rounds: int
    jobs: int
    claimed: int
    to_come: int
    part: int  # of the messages that are handed over


FULL, QUICK = Sizes(3, 3000, 4000, 1_000_000, 1), Sizes(1, 1000, 1000, 100_000, 4)


@dataclass(slots=True)
class Measured:
    """Every number of one run."""

    to_come: int
    one_job_each: list[Speed]
    batches: list[Speed]
    batches_among_many: list[Speed]
    # By the milliseconds that the provider takes, and the number of worker processes.
    handed_over: dict[tuple[int, int], Speed]
    handed_over_among_many: Speed


class Reminders:
    """One database, and messages that fall due in it when they are asked for."""

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        self._folder, self._url = folder, server.create_database("reminders")
        self._server_pid = server.pid
        self._app: Flask = create_migrated(folder, self._url)
        self._written = 0
        with self._app.app_context():
            make_patients(clock.now(), PATIENTS)

    def add(self, kind: Kind) -> None:
        """Write so many more messages."""
        with self._app.app_context():
            write_messages([kind], PATIENTS, self._written)
        self._written += kind.count

    def add_due(self, number: int) -> None:
        """Write so many messages that are due."""
        self.add(Kind(number, clock.now() - timedelta(minutes=1)))

    def claim_and_mark(self, number: int) -> Speed:
        """Take so many messages in batches, and write of each what an accepted hand-over writes."""
        self.add_due(number)
        owner, marked = ids.new_id(), 0
        with self._app.app_context(), stopwatch(self._server_pid, number) as speeds:
            while batch := self._mark_batch(owner):
                marked += batch
        assert marked == number, (marked, number)
        return speeds[0]

    def hand_over(self, number: int, workers: int, milliseconds: int) -> Speed:
        """Let worker processes hand over so many messages to a provider that takes its time for each.

        Raises AssertionError unless each was handed over exactly once, as the provider and the database saw it.
        """
        first = self._written
        self.add_due(number)
        order = {"url": self._url, "folder": str(self._folder), "seconds": milliseconds / 1000}
        with ExitStack() as stack:
            processes = [stack.enter_context(WorkerProcess(order)) for _ in range(workers)]
            database, started = self._database_cpu(), time.perf_counter()
            for process in processes:
                process.begin()
            answers = [process.read() for process in processes]
            seconds, cpu = time.perf_counter() - started, self._database_cpu() - database
        sent = [key for answer in answers for key in answer["keys"]]
        assert len(sent) == len(set(sent)) == number, (len(sent), len(set(sent)), number)
        with self._app.app_context():
            _check_each_accepted_once(first, number)
        cpu += sum(answer["cpu"] for answer in answers)
        return Speed(number / seconds, cpu / number * 1e6)

    def _database_cpu(self) -> float:
        return cpu_seconds(self._server_pid) if self._server_pid else 0.0

    def _mark_batch(self, owner: UUID) -> int:
        """Take one batch, and write for each message what a hand-over writes; return how many."""
        token, now = ids.new_id(), clock.now()
        with transaction():
            taken = statements.claim_due(Purpose.REMINDER, owner, token, now, batch=BATCH, lease=LEASE)
        ended = {"state": State.ACCEPTED, "reason": State.ACCEPTED, "accepted_at": now, "ended_at": now}
        with transaction():
            for row in taken:
                attempt_id = ids.new_id()
                statements.begin(
                    {
                        "id": attempt_id,
                        "dispatch_id": row.id,
                        "number": 1,
                        "channel": "email",
                        "send_key": str(row.id),
                        "claim_token": token,
                        "claimed_by": owner,
                        "begun_at": now,
                    }
                )
                statements.move_sending(row.id, token, ended, give_count_back=False)
                statements.close_attempt(attempt_id, {"outcome": Outcome.ACCEPTED, "ended_at": now})
        return len(taken)


def _check_each_accepted_once(first: int, number: int) -> None:
    mine = Dispatch.id.between(UUID(int=first), UUID(int=first + number - 1))
    rows = select(func.count()).where(mine, Dispatch.state == State.ACCEPTED)
    attempts = select(func.count(), func.count(DeliveryAttempt.dispatch_id.distinct())).where(
        DeliveryAttempt.dispatch_id.between(UUID(int=first), UUID(int=first + number - 1)),
        DeliveryAttempt.outcome == Outcome.ACCEPTED,
    )
    found = (db.session.scalar(rows), *db.session.execute(attempts).one())
    assert found == (number, number, number), (found, number)
    db.session.rollback()


def measure(folder: Path, server: PostgresServer, *, quick: bool) -> Measured:
    """Measure everything; raises AssertionError when a message was lost or handed over twice."""
    sizes = QUICK if quick else FULL
    other = server.create_database("one_job_each")
    reminders = Reminders(folder, server)
    jobs, batches, handed_over = [], [], {}
    for number in range(sizes.rounds):
        print(f"reminders: round {number + 1} of {sizes.rounds} beside one job each ...", flush=True)
        jobs.append(one_job_each(other, server.pid, sizes.jobs))
        batches.append(reminders.claim_and_mark(sizes.claimed))
    for milliseconds, messages in MESSAGES.items():
        print(f"reminders: a provider that takes {milliseconds} ms ...", flush=True)
        for workers in WORKERS:
            speed = reminders.hand_over(messages // sizes.part, workers, milliseconds)
            handed_over[milliseconds, workers] = speed
    print(f"reminders: writing {sizes.to_come:,} that are far ahead ...", flush=True)
    reminders.add(Kind(sizes.to_come, clock.now() + timedelta(days=1), spread=timedelta(days=30)))
    among = [reminders.claim_and_mark(sizes.claimed) for _ in range(sizes.rounds)]
    last = reminders.hand_over(MESSAGES[0] // sizes.part, 1, 0)
    return Measured(sizes.to_come, jobs, batches, among, handed_over, last)


def one_job_each(url: str, server_pid: int | None, number: int) -> Speed:
    """Let APScheduler run so many stored jobs that are due."""
    with jobs_of_apscheduler(url, number) as run, stopwatch(server_pid, number) as speeds:
        run()
    return speeds[0]
