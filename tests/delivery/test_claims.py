"""Who may hand over what: claims, leases, and what becomes of them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from tests.jobs.due_rows import (
    RecordingChannel,
    make_due,
    make_patient,
    outcomes,
    read_attempts,
    read_row,
    sync_seq_of,
    wanted,
)
from tracker import ids
from tracker.clock import MovableClock
from tracker.db import is_sqlite, transaction
from tracker.delivery import service, statements
from tracker.delivery.service import Claim, Sender
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, Reason, State

LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)
SENDER = Sender(ids.new_id(), RecordingChannel().exits, "k" * 32, "https://example.org")


def claim(moment: MovableClock, batch: int = 10, purpose: Purpose = Purpose.REMINDER) -> list[Claim]:
    with transaction():
        return service.claim(purpose, SENDER.worker_id, moment(), batch=batch, lease=LEASE)


def begin(held: Claim, moment: MovableClock) -> service.Sending | State | None:
    with transaction():
        return service.begin_send(held, SENDER, wanted, moment())


@pytest.mark.parametrize(
    ("due_in", "not_after_in", "taken"),
    [
        (-SECOND, LEASE, True),
        (0 * SECOND, LEASE, True),
        (SECOND, LEASE, False),
        (-SECOND, SECOND, True),
        (-SECOND, 0 * SECOND, False),
        (-SECOND, -SECOND, False),
    ],
)
def test_what_is_due_and_not_too_late_is_taken(
    app: Flask, moment: MovableClock, due_in: timedelta, not_after_in: timedelta, taken: bool
) -> None:
    patient = make_patient(moment())
    make_due(patient, moment(), due_at=moment() + due_in, not_after=moment() + not_after_in)
    with transaction():
        assert statements.count_due(moment(), 5) == taken
    assert len(claim(moment)) == taken


def test_the_longest_due_are_taken_first_and_each_purpose_by_itself(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    late = [
        # What is due the longest is not what expires first.
        make_due(patient, moment(), due_at=moment() - age * LEASE, not_after=moment() + age * LEASE)[0]
        for age in (1, 9, 5)
    ]
    [alert] = make_due(patient, moment(), purpose=Purpose.ALERT)
    assert {held.dispatch_id for held in claim(moment, batch=2)} == {late[1], late[2]}
    assert [held.dispatch_id for held in claim(moment, purpose=Purpose.ALERT)] == [alert]


def test_a_claim_is_written_down(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    [held] = claim(moment)
    row = read_row(dispatch_id)
    assert (row.state, row.claim_token, row.claimed_by) == (State.CLAIMED, held.token, SENDER.worker_id)
    assert (row.claims, row.next_attempt_at) == (1, moment() + LEASE)
    assert sync_seq_of(patient) == 0, "a phone does not show who holds a row"


def test_workers_never_share_a_row(app: Flask, moment: MovableClock) -> None:
    planned = make_due(make_patient(moment()), moment(), count=120)

    def take(_: int) -> list[Claim]:
        taken = []
        with app.app_context():
            while batch := claim(moment, batch=7):
                taken += batch
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [held.dispatch_id for part in pool.map(take, range(4)) for held in part]
    assert Counter(taken) == Counter(planned)


@pytest.mark.parametrize(("later", "taken"), [(LEASE - SECOND, 0), (LEASE, 1), (LEASE + SECOND, 1)])
def test_a_lease_that_has_ended_frees_the_row(
    app: Flask, moment: MovableClock, later: timedelta, taken: int
) -> None:
    make_due(make_patient(moment()), moment())
    [first] = claim(moment)
    moment.advance(later)
    again = claim(moment)
    assert len(again) == taken
    assert all(held.token != first.token for held in again)
    assert read_row(first.dispatch_id).claims == 1 + taken


def test_a_claim_that_was_lost_begins_nothing(app: Flask, moment: MovableClock) -> None:
    make_due(make_patient(moment()), moment())
    [first] = claim(moment)
    moment.advance(LEASE)
    [second] = claim(moment)
    assert begin(first, moment) is None
    assert read_attempts() == []
    assert isinstance(begin(second, moment), service.Sending)


def test_a_hand_over_whose_worker_died_is_unknown(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    begin(claim(moment)[0], moment)
    assert outcomes(dispatch_id) == [None]
    moment.advance(LEASE)
    claim(moment)
    [attempt] = read_attempts(dispatch_id)
    assert (attempt.outcome, attempt.ended_at) == (AttemptOutcome.UNKNOWN, moment())


def test_claims_given_back_are_due_at_once_and_not_counted(app: Flask, moment: MovableClock) -> None:
    planned = make_due(make_patient(moment()), moment(), count=3)
    held = claim(moment)
    with transaction():
        assert service.give_back(held[0], moment())
    with transaction():
        assert service.give_back_free(held, moment()) == held[:1], "it was given back before"
    rows = [read_row(dispatch_id) for dispatch_id in planned]
    assert {(row.state, row.claims, row.claim_token) for row in rows} == {(State.SCHEDULED, 0, None)}
    assert len(claim(moment)) == 3


def test_only_an_own_claim_that_was_not_begun_can_be_given_back(app: Flask, moment: MovableClock) -> None:
    make_due(make_patient(moment()), moment(), count=2)
    begun, lost = claim(moment)
    begin(begun, moment)
    moment.advance(LEASE)
    claim(moment)
    moment.advance(-LEASE)
    with transaction():
        assert service.give_back_free([begun, lost], moment()) == [begun, lost]
        assert not service.give_back(begun, moment())
        assert not service.give_back(lost, moment())


def test_who_gives_back_waits_for_nobody_with_rows_in_hand(app: Flask, moment: MovableClock) -> None:
    if is_sqlite():
        return  # it has one writer
    planned = make_due(make_patient(moment()), moment(), count=2)
    held = claim(moment)
    with app.app_context(), transaction():
        service.cancel_open("session", read_row(planned[0]).anchor_id, Reason.CANCELLED, moment(), 1)
        with ThreadPoolExecutor(1) as pool:

            def give_back() -> list[Claim]:
                with app.app_context(), transaction():
                    return service.give_back_free(held, moment())

            left = pool.submit(give_back).result(timeout=25)
        assert [each.dispatch_id for each in left] == planned[:1]
    with transaction():
        assert not service.give_back(left[0], moment()), "it was withdrawn"


def test_a_row_that_keeps_losing_its_workers_dies_with_a_reason(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    for _ in range(8):
        claim(moment)
        moment.advance(LEASE)
    [held] = claim(moment)
    assert begin(held, moment) is State.DEAD
    row = read_row(dispatch_id)
    assert (row.state, row.reason, row.ended_at) == (State.DEAD, "claims_exhausted", moment())
    assert row.sync_seq == sync_seq_of(patient) == 1
    assert read_attempts() == []


def test_the_eighth_claim_still_sends(app: Flask, moment: MovableClock) -> None:
    make_due(make_patient(moment()), moment())
    for _ in range(7):
        claim(moment)
        moment.advance(LEASE)
    assert isinstance(begin(claim(moment)[0], moment), service.Sending)
