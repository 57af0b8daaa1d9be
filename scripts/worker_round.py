"""One round of the real worker on a moment of one's choice: the whole timetable, once."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from tracker import clock, ids
from tracker.config import Settings
from tracker.delivery.channels.outbox import Outbox
from tracker.engine.last_look import LAST_LOOK
from tracker.jobs.exits import Exits
from tracker.jobs.scheduler import TIMETABLE
from tracker.jobs.tasks import Worker
from tracker.jobs.watchdog import Watchdog

NOBODY_WATCHES = 3600.0


def worker_round(app: Flask, outbox: Path) -> Callable[[], None]:
    """Return what runs every task of the timetable once, mail going to files in a folder."""
    settings: Settings = app.extensions["settings"]
    worker = Worker(
        app=app,
        settings=settings,
        worker_id=ids.new_id(),
        started_at=clock.now(),
        last_look=LAST_LOOK,
        exits=Exits({"email": Outbox(outbox, settings.mail_from)}),
        watchdog=Watchdog(NOBODY_WATCHES),
    )

    def work() -> None:
        for entry in TIMETABLE:
            entry.task(worker)

    return work
