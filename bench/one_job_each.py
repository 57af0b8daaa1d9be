"""The common way to send reminders, to compare with: one stored job of APScheduler for each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

LONGEST_SECONDS = 120
_open: set[int] = set()
_all_done = Event()


def remind(number: int) -> None:
    """Send nothing."""
    _open.discard(number)
    if not _open:
        _all_done.set()


@contextmanager
def jobs_of_apscheduler(url: str, count: int) -> Iterator[Callable[[], None]]:
    """Store so many jobs that are due already; yield what runs them all."""
    _open.update(range(count))
    _all_done.clear()
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url)},
        timezone=UTC,
        job_defaults={"misfire_grace_time": None},
    )
    scheduler.start(paused=True)
    due = datetime.now(UTC) - timedelta(minutes=1)
    for number in range(count):
        scheduler.add_job(remind, "date", run_date=due, args=[number])

    def run() -> None:
        scheduler.resume()
        if not _all_done.wait(LONGEST_SECONDS):
            raise TimeoutError("APScheduler does not come to an end")

    yield run
    scheduler.shutdown()
