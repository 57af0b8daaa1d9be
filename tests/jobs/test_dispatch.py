"""One tick: everything that is due, by several senders, whatever fails in between."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from tests.jobs.due_rows import (
    ACCEPTED,
    EVERY_ROW,
    RecordingChannel,
    make_due,
    make_patient,
    outcomes,
    read_row,
    wanted,
)
from tracker import clock, ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, is_sqlite, transaction
from tracker.delivery import statements
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.rules.verdicts import Verdict
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, State
from tracker.engine.last_look import LAST_LOOK
from tracker.jobs.deadlines import TrustWindow
from tracker.jobs.dispatch import TickReport, run_once
from tracker.people import patients

WORKER = ids.new_id()
NEXT_LEASE = timedelta(seconds=60)


def tick(settings: Settings, channel: RecordingChannel, **changes: Any) -> TickReport:
    arguments: dict[str, Any] = {"last_look": EVERY_ROW} | {
        key: changes.pop(key) for key in ("last_look", "stop", "beat") if key in changes
    }
    return run_once(replace(settings, **changes), WORKER, exits=channel.exits, **arguments)


@contextmanager
def on_statement(words: str, then: Callable[[], None]) -> Iterator[None]:
    """Do something just before the database runs a statement with these words."""

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if words in statement:
            then()

    event.listen(db.engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", look)


def fail() -> None:
    raise OperationalError("", {}, Exception("the database went away"))


def at(number: int, action: Callable[[], None]) -> Callable[[], None]:
    """Do it the first, second or third time only."""
    times = count(1)

    def act() -> None:
        if next(times) == number:
            action()

    return act


def test_everything_that_is_due_is_handed_over_once(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    planned = make_due(make_patient(moment()), moment(), count=60)
    make_due(make_patient(moment()), moment() + NEXT_LEASE)
    channel = RecordingChannel()
    assert tick(settings, channel) == TickReport(claimed=60, accepted=60)
    assert len(set(channel.keys)) == len(channel.keys) == 60
    assert {read_row(dispatch_id).state for dispatch_id in planned} == {State.ACCEPTED}
    assert tick(settings, channel) == TickReport()


def test_what_is_too_late_is_never_looked_at(app: Flask, settings: Settings, moment: MovableClock) -> None:
    make_due(make_patient(moment()), moment(), count=5, not_after=moment() + NEXT_LEASE)
    moment.advance(NEXT_LEASE)
    channel = RecordingChannel()
    assert tick(settings, channel) == TickReport(expired=5)
    assert channel.sent == []


def test_reminders_do_not_starve_alerts(app: Flask, settings: Settings, moment: MovableClock) -> None:
    patient = make_patient(moment())
    make_due(patient, moment() - timedelta(hours=1), count=50)
    alerts = set(make_due(patient, moment(), count=12, purpose=Purpose.ALERT))
    channel = RecordingChannel()
    tick(settings, channel, sender_threads=1, claim_batch=4)
    order = [message.address.split("@")[0] in {str(alert) for alert in alerts} for message in channel.sent]
    assert order[:12] == [True] * 4 + [False] * 4 + [True] * 4
    assert len(order) == 62


def test_no_transaction_is_open_while_a_message_leaves(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    patient = make_patient(moment())
    make_due(patient, moment())

    def take_the_lock(_: Message) -> Result:
        with app.app_context(), transaction():
            patients.lock_patient(patient.id)  # would wait for ten seconds and fail
        return ACCEPTED

    assert tick(settings, RecordingChannel(take_the_lock)).accepted == 1


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (Result(AttemptOutcome.TRANSIENT, "smtp_451", retry_after_seconds=60), State.SCHEDULED),
        (Result(AttemptOutcome.UNKNOWN, "connection_lost", retry_after_seconds=60), State.SCHEDULED),
        (Result(AttemptOutcome.PERMANENT, "smtp_550"), State.DEAD),
        (Result(AttemptOutcome.DUPLICATE), State.ACCEPTED),
    ],
)
def test_an_answer_decides_where_the_row_goes(
    app: Flask, settings: Settings, moment: MovableClock, result: Result, state: State
) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    report = tick(settings, RecordingChannel(lambda _: result))
    assert getattr(report, state) == 1
    assert read_row(dispatch_id).state == state


def test_a_channel_that_raises_is_an_unknown_outcome(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment(), not_after=moment() + timedelta(seconds=10))

    def explode(_: Message) -> Result:
        raise RuntimeError

    assert tick(settings, RecordingChannel(explode)).scheduled == 1
    assert outcomes(dispatch_id) == [AttemptOutcome.UNKNOWN]
    assert read_row(dispatch_id).reason == "channel_error"


def test_a_row_that_breaks_the_last_look_harms_no_other(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    patient = make_patient(moment())
    make_due(patient, moment(), count=20)
    [poison] = make_due(patient, moment(), step_key="poison")

    def stumble(row: Dispatch, now: datetime) -> Verdict:
        if row.step_key == "poison":
            raise KeyError(row.step_key)
        return wanted(row, now)

    last_looks = {Purpose.ALERT: stumble, Purpose.REMINDER: stumble}
    channel = RecordingChannel()
    assert tick(settings, channel, last_look=last_looks) == TickReport(claimed=21, accepted=20, failed=1)
    for _ in range(8):
        moment.advance(NEXT_LEASE)
        tick(settings, channel, last_look=last_looks)
    assert (read_row(poison).state, read_row(poison).reason) == (State.DEAD, "claims_exhausted")
    assert len(channel.sent) == 20


def test_a_pause_during_the_claim_begins_no_hand_over(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    make_due(make_patient(moment()), moment(), count=4)
    sleep = at(2, lambda: moment.advance(timedelta(seconds=50)))  # first the alerts are asked for
    channel = RecordingChannel()
    with on_statement("WITH due", sleep):
        report = tick(settings, channel, sender_threads=1, claim_batch=4, tick_seconds=60)
    assert (report.handed_back, channel.sent) == (4, [])
    assert tick(settings, channel) == TickReport(claimed=4, accepted=4)


def test_a_pause_while_waiting_for_the_patient_begins_no_hand_over(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    sleep = at(2, lambda: moment.advance(timedelta(seconds=50)))  # first what is too late is looked for
    channel = RecordingChannel()
    with on_statement("SELECT patient.id", sleep):
        report = tick(settings, channel, sender_threads=1, tick_seconds=60)
    assert report.handed_back == 1
    assert len(channel.sent) == report.accepted == 1, "and it is taken again with a new lease"
    assert outcomes(dispatch_id) == [AttemptOutcome.ACCEPTED]


def test_the_time_is_told_after_the_wait_for_the_patient(app: Flask) -> None:
    if is_sqlite():
        return  # the wait is for the one writer, and the clock is the machine's
    patient, is_held = make_patient(clock.now()), Event()
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

    def hold() -> datetime:
        with app.app_context(), transaction():
            patients.hold_patient(patient.id)
            is_held.set()
            while not db.session.scalar(waiting):
                pass
            return statements.database_now()

    with ThreadPoolExecutor(1) as pool:
        released = pool.submit(hold)
        assert is_held.wait(30)
        with transaction():
            told = statements.hold_patient(patient.id)
    assert told > released.result()


def test_a_slow_provider_makes_a_sender_give_back_the_rest(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    make_due(make_patient(moment()), moment(), count=3)
    sleep = at(1, lambda: moment.advance(timedelta(seconds=30)))

    def slowly(_: Message) -> Result:
        sleep()
        return ACCEPTED

    channel = RecordingChannel(slowly)
    report = tick(settings, channel, sender_threads=1, claim_batch=3)
    assert report == TickReport(claimed=5, accepted=3, handed_back=2)
    assert len(set(channel.keys)) == len(channel.keys) == 3


@pytest.mark.parametrize(("elapsed", "is_open"), [(-3600, True), (0, True), (49, True), (50, False)])
def test_trust_ends_with_the_clock_that_went_further(
    moment: MovableClock, elapsed: int, is_open: bool
) -> None:
    window = TrustWindow(49.5)
    moment.advance(timedelta(seconds=elapsed))
    assert window.is_open() is is_open


def test_trust_ends_though_the_wall_clock_stands_still(moment: MovableClock) -> None:
    window = TrustWindow(0.05)
    moment.advance(-timedelta(hours=1))
    time.sleep(0.1)
    assert not window.is_open()


def test_a_stop_gives_back_what_was_not_begun(app: Flask, settings: Settings, moment: MovableClock) -> None:
    planned = make_due(make_patient(moment()), moment(), count=30)
    stop, channel = Event(), RecordingChannel(lambda _: stop.set() or ACCEPTED)  # type: ignore[func-returns-value]
    report = tick(settings, channel, stop=stop, sender_threads=1, claim_batch=10)
    assert report == TickReport(claimed=10, accepted=1, handed_back=9)
    rows = [read_row(dispatch_id) for dispatch_id in planned]
    assert {(row.state, row.claims) for row in rows} == {(State.ACCEPTED, 1), (State.SCHEDULED, 0)}
    assert len(channel.sent) == 1


def test_an_answer_is_written_down_though_the_database_stumbles(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    channel = RecordingChannel()
    with on_statement("UPDATE delivery_attempt", at(1, fail)):
        assert tick(settings, channel).accepted == 1
    assert len(channel.sent) == 1
    assert outcomes(dispatch_id) == [AttemptOutcome.ACCEPTED]


def test_a_database_that_goes_away_ends_the_tick_and_frees_the_rest(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    planned = make_due(make_patient(moment()), moment(), count=5)
    channel = RecordingChannel()
    with on_statement("INSERT INTO delivery_attempt", fail), pytest.raises(OperationalError):
        tick(settings, channel, sender_threads=1, claim_batch=5)
    assert channel.sent == []
    states = [read_row(dispatch_id).state for dispatch_id in planned]
    assert sorted(states) == [State.CLAIMED] + [State.SCHEDULED] * 4


def test_every_purpose_has_somebody_who_decides() -> None:
    assert set(LAST_LOOK) == set(Purpose)


def test_each_finished_round_trip_is_heard(app: Flask, settings: Settings, moment: MovableClock) -> None:
    beats: list[int] = []
    tick(settings, RecordingChannel(), beat=lambda: beats.append(1))
    assert len(beats) == 1
    make_due(make_patient(moment()), moment())
    tick(settings, RecordingChannel(), beat=lambda: beats.append(1))
    assert len(beats) > 3
