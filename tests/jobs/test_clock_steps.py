"""A real worker whose wall clock is stepped: nothing leaves twice, nothing early, and it goes on at once."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

from flask import Flask

from tests.delivery.mail_server import Behaviour, mail_server
from tests.jobs.due_rows import make_due, make_patient, outcomes, read_row
from tests.jobs.worker_processes import PATIENCE_SECONDS, Workers, stop, wait_until
from tests.jobs.worker_program import Pedometer
from tests.support.stepped_clock import SteppedClock
from tracker import clock
from tracker.config import Settings

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = timedelta(minutes=10)
# The least interval of which two hold what can come together: a whole one, its jitter, and the look at the clock.
TICK = 2
STRAIGHT = timedelta()
WALK = (STRAIGHT, HOUR, -HOUR, DAY, -DAY, STRAIGHT)  # by how much it is off


class Reader:
    """The time by which the worker reckons: its own on SQLite, the database's on PostgreSQL."""

    def __init__(self, settings: Settings, stepped: SteppedClock) -> None:
        self._settings, self._stepped = settings, stepped

    def now(self) -> datetime:
        return self._stepped.now() if self._settings.is_sqlite else clock.now()


def test_a_step_of_the_clock_sends_nothing_twice_and_nothing_early(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    stepped, behaviour = SteppedClock(tmp_path), Behaviour()
    reader, ticks = Reader(settings, stepped), tmp_path / "ticks"
    patient = make_patient(clock.now())
    with (
        mail_server(behaviour) as address,
        Workers(
            settings,
            tmp_path,
            SMTP_URL=f"smtp://{address}",
            TICK_SECONDS=TICK,
            TICKS_FILE=ticks,
            **stepped.variables,
        ) as workers,
    ):
        worker = workers.start()
        sent: list[UUID] = []
        waiting: dict[UUID, datetime] = {}
        for offset in WALK:
            stepped.step_to(offset)
            now = reader.now()
            waiting |= dict.fromkeys(
                make_due(patient, now + SOON, count=5, not_after=now + 10 * DAY), now + SOON
            )
            sent += make_due(patient, now, count=10, not_after=now + 10 * DAY)
            sent += [row for row, due_at in waiting.items() if due_at <= now]
            waiting = {row: due_at for row, due_at in waiting.items() if due_at > now}
            most = len(sent)
            wait_until(lambda most=most: len(behaviour.received) >= most, PATIENCE_SECONDS, "sending")  # type: ignore[misc]
            assert addresses(behaviour) == Counter(f"{row}@example.org" for row in sent)
        assert worker.poll() is None, "the watchdog took the step for a stall"
        assert stop(worker) == 0
    assert {row: outcomes(row) for row in sent} == {row: ["accepted"] for row in sent}
    assert {read_row(row).state for row in waiting} <= {"scheduled"}
    assert longest_gap(ticks) * Pedometer.SECONDS <= 2 * TICK


def longest_gap(ticks: Path) -> int:
    """Return how many steps the worker walked at most from one tick to the next."""
    at = [int(line) for line in ticks.read_text().splitlines()]
    assert len(at) >= len(WALK), "it ticked after every step of the clock"
    return max(after - before for before, after in pairwise(at))


def addresses(behaviour: Behaviour) -> Counter[str]:
    return Counter(to[0] for to, _content in behaviour.received)
