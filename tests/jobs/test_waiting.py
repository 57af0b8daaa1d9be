"""What a worker inside does not take: messages of a paused clinic, and those that only a worker outside can send."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from tests.jobs.due_rows import EVERY_ROW, RecordingChannel, make_due, make_patient, read_row
from tracker import ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.delivery import operations, pauses, service
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.routes import Route
from tracker.delivery.rules.verdicts import HandOver, Recipient, Verdict
from tracker.delivery.vocabulary import PauseScope, Purpose, State, WaitsFor
from tracker.jobs.dispatch import TickReport, run_once
from tracker.people import accounts, sign_in
from tracker.people.models import Patient

LEASE = timedelta(seconds=60)


def by_text(row: Dispatch, now: datetime) -> Verdict:
    """Every row is wanted, and leads to a telephone."""
    return HandOver(Recipient(None, (Route("sms", "+4930123456"),), "en"), "reminder")


BY_TEXT = dict.fromkeys(Purpose, by_text)


def tick(settings: Settings, **options: object) -> TickReport:
    last_look = BY_TEXT if options.pop("by_text", False) else EVERY_ROW
    channel = options.pop("channel", RecordingChannel())
    assert isinstance(channel, RecordingChannel)
    return run_once(settings, ids.new_id(), last_look=last_look, exits=channel.exits)


def pause(patient: Patient, moment: MovableClock) -> None:
    with transaction():
        assert pauses.pause(PauseScope.CLINIC, "", moment(), clinic_id=patient.clinic_id)


def resume(patient: Patient, moment: MovableClock) -> None:
    with transaction():
        assert pauses.resume(PauseScope.CLINIC, moment(), clinic_id=patient.clinic_id)


def waits(dispatch_ids: list[UUID]) -> set[str | None]:
    return {read_row(dispatch_id).waits_for for dispatch_id in dispatch_ids}


def hire(patient: Patient, now: datetime, *serves: str, days: int = 1) -> UUID:
    """Let a worker outside serve the patient's clinic."""
    with transaction():
        account = accounts.add_service(patient.clinic_id, "W", time_zone="UTC", now=now, serves=serves)
        sign_in.issue_service_token(account.id, now, timedelta(days=days))
    return account.id


def claim_outside(patient: Patient, moment: MovableClock, batch: int = 10) -> list[service.Claim]:
    with transaction():
        return service.claim(
            Purpose.REMINDER, ids.new_id(), moment(), batch=batch, lease=LEASE, clinic_id=patient.clinic_id
        )


def test_a_paused_clinic_is_set_aside_and_comes_back(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    paused, other = make_patient(moment()), make_patient(moment())
    mine = [*make_due(paused, moment(), count=3), *make_due(paused, moment(), purpose=Purpose.ALERT)]
    make_due(other, moment(), count=2)
    ahead = make_due(paused, moment(), due_at=moment() + LEASE)
    pause(paused, moment)
    assert tick(settings) == TickReport(claimed=2, accepted=2)
    assert waits(mine) == {WaitsFor.RESUME}
    assert waits(ahead) == {None}, "what is not due stands in nobody's way"
    with transaction():
        seen = operations.read_figures(moment())
    assert (sum(seen.due.values()), seen.waiting["resume"]) == (0, 4)
    resume(paused, moment)
    assert tick(settings) == TickReport(claimed=4, accepted=4)
    assert waits(mine) == {None}


def test_what_waits_still_ends_in_time(app: Flask, settings: Settings, moment: MovableClock) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment(), not_after=moment() + LEASE)
    pause(patient, moment)
    tick(settings)
    moment.advance(LEASE)
    assert tick(settings).expired == 1
    assert read_row(dispatch_id).state == State.EXPIRED
    with transaction():
        assert operations.read_figures(moment()).waiting["resume"] == 0


def test_a_pause_that_is_set_again_holds(app: Flask, settings: Settings, moment: MovableClock) -> None:
    patient = make_patient(moment())
    mine = make_due(patient, moment())
    pause(patient, moment)
    tick(settings)
    resume(patient, moment)
    pause(patient, moment)
    assert tick(settings) == TickReport()
    assert waits(mine) == {WaitsFor.RESUME}
    assert claim_outside(patient, moment) == []


def test_a_row_whose_worker_died_before_the_pause_comes_back_too(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    patient = make_patient(moment())
    mine = make_due(patient, moment())
    claim_outside(patient, moment)
    pause(patient, moment)
    moment.advance(LEASE)
    tick(settings)
    assert waits(mine) == {WaitsFor.RESUME}
    resume(patient, moment)
    assert tick(settings) == TickReport(claimed=1, accepted=1)


def test_a_resumed_clinic_need_not_wait_for_the_next_round(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    patient = make_patient(moment())
    make_due(patient, moment())
    pause(patient, moment)
    tick(settings)
    resume(patient, moment)
    assert len(claim_outside(patient, moment)) == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_what_only_a_worker_outside_can_send_is_left_to_it(
    app: Flask, settings: Settings, moment: MovableClock, rows: int
) -> None:
    patient = make_patient(moment())
    hire(patient, moment(), "sms", "webhook")
    mine = make_due(patient, moment(), count=rows)
    assert tick(settings, by_text=True) == TickReport(claimed=rows, scheduled=rows)
    assert waits(mine) == {WaitsFor.OUTSIDE_WORKER}
    assert {read_row(each).reason for each in mine} == {"left_to_worker_outside"}
    moment.advance(LEASE)
    assert tick(settings, by_text=True) == TickReport(), "it does not look at them again"
    assert {held.dispatch_id for held in claim_outside(patient, moment)} == set(mine)
    assert waits(mine) == {None}
    assert {read_row(each).claims for each in mine} == {1}


def test_a_worker_outside_takes_what_waits_for_it_before_the_rest(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    patient = make_patient(moment())
    hire(patient, moment(), "sms")
    early = make_due(patient, moment() - LEASE)
    left = make_due(patient, moment())
    with transaction():
        changed = update(Dispatch).where(Dispatch.id.in_(left)).values(waits_for=WaitsFor.OUTSIDE_WORKER)
        db.session.execute(changed)
    assert [held.dispatch_id for held in claim_outside(patient, moment, batch=1)] == left
    assert [held.dispatch_id for held in claim_outside(patient, moment)] == early


@pytest.mark.parametrize(
    ("serves", "days", "of_another_clinic"),
    [((), 1, False), (("email", "fcm"), 1, False), (("sms",), 1, True)],
)
def test_what_nobody_can_send_ends(
    app: Flask,
    settings: Settings,
    moment: MovableClock,
    serves: tuple[str, ...],
    days: int,
    of_another_clinic: bool,
) -> None:
    patient = make_patient(moment())
    [dispatch_id] = make_due(patient, moment())
    hire(make_patient(moment()) if of_another_clinic else patient, moment(), *serves, days=days)
    assert tick(settings, by_text=True) == TickReport(claimed=1, dead=1)
    assert read_row(dispatch_id).reason == "no_channel"


def test_what_waits_for_a_worker_that_is_no_more_is_decided_anew(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    patient = make_patient(moment())
    worker = hire(patient, moment(), "sms")
    [dispatch_id] = make_due(patient, moment())
    tick(settings, by_text=True)
    with transaction():
        assert pauses.take_back(moment(), 10) == 0, "it still waits for somebody"
        accounts.revoke_tokens(worker, moment())
    moment.advance(LEASE)
    with transaction():
        assert pauses.take_back(moment(), 10) == 1
    assert tick(settings, by_text=True) == TickReport(claimed=1, dead=1)
    assert read_row(dispatch_id).reason == "no_channel"


def test_a_clinic_that_is_paused_while_it_waits_for_a_worker_outside_is_not_sent_to(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    patient = make_patient(moment())
    hire(patient, moment(), "sms")
    make_due(patient, moment())
    tick(settings, by_text=True)
    moment.advance(LEASE)
    pause(patient, moment)
    assert claim_outside(patient, moment) == []
    resume(patient, moment)
    assert len(claim_outside(patient, moment)) == 1
