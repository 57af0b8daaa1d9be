"""Messages that end without being sent: past their last moment, or withdrawn."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from tests.jobs.due_rows import (
    RecordingChannel,
    make_due,
    make_patient,
    outcomes,
    read_row,
    sync_seq_of,
    wanted,
)
from tracker import ids
from tracker.clock import MovableClock
from tracker.db import transaction
from tracker.delivery import results, service
from tracker.delivery.rules.message import Result
from tracker.delivery.service import Sender, Sending
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, Reason, State
from tracker.people import patients

LEASE = timedelta(seconds=60)
HOUR = timedelta(hours=1)
SENDER = Sender(ids.new_id(), RecordingChannel().exits, "k" * 32, "https://example.org")


def expire(moment: MovableClock) -> int:
    with transaction():
        return service.expire_late(moment(), 100)


def claim_one(moment: MovableClock, lease: timedelta = LEASE) -> service.Claim:
    with transaction():
        [held] = service.claim(Purpose.REMINDER, SENDER.worker_id, moment(), batch=1, lease=lease)
    return held


def begin(moment: MovableClock, lease: timedelta = LEASE) -> Sending:
    held = claim_one(moment, lease)
    with transaction():
        step = service.begin_send(held, SENDER, wanted, moment())
    assert isinstance(step, Sending)
    return step


@pytest.mark.parametrize(("later", "expired"), [(HOUR - timedelta(microseconds=1), 0), (HOUR, 1)])
def test_a_message_ends_at_its_last_moment(
    app: Flask, moment: MovableClock, later: timedelta, expired: int
) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment(), not_after=moment() + HOUR)
    moment.advance(later)
    assert expire(moment) == expired
    row = read_row(dispatch_id)
    assert row.state == (State.EXPIRED if expired else State.SCHEDULED)
    assert row.reason == ("expired" if expired else None)


def test_an_outage_of_three_days_sends_nothing_late(app: Flask, moment: MovableClock) -> None:
    treated = [make_patient(moment()) for _ in range(3)]
    for patient in treated:
        make_due(patient, moment(), count=5)
        make_due(patient, moment(), purpose=Purpose.ALERT)
    moment.advance(timedelta(days=3))
    assert expire(moment) == 18
    assert expire(moment) == 0
    assert [sync_seq_of(patient) for patient in treated] == [1, 1, 1]


def test_a_phone_learns_of_an_expired_reminder(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    [reminder] = make_due(patient, moment(), not_after=moment())
    [alert] = make_due(patient, moment(), not_after=moment(), purpose=Purpose.ALERT)
    expire(moment)
    assert (read_row(reminder).sync_seq, read_row(alert).sync_seq, sync_seq_of(patient)) == (1, 0, 1)


def test_a_claim_does_not_outlive_the_last_moment(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment(), not_after=moment() + HOUR)
    claim_one(moment, lease=2 * HOUR)
    moment.advance(HOUR)
    assert expire(moment) == 1
    assert read_row(dispatch_id).claim_token is None


def test_a_hand_over_in_time_may_still_be_answered_after_the_last_moment(
    app: Flask, moment: MovableClock
) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment(), not_after=moment() + HOUR)
    step = begin(moment, lease=2 * HOUR)
    moment.advance(HOUR)
    assert expire(moment) == 0
    with transaction():
        results.record(
            step.attempt, Result(AttemptOutcome.ACCEPTED), moment(), send_timeout=LEASE, fraction=0
        )
    assert read_row(dispatch_id).state == State.ACCEPTED


def test_a_hand_over_whose_worker_died_ends_with_an_unknown_attempt(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment(), not_after=moment() + HOUR)
    begin(moment)
    moment.advance(HOUR)
    assert expire(moment) == 1
    assert read_row(dispatch_id).state == State.EXPIRED
    assert outcomes(dispatch_id) == [AttemptOutcome.UNKNOWN]


def test_a_step_is_planned_once(app: Flask, moment: MovableClock) -> None:
    patient, anchor = make_patient(moment()), ids.new_id()
    make_due(patient, moment(), anchor_id=anchor)
    with pytest.raises(IntegrityError):
        make_due(patient, moment(), anchor_id=anchor)
    make_due(patient, moment(), anchor_id=anchor, generation=2)


def test_a_cancelled_anchor_cancels_what_is_open(app: Flask, moment: MovableClock) -> None:
    patient, anchor = make_patient(moment()), ids.new_id()
    [first, second] = [
        make_due(patient, moment(), anchor_id=anchor, step_key=key)[0] for key in ("one", "two")
    ]
    [other] = make_due(patient, moment() + HOUR)
    with transaction():
        in_flight = service.cancel_open(
            "session", anchor, Reason.SESSION_MOVED, moment(), 7, step_keys=["two"]
        )
    assert in_flight == 0
    assert [read_row(row).state for row in (first, second, other)] == ["scheduled", "cancelled", "scheduled"]
    assert (read_row(second).reason, read_row(second).sync_seq) == ("session_moved", 7)


def test_a_withdrawal_tells_what_it_came_too_late_for(app: Flask, moment: MovableClock) -> None:
    patient, anchor = make_patient(moment()), ids.new_id()
    make_due(patient, moment(), anchor_id=anchor)
    step = begin(moment)
    held = make_due(patient, moment(), anchor_id=anchor, step_key="held")[0]
    claim = claim_one(moment)
    with transaction():
        assert service.cancel_open("session", anchor, Reason.CONSENT_WITHDRAWN, moment(), 3) == 1
    assert read_row(step.attempt.claim.dispatch_id).state == State.SENDING
    assert read_row(held).state == State.CANCELLED
    with transaction():
        assert service.begin_send(claim, SENDER, wanted, moment()) is None


def test_a_withdrawal_and_a_hand_over_at_the_same_moment_agree(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())

    def withdraw(anchor: UUID) -> int:
        with app.app_context(), transaction():
            position = patients.lock_patient(patient.id).sync_seq
            return service.cancel_open("session", anchor, Reason.CONSENT_WITHDRAWN, moment(), position)

    def hand_over(held: service.Claim) -> int:
        with app.app_context(), transaction():
            patients.hold_patient(held.patient_id)
            return isinstance(service.begin_send(held, SENDER, wanted, moment()), Sending)

    with ThreadPoolExecutor(2) as pool:
        for order in [1, -1] * 15:
            anchor = ids.new_id()
            make_due(patient, moment(), anchor_id=anchor)
            race = [partial(withdraw, anchor), partial(hand_over, claim_one(moment))]
            first, second = [pool.submit(run) for run in race[::order]]
            assert first.result() == second.result(), "what was begun is what the withdrawal told of"
