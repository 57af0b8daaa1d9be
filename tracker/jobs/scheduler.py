"""The timetable of the worker, as one table; the only place that knows APScheduler."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

from apscheduler.events import EVENT_SCHEDULER_STARTED
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

from tracker import clock
from tracker.config import Settings
from tracker.jobs import tasks
from tracker.jobs.tasks import Worker

# Spreads the ticks of several workers over time.
JITTER = 0.2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timetable: what is done, and after how many seconds again."""

    task: Callable[[Worker], None]
    every_seconds: Callable[[Settings], float]


TIMETABLE = (
    Entry(tasks.dispatch_due, lambda settings: settings.tick_seconds),
    Entry(tasks.tell_alive, lambda _: 60),
    Entry(tasks.assess_missed, lambda _: 60),
    Entry(tasks.hand_back, lambda _: 60),
    Entry(tasks.take_back, lambda _: 60),
    Entry(tasks.forget_secrets, lambda _: 3600),
    Entry(tasks.forget_reminders, lambda _: 24 * 3600),
)


def build(
    worker: Worker, on_start: Callable[[], None], timetable: tuple[Entry, ...] = TIMETABLE
) -> BlockingScheduler:
    """Return a scheduler with every entry due now; it keeps nothing, for the database knows what is due."""
    # A tick that outlasts its interval is no fault: it drains a backlog.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    logging.getLogger("apscheduler.executors").setLevel(logging.WARNING)  # it would tell of every tick
    scheduler = BlockingScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for entry in timetable:
        seconds = entry.every_seconds(worker.settings)
        scheduler.add_job(
            _guarded,
            "interval",
            args=[entry.task, worker],
            seconds=seconds,
            jitter=seconds * JITTER,
            next_run_time=clock.now(),
            id=entry.task.__name__,
        )
    scheduler.add_listener(lambda _: on_start(), EVENT_SCHEDULER_STARTED)
    return scheduler


def begin_anew(scheduler: BaseScheduler) -> None:
    """Make every entry due now: after a step back of the wall clock it would wait until that has caught up."""
    for job in scheduler.get_jobs():
        job.modify(next_run_time=clock.now())


def _guarded(task: Callable[[Worker], None], worker: Worker) -> None:
    # The type alone is logged: the text of a database error holds values of the row.
    try:
        task(worker)
    except Exception as error:
        log.error("%s failed: %s", task.__name__, type(error).__name__)
