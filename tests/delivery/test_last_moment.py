"""The last look before a hand-over: its last moment, which a repetition keeps too, and an operator's pause."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.jobs.due_rows import RecordingChannel, make_due, make_patient, outcomes, read_row, wanted
from tracker import ids
from tracker.clock import MovableClock
from tracker.db import transaction
from tracker.delivery import pauses, results, service
from tracker.delivery.rules.message import Result
from tracker.delivery.service import Claim, Sender, Sending
from tracker.delivery.vocabulary import AttemptOutcome, PauseScope, Purpose, State

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
        results.record(
            step.attempt, Result(AttemptOutcome.TRANSIENT), moment(), send_timeout=MINUTE / 60, fraction=0
        )
    moment.advance(1.5 * MINUTE)
    held = take(moment)
    moment.advance(0.5 * MINUTE)
    assert begin(held, moment) is State.EXPIRED
    assert read_row(dispatch_id).reason == "expired"
    assert outcomes(dispatch_id) == [AttemptOutcome.TRANSIENT]


@pytest.mark.parametrize("scope", [PauseScope.ALL, PauseScope.CLINIC])
def test_a_pause_is_seen_at_the_last_moment(app: Flask, moment: MovableClock, scope: PauseScope) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    held = take(moment)
    clinic_id = patient.clinic_id if scope is PauseScope.CLINIC else None
    with transaction():
        pauses.pause(scope, "drill", moment(), clinic_id=clinic_id)
    assert begin(held, moment) is State.SCHEDULED
    row = read_row(dispatch_id)
    assert (row.reason, row.claims, row.claim_token) == ("paused", 0, None)
    assert outcomes(dispatch_id) == []
    with transaction():
        pauses.resume(scope, moment(), clinic_id=clinic_id)
    assert isinstance(begin(take(moment), moment), Sending)
