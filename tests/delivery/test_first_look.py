"""What nobody wants any more ends as it is claimed: by whose word, under whose lock, and what a phone sees of it."""

from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from uuid import UUID

import pytest
from flask import Flask

from tests.database.caught import catch
from tests.jobs.due_rows import make_due, make_patient, read_attempts, read_row, sync_seq_of
from tracker import ids
from tracker.clock import MovableClock
from tracker.db import is_sqlite, transaction
from tracker.delivery import service
from tracker.delivery.first_look import FirstLook, end_unwanted
from tracker.delivery.rules.verdicts import Drop
from tracker.delivery.service import Claim
from tracker.delivery.vocabulary import Purpose, Reason, State
from tracker.people import patients

LEASE = timedelta(seconds=60)
ANSWERED, MOVED = Drop(State.SUPPRESSED, Reason.ANSWERED), Drop(State.CANCELLED, Reason.SESSION_MOVED)


def saying(ends: Mapping[UUID, Drop]) -> FirstLook:
    """Who looks finds these and no others."""

    def look(dispatch_ids: Collection[UUID], now: datetime) -> Mapping[UUID, Drop]:
        return {dispatch_id: ends[dispatch_id] for dispatch_id in dispatch_ids if dispatch_id in ends}

    return look


def claim(moment: MovableClock, purpose: Purpose = Purpose.REMINDER) -> list[Claim]:
    with transaction():
        return service.claim(purpose, ids.new_id(), moment(), batch=20, lease=LEASE)


def test_each_ends_in_its_own_way_and_the_rest_goes_on(app: Flask, moment: MovableClock) -> None:
    pia, paul = make_patient(moment()), make_patient(moment())
    answered, other, wanted = make_due(pia, moment(), count=3)
    [moved] = make_due(paul, moment())
    claims = claim(moment)
    moment.advance(LEASE / 10)
    ends = {answered: ANSWERED, other: ANSWERED, moved: MOVED}
    with transaction():
        left, ended = end_unwanted(claims, saying(ends), moment())
    assert [held.dispatch_id for held in left] == [wanted]
    assert ended == Counter({State.SUPPRESSED: 2, State.CANCELLED: 1})
    for dispatch_id, drop in ends.items():
        row = read_row(dispatch_id)
        assert (row.state, row.reason, row.ended_at) == (drop.state, drop.reason, moment())
        assert (row.claim_token, row.claimed_by) == (None, None)
        assert row.sync_seq == 1, "a phone reads the row anew"
    assert (read_row(wanted).state, read_row(wanted).sync_seq) == (State.CLAIMED, 0)
    assert sync_seq_of(pia) == sync_seq_of(paul) == 1
    assert read_attempts() == []


def test_the_whole_batch_ends_with_one_update_of_its_rows(app: Flask, moment: MovableClock) -> None:
    planned = make_due(make_patient(moment()), moment(), count=15)
    claims, ends = claim(moment), {id_: (ANSWERED, MOVED)[n % 2] for n, id_ in enumerate(planned)}
    with transaction():
        sent = [statement for statement, _ in catch(lambda: end_unwanted(claims, saying(ends), moment()))]
    assert [statement.split()[1] for statement in sent if statement.startswith("UPDATE")] == [
        "patient",
        "dispatch",
    ]


def test_where_everything_is_wanted_no_lock_is_taken(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    make_due(patient, moment(), count=3)
    claims = claim(moment)
    with transaction():
        assert end_unwanted(claims, saying({}), moment()) == (claims, Counter())
        assert end_unwanted([], saying({}), moment()) == ([], Counter())
    assert sync_seq_of(patient) == 0


def test_what_is_wanted_again_under_the_lock_does_not_end(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    back, gone = make_due(patient, moment(), count=2)
    claims, answers = claim(moment), [{back: ANSWERED, gone: ANSWERED}, {gone: ANSWERED}]

    def look(dispatch_ids: Collection[UUID], now: datetime) -> Mapping[UUID, Drop]:
        return saying(answers.pop(0))(dispatch_ids, now)

    with transaction():
        left, ended = end_unwanted(claims, look, moment())
    assert ([held.dispatch_id for held in left], ended) == ([back], Counter({State.SUPPRESSED: 1}))
    assert (read_row(back).state, read_row(gone).state) == (State.CLAIMED, State.SUPPRESSED)


def test_if_all_are_wanted_again_no_phone_is_told_anything(app: Flask, moment: MovableClock) -> None:
    patient = make_patient(moment())
    [back] = make_due(patient, moment())
    claims, answers = claim(moment), [{back: ANSWERED}, {}]
    with transaction():
        assert end_unwanted(claims, lambda *_: answers.pop(0), moment()) == (claims, Counter())
    assert sync_seq_of(patient) == 0


def test_a_patient_whom_somebody_holds_is_left_to_the_last_look(app: Flask, moment: MovableClock) -> None:
    if is_sqlite():
        return  # who writes is alone
    held, free = make_patient(moment()), make_patient(moment())
    [left], [ended] = make_due(held, moment()), make_due(free, moment())
    claims, is_held, is_over = claim(moment), Event(), Event()

    def hold() -> None:
        with app.app_context(), transaction():
            patients.hold_patient(held.id)
            is_held.set()
            is_over.wait(30)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        assert is_held.wait(30)
        with transaction():
            found, _ = end_unwanted(claims, saying({left: ANSWERED, ended: ANSWERED}), moment())
        is_over.set()
    assert [claimed.dispatch_id for claimed in found] == [left]
    assert (read_row(left).state, read_row(ended).state) == (State.CLAIMED, State.SUPPRESSED)


def test_only_who_still_owns_a_row_ends_it(app: Flask, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    lost = claim(moment)
    moment.advance(LEASE)
    claim(moment)
    with transaction():
        assert end_unwanted(lost, saying({dispatch_id: ANSWERED}), moment()) == (lost, Counter())
    assert read_row(dispatch_id).state == State.CLAIMED


@pytest.mark.parametrize(("purpose", "position"), [(Purpose.REMINDER, 1), (Purpose.ALERT, 0)])
def test_no_phone_of_a_patient_shows_what_their_therapist_gets(
    app: Flask, moment: MovableClock, purpose: Purpose, position: int
) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment(), purpose=purpose)
    claims = claim(moment, purpose)
    with transaction():
        end_unwanted(claims, saying({dispatch_id: MOVED}), moment())
    assert read_row(dispatch_id).state == State.CANCELLED
    assert read_row(dispatch_id).sync_seq == sync_seq_of(patient) == position
