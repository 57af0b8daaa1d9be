"""A repetition keeps the last moment as strictly as the first hand-over does."""

from datetime import timedelta

from flask import Flask

from tests.jobs.due_rows import RecordingChannel, make_due, make_patient, outcomes, read_row, wanted
from tracker import ids
from tracker.clock import MovableClock
from tracker.db import transaction
from tracker.delivery import service
from tracker.delivery.message import Result
from tracker.delivery.service import Claim, Sender, Sending
from tracker.delivery.states import Outcome, Purpose, State

MINUTE = timedelta(minutes=1)
SENDER = Sender(ids.new_id(), RecordingChannel().exits, "k" * 32, "https://example.org")


def take(moment: MovableClock) -> Claim:
    with transaction():
        [held] = service.claim(Purpose.REMINDER, SENDER.worker_id, moment(), batch=1, lease=MINUTE)
    return held


def begin(held: Claim, moment: MovableClock) -> Sending | State | None:
    with transaction():
        return service.begin_send(held, SENDER, wanted, moment())


def test_a_repetition_does_not_begin_at_its_last_moment(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment(), not_after=moment() + 2 * MINUTE)
    step = begin(take(moment), moment)
    assert isinstance(step, Sending)
    with transaction():
        service.record(
            step.attempt, Result(Outcome.TRANSIENT), moment(), send_timeout=MINUTE / 60, fraction=0
        )
    moment.advance(1.5 * MINUTE)
    held = take(moment)
    moment.advance(0.5 * MINUTE)
    assert begin(held, moment) is State.EXPIRED
    assert read_row(dispatch_id).reason == "expired"
    assert outcomes(dispatch_id) == [Outcome.TRANSIENT]
