"""The worker process: takes the signals, runs the timetable, and leaves nothing claimed behind."""

import logging
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Thread

from apscheduler.schedulers.base import BaseScheduler
from flask import Flask

from tracker import clock, ids
from tracker.config import Settings
from tracker.delivery import channels
from tracker.delivery.service import LastLook
from tracker.delivery.vocabulary import Purpose
from tracker.engine.last_look import LAST_LOOK
from tracker.jobs import dispatch, scheduler
from tracker.jobs.exits import Exits
from tracker.jobs.lock import AlreadyRunning, sole_worker
from tracker.jobs.tasks import Worker
from tracker.jobs.watchdog import Watchdog

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
LEAST_SILENCE_SECONDS = 30
# How often, and for which step of the wall clock, the timetable is looked after.
LOOK_SECONDS = 1.0
STEP = timedelta(milliseconds=500)

log = logging.getLogger(__name__)


def run(
    app: Flask,
    *,
    last_look: Mapping[Purpose, LastLook] = LAST_LOOK,
    silence_seconds: float | None = None,
) -> int:
    """Work until SIGTERM or SIGINT and return the exit status: 0, or 75 when another worker has the database.

    Ends the process at once, with status 70, when no round trip to the database finishes for too long.
    """
    settings: Settings = app.extensions["settings"]
    # Blocked before any thread exists, so that every thread inherits it and one of them waits for them.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        with sole_worker(settings):
            _work(_prepare(app, settings, last_look, silence_seconds or longest_silence(settings)))
    except AlreadyRunning as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_TEMPFAIL
    return os.EX_OK


def longest_silence(settings: Settings) -> float:
    """Return after how many seconds without a finished round trip the process is taken for stalled."""
    waiting_for_provider = settings.send_timeout_seconds + settings.tick_seconds
    return max(3 * settings.tick_seconds, LEAST_SILENCE_SECONDS, 2 * waiting_for_provider)


def _prepare(
    app: Flask, settings: Settings, last_look: Mapping[Purpose, LastLook], silence_seconds: float
) -> Worker:
    return Worker(
        app=app,
        settings=settings,
        worker_id=ids.new_id(),
        started_at=clock.now(),
        last_look=last_look,
        exits=Exits(channels.open_all(settings)),
        watchdog=Watchdog(silence_seconds),
    )


def _work(worker: Worker) -> None:
    timetable = scheduler.build(worker, on_start=lambda: stopper.start())
    stopper = Thread(target=_stop_on_signal, args=(worker, timetable), name="stopper", daemon=True)
    worker.beat()
    worker.watchdog.start()
    log.info("worker %s started, sending by %s", worker.worker_id, ", ".join(worker.exits.names))
    timetable.start()
    stopper.join()
    worker.watchdog.finish()
    with suppress(*dispatch.DATABASE_AWAY):  # then its silence tells
        worker.end()
    log.info("worker %s stopped", worker.worker_id)


def _stop_on_signal(worker: Worker, timetable: BaseScheduler) -> None:
    follower = Thread(target=_follow_clock, args=(worker, timetable), name="clock", daemon=True)
    follower.start()
    # Not sigtimedwait: interrupted when the process is continued after a pause, it may name a signal that never came.
    signal.sigwait(STOP_SIGNALS)
    worker.stop.set()
    follower.join()
    timetable.remove_all_jobs()
    timetable.shutdown(wait=True)


def _follow_clock(worker: Worker, timetable: BaseScheduler) -> None:
    known = _origin()
    while not worker.stop.wait(LOOK_SECONDS):
        origin = _origin()
        if abs(origin - known) > STEP:
            log.warning("the clock was stepped by %.0f s", (origin - known).total_seconds())
            scheduler.begin_anew(timetable)
        known = origin


def _origin() -> datetime:
    """Return the moment from which the steady clock counts; it moves when the wall clock is stepped."""
    return clock.now() - timedelta(seconds=clock.monotonic())
