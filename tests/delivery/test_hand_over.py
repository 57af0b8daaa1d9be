"""From the last look to the recorded answer, and who may still write it."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.jobs.due_rows import (
    RecordingChannel,
    make_due,
    make_patient,
    outcomes,
    read_attempts,
    read_row,
    sync_seq_of,
    to,
    wanted,
)
from tracker import ids
from tracker.clock import MovableClock
from tracker.db import db, transaction
from tracker.delivery import operations, results, service
from tracker.delivery.health import worker_health
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.message import Result
from tracker.delivery.rules.verdicts import Drop, HandOver, Verdict, Wait
from tracker.delivery.service import LastLook, Sender, Sending
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, Reason, State

LEASE = timedelta(seconds=60)
TIMEOUT = timedelta(seconds=10)
HOUR = timedelta(hours=1)
SENDER = Sender(ids.new_id(), RecordingChannel().exits, "k" * 32, "https://example.org")
FAILED = Result(AttemptOutcome.TRANSIENT, "smtp_451")


def take(
    moment: MovableClock, last_look: LastLook = wanted, purpose: Purpose = Purpose.REMINDER
) -> Sending | State | None:
    """Claim the one row that is due, and begin."""
    with transaction():
        [held] = service.claim(purpose, SENDER.worker_id, moment(), batch=1, lease=LEASE)
    with transaction():
        return service.begin_send(held, SENDER, last_look, moment())


def begin(moment: MovableClock) -> Sending:
    step = take(moment)
    assert isinstance(step, Sending)
    return step


def record(step: Sending, result: Result, now: datetime, fraction: float = 0.5) -> State | None:
    with transaction():
        return results.record(step.attempt, result, now, send_timeout=TIMEOUT, fraction=fraction)


def always(verdict: Verdict) -> LastLook:
    return lambda *_: verdict


def test_the_attempt_stands_before_the_message_leaves(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    step = begin(moment)
    [attempt] = read_attempts(dispatch_id)
    assert (attempt.number, attempt.outcome, attempt.begun_at) == (1, None, moment())
    assert attempt.send_key == step.message.send_key
    assert read_row(dispatch_id).state == State.SENDING


def test_a_message_says_nothing_of_whom_it_is_about(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    message = begin(moment).message
    shown = f"{message.send_key} {message.subject} {message.body}"
    for secret in (patient.id, dispatch_id, patient.clinic_id):
        assert str(secret) not in shown
        assert secret.hex not in shown
    assert "check" not in shown
    assert "https://example.org/go/" in message.body


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Drop(State.SUPPRESSED, Reason.ANSWERED), "answered"),
        (Drop(State.CANCELLED, Reason.SESSION_MOVED), "session_moved"),
        (Drop(State.EXPIRED, Reason.EXPIRED), "expired"),
        (Drop(State.DEAD, Reason.NO_ADDRESS), "no_address"),
    ],
)
def test_what_is_not_wanted_any_more_ends_unsent(
    app: Flask, moment: MovableClock, verdict: Drop, reason: str
) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    assert take(moment, always(verdict)) is verdict.state
    row = read_row(dispatch_id)
    assert (row.state, row.reason, row.ended_at) == (verdict.state, reason, moment())
    assert row.sync_seq == sync_seq_of(patient) == 1
    assert read_attempts() == []


def test_what_is_not_wanted_yet_waits_and_keeps_its_count(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    assert take(moment, always(Wait(moment() + HOUR, Reason.DEFERRED_QUIET))) is State.SCHEDULED
    row = read_row(dispatch_id)
    assert (row.next_attempt_at, row.reason, row.claims) == (moment() + HOUR, "deferred_quiet", 0)
    assert sync_seq_of(patient) == 0


def test_who_waited_for_its_hour_was_not_late(app: Flask, moment: MovableClock) -> None:
    make_due(make_patient(moment()), moment())
    take(moment, always(Wait(moment() + HOUR, Reason.DEFERRED_QUIET)))
    moment.advance(HOUR + timedelta(minutes=3))
    with transaction():
        assert worker_health(moment()).late_by_minutes == 3
        assert operations.read_figures(moment()).oldest_overdue_seconds == 180
    step = begin(moment)
    assert step.attempt.ready_at == moment() - timedelta(minutes=3)


def test_what_is_tried_again_has_waited_since_the_first_try(app: Flask, moment: MovableClock) -> None:
    make_due(make_patient(moment()), moment())
    first_at = moment()
    record(begin(moment), FAILED, moment())
    moment.advance(timedelta(minutes=1))
    with transaction():
        assert worker_health(moment()).late_by_minutes == 0, "it waited for its provider"
    assert begin(moment).attempt.ready_at == first_at


def test_each_longer_wait_is_told(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    for minutes in (60, 90, 1, 1):
        take(moment, always(Wait(moment() + timedelta(minutes=minutes), Reason.SPACING)))
        moment.advance(timedelta(minutes=minutes))
    with transaction():
        assert len(operations.list_moves(dispatch_id)) == 2


def test_the_time_that_is_left_is_told_by_the_clock_that_judges_it(app: Flask, moment: MovableClock) -> None:
    make_due(make_patient(moment()), moment(), not_after=moment() + HOUR)
    step = begin(moment)
    assert step.message.seconds_left == 3600
    record(step, FAILED, moment())
    moment.advance(timedelta(minutes=10))
    again = begin(moment)
    moment.advance(-HOUR)  # a machine that is an hour slow
    assert again.message.seconds_left == 3000


def test_nothing_begins_at_or_after_its_last_moment(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment(), not_after=moment() + HOUR)
    with transaction():
        [held] = service.claim(Purpose.REMINDER, SENDER.worker_id, moment(), batch=1, lease=2 * HOUR)
    moment.advance(HOUR)
    with transaction():
        assert service.begin_send(held, SENDER, wanted, moment()) is State.EXPIRED
    assert read_row(dispatch_id).reason == "expired"
    assert read_attempts() == []


@pytest.mark.parametrize("outcome", [AttemptOutcome.ACCEPTED, AttemptOutcome.DUPLICATE])
def test_an_accepted_message_is_over(app: Flask, moment: MovableClock, outcome: AttemptOutcome) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    assert record(begin(moment), Result(outcome, reference="ref-1"), moment()) is State.ACCEPTED
    row = read_row(dispatch_id)
    assert (row.state, row.reason, row.accepted_at, row.ended_at) == (
        State.ACCEPTED,
        "accepted",
        moment(),
        moment(),
    )
    assert row.sync_seq == sync_seq_of(patient) == 1
    [attempt] = read_attempts(dispatch_id)
    assert (attempt.outcome, attempt.provider_reference) == (outcome, "ref-1")


def test_an_alert_message_moves_no_phone(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment(), purpose=Purpose.ALERT)
    step = take(moment, purpose=Purpose.ALERT)
    assert isinstance(step, Sending)
    assert record(step, Result(AttemptOutcome.ACCEPTED), moment()) is State.ACCEPTED
    assert (read_row(dispatch_id).sync_seq, sync_seq_of(patient)) == (0, 0)


@pytest.mark.parametrize("outcome", [AttemptOutcome.TRANSIENT, AttemptOutcome.UNKNOWN])
def test_a_failure_that_may_pass_is_tried_again_and_not_counted(
    app: Flask, moment: MovableClock, outcome: AttemptOutcome
) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    assert record(begin(moment), Result(outcome, "smtp_451"), moment()) is State.SCHEDULED
    row = read_row(dispatch_id)
    assert (row.next_attempt_at, row.claims) == (moment() + timedelta(seconds=7.5), 0)
    assert (row.reason, row.ended_at, row.claim_token) == ("smtp_451", None, None)
    assert sync_seq_of(patient) == 0


def test_a_failure_that_stays_ends_the_message_when_there_is_no_other_way(
    app: Flask, moment: MovableClock
) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    assert record(begin(moment), Result(AttemptOutcome.PERMANENT, "smtp_550"), moment()) is State.SCHEDULED
    assert take(moment) is State.DEAD
    row = read_row(dispatch_id)
    assert (row.state, row.reason) == (State.DEAD, "smtp_550")
    assert row.sync_seq == sync_seq_of(patient) == 1


def test_where_no_attempt_fits_any_more_the_row_waits_for_its_end(app: Flask, moment: MovableClock) -> None:
    end = moment() + timedelta(seconds=12)
    [dispatch_id] = make_due(make_patient(moment()), moment(), not_after=end)
    assert record(begin(moment), FAILED, moment()) is State.SCHEDULED
    assert read_row(dispatch_id).next_attempt_at == end
    moment.move_to(end)
    with transaction():
        assert service.claim(Purpose.REMINDER, SENDER.worker_id, moment(), batch=1, lease=LEASE) == []
        assert service.expire_late(moment(), 10) == 1


def test_every_repetition_is_equal_to_the_byte(app: Flask, moment: MovableClock) -> None:
    make_due(make_patient(moment()), moment())
    messages = []
    for _ in range(3):
        step = begin(moment)
        messages.append(step.message)
        record(step, FAILED, moment())
        moment.advance(HOUR)
    assert messages[0] == messages[1] == messages[2]


def test_a_repetition_is_equal_though_its_due_moment_was_moved_meanwhile(
    app: Flask, moment: MovableClock
) -> None:
    """As a patient does who puts off a reminder, or changes quiet hours, between two tries."""
    [dispatch_id] = make_due(make_patient(moment()), moment())
    first = begin(moment)
    record(first, FAILED, moment())
    moment.advance(HOUR)
    with transaction():
        db.session.execute(update(Dispatch).where(Dispatch.id == dispatch_id).values(due_at=moment()))
    assert begin(moment).message == first.message


def test_another_address_is_another_hand_over(app: Flask, moment: MovableClock) -> None:
    make_due(make_patient(moment()), moment())
    first = begin(moment)
    record(first, FAILED, moment())
    moment.advance(HOUR)
    second = take(moment, always(HandOver(to("new@example.org"), "reminder")))
    assert isinstance(second, Sending)
    assert second.message.send_key != first.message.send_key
    assert second.message.written_at == moment()


def test_an_answer_after_the_lease_touches_only_its_attempt(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    late = begin(moment)
    moment.advance(LEASE)
    begin(moment)
    assert record(late, Result(AttemptOutcome.PERMANENT, "smtp_550"), moment()) is None
    assert read_row(dispatch_id).state == State.SENDING
    assert outcomes(dispatch_id) == [AttemptOutcome.PERMANENT, None]


def test_a_late_acceptance_closes_the_row_without_a_second_send(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    late = begin(moment)
    moment.advance(LEASE)
    with transaction():
        [held] = service.claim(Purpose.REMINDER, SENDER.worker_id, moment(), batch=1, lease=LEASE)
    assert record(late, Result(AttemptOutcome.ACCEPTED), moment()) is None
    with transaction():
        assert service.begin_send(held, SENDER, wanted, moment()) is State.ACCEPTED
    assert outcomes(dispatch_id) == [AttemptOutcome.ACCEPTED]
    assert read_row(dispatch_id).accepted_at == moment()


def test_an_outcome_is_never_overwritten(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    step = begin(moment)
    record(step, Result(AttemptOutcome.ACCEPTED), moment())
    assert record(step, FAILED, moment()) is None
    assert outcomes(dispatch_id) == [AttemptOutcome.ACCEPTED]
    assert read_row(dispatch_id).state == State.ACCEPTED


def test_the_last_look_sees_the_row_as_it_is_now(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    seen: list[tuple[str, datetime]] = []

    def look(row: Dispatch, now: datetime) -> Verdict:
        seen.append((row.state, now))
        return wanted(row, now)

    take(moment, look)
    assert seen == [(State.CLAIMED, moment())]
    assert read_row(dispatch_id).attempt_count == 1
