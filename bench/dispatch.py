"""How fast reminders leave, on PostgreSQL: beside one job for each, with slow providers, and among very many rows."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from bench.apps import create_migrated, settings_of
from bench.messages import Kind, make_patients, make_void_sessions, write_messages
from bench.one_job_each import do_nothing, end_unwanted, jobs_of_apscheduler
from bench.servers import cpu_seconds
from bench.speeds import Speed, stopwatch
from bench.worker_process import WorkerProcess
from tests.jobs.due_rows import RecordingChannel
from tests.support.postgres import PostgresServer
from tracker import clock, ids
from tracker.db import db, transaction
from tracker.delivery import service, statements
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.rules.verdicts import Drop
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, Reason, State
from tracker.jobs.dispatch import TickReport, run_once
from tracker.people import patients

PATIENTS = 1000
# Claimed at once: as few as one sender of a worker does by default, and more by setting (CLAIM_BATCH).
BATCHES = (5, 200)
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
    one_empty_job_each: list[Speed]
    one_job_each: list[Speed]
    marked: list[Speed]
    # By how many are claimed at once.
    ended: dict[int, list[Speed]]
    ended_among_many: list[Speed]
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
            make_void_sessions(clock.now())

    def add(self, kind: Kind) -> None:
        """Write so many more messages."""
        with self._app.app_context():
            write_messages([kind], PATIENTS, self._written)
        self._written += kind.count

    def add_due(self, number: int) -> None:
        """Write so many messages that are due."""
        self.add(Kind(number, clock.now() - timedelta(minutes=1)))

    def add_unwanted(self, number: int) -> None:
        """Write so many messages that are due, of sessions that were entered in error."""
        self.add(Kind(number, clock.now() - timedelta(minutes=1), anchored=True))

    def mark(self, number: int, batch: int) -> Speed:
        """Claim so many messages in batches and mark each as handed over, and nothing else."""
        self.add_due(number)
        done, owner = Drop(State.ACCEPTED, Reason.ACCEPTED), ids.new_id()
        lease = timedelta(minutes=1)
        with self._app.app_context(), stopwatch(self._server_pid, number) as speeds:
            left = number
            while left:
                with transaction():
                    now = statements.database_now()
                    claims = service.claim(Purpose.REMINDER, owner, now, batch=batch, lease=lease)
                with transaction():
                    patients.move_positions({claim.patient_id for claim in claims})
                    ends = {claim.dispatch_id: done for claim in claims}
                    left -= len(statements.end_claimed(ends, claims[0].token, statements.database_now()))
        return speeds[0]

    def end(self, number: int, batch: int) -> Speed:
        """Let one sender of the engine claim so many messages in batches and end them, for nobody wants them."""
        self.add_unwanted(number)
        settings = replace(settings_of(self._folder, self._url), sender_threads=1, claim_batch=batch)
        exits = RecordingChannel().exits
        with self._app.app_context(), stopwatch(self._server_pid, number) as speeds:
            report = run_once(settings, ids.new_id(), exits=exits)
        assert report == TickReport(claimed=number, suppressed=number), (report, number)
        return speeds[0]

    def end_with_one_job_each(self, jobs_url: str, number: int) -> Speed:
        """Let APScheduler run a stored job for each of so many messages that nobody wants, which ends it."""
        first = self._written
        self.add_unwanted(number)
        arguments = [(which, which % PATIENTS) for which in range(first, first + number)]
        speed = one_job_each(jobs_url, self._server_pid, end_unwanted, arguments, self._app)
        with self._app.app_context():
            mine = Dispatch.id.between(UUID(int=first), UUID(int=first + number - 1))
            ended = select(func.count()).where(mine, Dispatch.state == State.SUPPRESSED)
            assert db.session.scalar(ended) == number
            db.session.rollback()
        return speed

    def do_nothing_with_one_job_each(self, jobs_url: str, number: int) -> Speed:
        """Let APScheduler run so many stored jobs that touch nothing."""
        return one_job_each(
            jobs_url, self._server_pid, do_nothing, [(which,) for which in range(number)], self._app
        )

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


def _check_each_accepted_once(first: int, number: int) -> None:
    mine = Dispatch.id.between(UUID(int=first), UUID(int=first + number - 1))
    rows = select(func.count()).where(mine, Dispatch.state == State.ACCEPTED)
    attempts = select(func.count(), func.count(DeliveryAttempt.dispatch_id.distinct())).where(
        DeliveryAttempt.dispatch_id.between(UUID(int=first), UUID(int=first + number - 1)),
        DeliveryAttempt.outcome == AttemptOutcome.ACCEPTED,
    )
    found = (db.session.scalar(rows), *db.session.execute(attempts).one())
    assert found == (number, number, number), (found, number)
    db.session.rollback()


def measure(folder: Path, server: PostgresServer, *, quick: bool) -> Measured:
    """Measure everything; raises AssertionError when a message was lost or handed over twice."""
    sizes = QUICK if quick else FULL
    other = server.create_database("one_job_each")
    reminders = Reminders(folder, server)
    empty_jobs, jobs, marked, handed_over = [], [], [], {}
    ended: dict[int, list[Speed]] = {batch: [] for batch in BATCHES}
    for number in range(sizes.rounds):
        print(f"reminders: round {number + 1} of {sizes.rounds} beside one job each ...", flush=True)
        empty_jobs.append(reminders.do_nothing_with_one_job_each(other, sizes.jobs))
        marked.append(reminders.mark(sizes.claimed, BATCHES[-1]))
        jobs.append(reminders.end_with_one_job_each(other, sizes.jobs))
        for batch, speeds in ended.items():
            speeds.append(reminders.end(sizes.claimed, batch))
    for milliseconds, messages in MESSAGES.items():
        print(f"reminders: a provider that takes {milliseconds} ms ...", flush=True)
        for workers in WORKERS:
            speed = reminders.hand_over(messages // sizes.part, workers, milliseconds)
            handed_over[milliseconds, workers] = speed
    print(f"reminders: writing {sizes.to_come:,} that are far ahead ...", flush=True)
    reminders.add(Kind(sizes.to_come, clock.now() + timedelta(days=1), spread=timedelta(days=30)))
    among = [reminders.end(sizes.claimed, BATCHES[-1]) for _ in range(sizes.rounds)]
    last = reminders.hand_over(MESSAGES[0] // sizes.part, 1, 0)
    return Measured(sizes.to_come, empty_jobs, jobs, marked, ended, among, handed_over, last)


def one_job_each(
    url: str,
    server_pid: int | None,
    function: Callable[..., None],
    arguments: Sequence[tuple[int, ...]],
    app: Flask,
) -> Speed:
    """Let APScheduler run a stored job that is due for each of these arguments."""
    with (
        jobs_of_apscheduler(url, function, arguments, app) as run,
        stopwatch(server_pid, len(arguments)) as speeds,
    ):
        run()
    return speeds[0]
