"""The common way to send reminders, to compare with: one stored job of APScheduler for each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from uuid import UUID

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import update

from tracker import clock
from tracker.db import db, transaction
from tracker.delivery.models import Dispatch
from tracker.people import patients
from tracker.reminders.first_look import find_unwanted

LONGEST_SECONDS = 120
_open: set[int] = set()
_all_done = Event()
# A stored job knows its function by name, so what the function needs stands beside it.
_app: list[Flask] = []


def do_nothing(number: int) -> None:
    """Send nothing."""
    _finish(number)


def end_unwanted(number: int, patient: int) -> None:
    """Read what is known of one message, and write that it ends, with its patient locked."""
    with _app[0].app_context(), transaction():
        now, dispatch_id = clock.now(), UUID(int=number)
        position = patients.lock_patient(UUID(int=patient)).sync_seq
        drop = find_unwanted([dispatch_id], now)[dispatch_id]
        ended = {"state": drop.state, "reason": drop.reason, "ended_at": now, "sync_seq": position}
        db.session.connection().execute(update(Dispatch).where(Dispatch.id == dispatch_id).values(ended))
    _finish(number)


@contextmanager
def jobs_of_apscheduler(
    url: str, function: Callable[..., None], arguments: Sequence[tuple[int, ...]], app: Flask
) -> Iterator[Callable[[], None]]:
    """Store a job that is due already for each of these arguments, of which the first is its number.

    Yields what runs them all.
    """
    _app[:] = [app]
    _open.update(numbers[0] for numbers in arguments)
    _all_done.clear()
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url)},
        timezone=UTC,
        job_defaults={"misfire_grace_time": None},
    )
    scheduler.start(paused=True)
    due = datetime.now(UTC) - timedelta(minutes=1)
    for numbers in arguments:
        scheduler.add_job(function, "date", run_date=due, args=numbers)

    def run() -> None:
        scheduler.resume()
        if not _all_done.wait(LONGEST_SECONDS):
            raise TimeoutError("APScheduler does not come to an end")

    yield run
    scheduler.shutdown()


def _finish(number: int) -> None:
    _open.discard(number)
    if not _open:
        _all_done.set()
