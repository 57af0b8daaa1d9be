"""One tick of the reminder engine: drain what is due with several senders, holding no transaction while sending."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any, cast
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from tracker import clock, ids
from tracker.alerts import silence
from tracker.config import Settings
from tracker.db import transaction
from tracker.delivery import channels, pauses, planning, results, service, statements
from tracker.delivery.first_look import end_unwanted
from tracker.delivery.rules.message import Result
from tracker.delivery.service import Attempt, Claim, LastLook, Sender, Sending
from tracker.delivery.vocabulary import Purpose, State
from tracker.engine.last_look import FIRST_LOOK, LAST_LOOK, follow
from tracker.jobs.deadlines import ToldTime, TrustWindow
from tracker.jobs.exits import Exits
from tracker.people import patients

# What a lease must still hold, on top of the send timeout, when a hand-over begins.
MARGIN_SECONDS = 1
PATIENTS_EXPIRED_AT_ONCE = 200
SET_ASIDE_AT_ONCE = 500
SILENT_AT_ONCE = 500
TRIES_TO_RECORD = 3
# No row is to blame for these.
DATABASE_AWAY = (OperationalError, InterfaceError, NoConnection)
ENDS = frozenset({State.SUPPRESSED, State.CANCELLED, State.EXPIRED, State.DEAD})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TickReport:
    """What one tick did, in rows; the words of `State` say where rows went."""

    claimed: int = 0
    accepted: int = 0
    scheduled: int = 0  # put off: to be tried again, or not wanted yet
    suppressed: int = 0
    cancelled: int = 0
    expired: int = 0
    dead: int = 0
    handed_back: int = 0
    lost: int = 0  # somebody else owns the row by now
    failed: int = 0  # the last look or the wording raised; the claim counts against the row


def run_once(
    settings: Settings,
    worker_id: UUID,
    *,
    last_look: Mapping[Purpose, LastLook] = LAST_LOOK,
    exits: Exits | None = None,
    stop: Event | None = None,
    beat: Callable[[], None] = lambda: None,
) -> TickReport:
    """Hand over everything that is due and return when nothing is left or a stop is asked for.

    Needs an application context. ``beat`` is called after each finished round trip to the database.
    """
    app: Flask = cast(Any, current_app)._get_current_object()
    senders = _Senders(
        app,
        settings,
        worker_id,
        last_look,
        exits or Exits(channels.open_all(settings)),
        stop or Event(),
        beat,
    )
    return TickReport(**senders.run())


class _Senders:
    def __init__(
        self,
        app: Flask,
        settings: Settings,
        worker_id: UUID,
        last_look: Mapping[Purpose, LastLook],
        exits: Exits,
        stop: Event,
        beat: Callable[[], None],
    ) -> None:
        self._app, self._last_look, self._exits, self._stop, self._beat = app, last_look, exits, stop, beat
        self._sender = Sender(worker_id, exits, settings.secret_key, settings.public_url)
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._send_timeout = timedelta(seconds=settings.send_timeout_seconds)
        self._trust = settings.lease_seconds - settings.send_timeout_seconds - MARGIN_SECONDS
        # With a slow provider each sender comes back to the alerts after about one tick.
        self._patience = min(self._trust, settings.tick_seconds)
        self._threads = settings.sender_threads
        self._batch = max(1, settings.claim_batch // settings.sender_threads)
        self._database_clock = not settings.is_sqlite

    def run(self) -> Counter[str]:
        expired = self._repeat(lambda: planning.expire_late(self._now(), PATIENTS_EXPIRED_AT_ONCE))
        self._repeat(lambda: pauses.set_aside(self._now(), SET_ASIDE_AT_ONCE))
        self._exits.tally.end(State.EXPIRED, expired)
        tally = Counter(expired=expired)
        with self._unit():
            due = statements.count_due(self._now(), self._threads)
            self._exits.pause(pauses.find_paused_channels())
        self._beat()
        if due:
            with ThreadPoolExecutor(due, "sender") as pool:
                drains = [pool.submit(self._drain) for _ in range(due)]
            self._exits.close()
            for drain in drains:
                tally += drain.result()
        self._speak_again()
        return tally

    def _speak_again(self) -> None:
        """Plan what alerts say next that nobody has handled and that have nothing planned any more."""
        with self._unit():
            silent = silence.list_silent(SILENT_AT_ONCE)
        for alert_id, patient_id in silent:
            try:
                with self._unit():
                    silence.speak_again(alert_id, patient_id, self._now())
            except DATABASE_AWAY:
                raise
            except Exception as error:  # one alert must not keep the others silent
                log.error("alert %s has no next message: %s", alert_id, type(error).__name__)

    def _drain(self) -> Counter[str]:
        tally: Counter[str] = Counter()
        while not self._stop.is_set() and not self._exits.are_all_shut():
            # Each is asked in every round: reminders cannot starve alerts, nor alerts reminders.
            if not [purpose for purpose in Purpose if self._hand_over_batch(purpose, tally)]:
                break
        return tally

    def _hand_over_batch(self, purpose: Purpose, tally: Counter[str]) -> bool:
        window, patience = TrustWindow(self._trust), TrustWindow(self._patience)
        claimed, claims = self._claim(purpose, tally)
        for begun, claim in enumerate(claims):
            if self._stop.is_set() or not patience.is_open():
                tally["handed_back"] += self._give_back(claims[begun:])
                return begun > 0
            try:
                tally[self._hand_over(claim, window)] += 1
            except DATABASE_AWAY:
                with suppress(*DATABASE_AWAY):
                    self._give_back(claims[begun + 1 :])
                raise
        return claimed

    def _claim(self, purpose: Purpose, tally: Counter[str]) -> tuple[bool, list[Claim]]:
        """Take a batch and end what is not wanted of it; say whether anything was taken, and what is left."""
        with self._unit():
            now = self._now()
            claims = service.claim(purpose, self._sender.worker_id, now, batch=self._batch, lease=self._lease)
            left, ended = end_unwanted(claims, FIRST_LOOK[purpose], now)
        self._beat()
        tally["claimed"] += len(claims)
        tally.update(ended)
        for state, rows in ended.items():
            self._exits.tally.end(state, rows)
        return bool(claims), left

    def _hand_over(self, claim: Claim, window: TrustWindow) -> str:
        try:
            step, told = self._begin(claim, window)
        except DATABASE_AWAY:
            raise
        except Exception as error:
            # The row keeps its claim until the lease ends, so that it is counted and cannot spin.
            log.error("dispatch %s could not begin: %s", claim.dispatch_id, type(error).__name__)
            return "failed"
        if not isinstance(step, Sending):
            if step in ENDS:
                self._exits.tally.end(step)
            return step
        return self._record(step.attempt, self._exits.send(step.attempt.route, step.message), told)

    def _begin(self, claim: Claim, window: TrustWindow) -> tuple[Sending | str, ToldTime]:
        with self._unit():
            told = ToldTime(self._hold_patient(claim.patient_id))
            if not window.is_open():
                service.give_back(claim, told.moment)
                return "handed_back", told
            last_look = self._last_look[claim.purpose]
            step = service.begin_send(claim, self._sender, last_look, told.moment)
            if not isinstance(step, Sending):
                follow(claim, step, told.moment)
            return step or "lost", told

    def _hold_patient(self, patient_id: UUID) -> datetime:
        """Take the patient's lock and return the moment after the wait for it."""
        if self._asks_database():
            return statements.hold_patient(patient_id)
        patients.hold_patient(patient_id)
        return clock.now()

    def _record(self, attempt: Attempt, result: Result, told: ToldTime) -> str:
        for remaining in reversed(range(TRIES_TO_RECORD)):
            try:
                with self._unit():
                    now = told.now() if self._asks_database() else clock.now()
                    state = results.record(
                        attempt, result, now, send_timeout=self._send_timeout, fraction=ids.jitter()
                    )
                if state is State.ACCEPTED:
                    self._exits.tally.end(state)
                    self._exits.tally.delay(attempt.route.channel, (now - attempt.ready_at).total_seconds())
                return state or "lost"
            except DATABASE_AWAY:
                if not remaining:
                    raise
                self._stop.wait(0.5)  # an answer that is not written down means a second hand-over
        raise AssertionError("unreachable")

    def _give_back(self, claims: Sequence[Claim]) -> int:
        with self._unit():
            left = service.give_back_free(claims, self._now())
        given = len(claims) - len(left)
        for claim in left:
            with self._unit():
                given += service.give_back(claim, self._now())
        return given

    def _repeat(self, some: Callable[[], int]) -> int:
        """Do a part of something, each in a transaction of its own, until none is left; return how many rows."""
        total = 0
        while not self._stop.is_set():
            with self._unit():
                rows = some()
            if not rows:
                break
            total += rows
        return total

    @contextmanager
    def _unit(self) -> Iterator[None]:
        # A context of its own for each unit: no session, and so no transaction, is open while sending.
        with self._app.app_context(), transaction():
            yield

    def _now(self) -> datetime:
        return statements.database_now() if self._asks_database() else clock.now()

    def _asks_database(self) -> bool:
        return self._database_clock and not clock.replaced()
