"""What the timetable calls. Each task is safe to repeat; an error is logged and the next round tries again."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from uuid import UUID

from flask import Flask

from tracker import clock
from tracker.alerts import missed_checks
from tracker.config import Settings
from tracker.db import transaction
from tracker.delivery import health, pauses
from tracker.delivery.channels.outbound import Poster, ServiceAnswer, judge
from tracker.delivery.rules.destinations import operators
from tracker.delivery.service import LastLook
from tracker.delivery.vocabulary import AttemptOutcome, Purpose
from tracker.engine import retention
from tracker.jobs import dispatch
from tracker.jobs.exits import Exits
from tracker.jobs.watchdog import Watchdog
from tracker.people import leaves, sign_in, throttle
from tracker.practice import hand_overs
from tracker.sessions import service as sessions

SESSIONS_ASSESSED_AT_ONCE = 100
FORGOTTEN_AT_ONCE = 500
LEAVES_AT_ONCE = 100
TAKEN_BACK_AT_ONCE = 500
REMINDERS_SEEN_AT_ONCE = 200

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Worker:
    """One worker process: a new id at every start, so that a restarted one never passes for the old."""

    app: Flask
    settings: Settings
    worker_id: UUID
    started_at: datetime
    last_look: Mapping[Purpose, LastLook]
    exits: Exits
    watchdog: Watchdog
    stop: Event = field(default_factory=Event)
    _sign_due: float = 0.0

    def beat(self) -> None:
        """Tell the watchdog that work goes on and, about once a tick, write that down for others."""
        self.watchdog.beat()
        if clock.monotonic() >= self._sign_due:
            self._sign_due = clock.monotonic() + self.settings.tick_seconds / 2
            with self.app.app_context(), transaction():
                health.beat(self.worker_id, self.started_at, clock.now(), self.exits.tally.as_json())

    def end(self) -> None:
        """Write down that the worker has come to an orderly end."""
        with self.app.app_context(), transaction():
            health.end_beat(self.worker_id, clock.now(), self.exits.tally.as_json())


def dispatch_due(worker: Worker) -> None:
    """Hand over every message that is due."""
    with worker.app.app_context():
        dispatch.run_once(
            worker.settings,
            worker.worker_id,
            last_look=worker.last_look,
            exits=worker.exits,
            stop=worker.stop,
            beat=worker.beat,
        )


def tell_alive(worker: Worker) -> None:
    """Tell whoever waits for it that this worker is at work; from one that has stalled or is gone nothing comes."""
    if not worker.settings.alive_url:
        return
    answer = Poster(operators, worker.settings.send_timeout_seconds).post(worker.settings.alive_url, b"", {})
    result = judge(answer) if isinstance(answer, ServiceAnswer) else answer
    if result.outcome is not AttemptOutcome.ACCEPTED:
        # The address may hold a secret, so it is not named.
        log.warning("ALIVE_URL was not reached: %s", result.error_code)


def assess_missed(worker: Worker) -> None:
    """Ask of every session whose moment has come whether its checks went unanswered."""
    progress = True
    while progress and not worker.stop.is_set():
        with worker.app.app_context():
            due = sessions.list_to_assess(clock.now(), SESSIONS_ASSESSED_AT_ONCE)
        done = [
            _alone(
                worker, f"assessing session {which[1]}", partial(missed_checks.assess, *which, clock.now())
            )
            for which in due
        ]
        progress = any(done) and len(done) == SESSIONS_ASSESSED_AT_ONCE


def take_back(worker: Worker) -> None:
    """Decide anew about messages whose worker outside is no more, a batch at a time."""
    taken = TAKEN_BACK_AT_ONCE
    while taken == TAKEN_BACK_AT_ONCE and not worker.stop.is_set():
        with worker.app.app_context(), transaction():
            taken = pauses.take_back(clock.now(), TAKEN_BACK_AT_ONCE)


def hand_back(worker: Worker) -> None:
    """Give back what the cover of every leave that is over still owns."""
    with worker.app.app_context():
        over = leaves.list_over(clock.now(), LEAVES_AT_ONCE)
    for clinic_id, leave_id in over:
        do = partial(hand_overs.hand_back, clinic_id, leave_id, clock.now())
        _alone(worker, f"handing back after leave {leave_id}", do)


def forget_secrets(worker: Worker) -> None:
    """Delete counters and tokens that have been over for long, a batch at a time."""
    for forget in (throttle.forget_old, sign_in.forget_expired):
        deleted = FORGOTTEN_AT_ONCE
        while deleted == FORGOTTEN_AT_ONCE and not worker.stop.is_set():
            with worker.app.app_context(), transaction():
                deleted = forget(clock.now(), FORGOTTEN_AT_ONCE)


def forget_reminders(worker: Worker) -> None:
    """Delete reminders that have been over for longer than they are to be kept, a batch at a time."""
    days, place = worker.settings.keep_reminders_days, None
    while days and not worker.stop.is_set():
        with worker.app.app_context(), transaction():
            now = clock.now()
            place = retention.delete_old(place, now - timedelta(days=days), now, REMINDERS_SEEN_AT_ONCE)
        if place is None:
            break


def _alone(worker: Worker, what: str, do: Callable[[], object]) -> bool:
    """Do one thing in a transaction of its own; one that cannot be done must not hide the others."""
    try:
        with worker.app.app_context(), transaction():
            do()
    except dispatch.DATABASE_AWAY:
        raise
    except Exception as error:
        log.error("%s failed: %s", what, type(error).__name__)
        return False
    return True
