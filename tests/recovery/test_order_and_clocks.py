"""Answers out of order or in the middle of a hand-over, and a clock that somebody sets (T28, T29, T33)."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.cast import Person
from tests.scene import ENDED, Postbox, Scene
from tests.support.keys import keyed
from tracker import ids
from tracker.alerts.models import Alert
from tracker.db import db, transaction
from tracker.delivery import service as delivery
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import Purpose
from tracker.sessions.models import TreatmentSession

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
COURSE = [(24, 3), (47, 6), (52, 7), (60, 6)]


# What tells how the news came in, and whom they reached meanwhile, not what is true of the patient.
ARRIVAL = {"id", "patient_id", "version", "round", "late_by_minutes"}


def say_late(scene: Scene, person: Person, order: Iterable[int]) -> dict[UUID, int]:
    """Log the course at its end in this order; return which check-in is which hour's."""
    said = {}
    for hours, soreness in (COURSE[place] for place in order):
        body = {
            "recorded_at": (ENDED + hours * HOUR).isoformat(), "time_zone": "Europe/Berlin",
            "soreness": soreness, "red_flags": [],
        }  # fmt: skip
        answer = scene.post("/v1/check-ins", body, person)
        assert answer.status_code == 201
        said[UUID(answer.get_json()["id"])] = hours
    return said


def alert_rows(person: Person, hours_of: dict[UUID, int]) -> list[dict[str, Any]]:
    """Every stored alert of a patient, less what tells of its arrival; check-ins by hour, sessions by end."""
    db.session.rollback()
    statement = select(Alert).where(Alert.patient_id == person.patient_id).order_by(Alert.effective_at)
    return [_as_in_order(row, hours_of) for row in db.session.scalars(statement)]


def _as_in_order(row: Alert, hours_of: dict[UUID, int]) -> dict[str, Any]:
    shown = {
        column.key: getattr(row, column.key)
        for column in Alert.__table__.columns
        if column.key not in ARRIVAL
    }
    inputs = {name: value for name, value in row.inputs.items() if name != "lowest_since_told"}
    inputs["check_in_ids"] = [hours_of[UUID(said)] for said in row.inputs["check_in_ids"]]
    ended_at = [
        db.session.get_one(TreatmentSession, named).ended_at
        for named in (row.session_id, row.episode_id)
        if named
    ]
    assert row.check_in_id
    return shown | {
        "inputs": inputs,
        "check_in_id": hours_of[row.check_in_id],
        "session_id": ended_at[0],
        "episode_id": ended_at[-1],
    }


@pytest.mark.any_database
@pytest.mark.parametrize("order", list(permutations(range(4))), ids=lambda order: f"T28-{order}")
def test_answers_that_come_late_end_as_if_they_had_come_in_order(
    scene: Scene, order: tuple[int, ...]
) -> None:
    pia, paul = scene.cast.pia, scene.cast.paul
    for person in (pia, paul):
        scene.treat(person)
    scene.at(61)
    in_order = alert_rows(paul, say_late(scene, paul, range(4)))
    (live,) = found = alert_rows(pia, say_late(scene, pia, order))  # one at most, whatever came first
    assert found == in_order
    assert (live["rule"], live["historic"], live["check_in_id"]) == ("worsens", False, 60)
    items = scene.get("/v1/check-ins", pia)["items"]
    assert sorted(item["recorded_at"] for item in items) == [
        f"{ENDED + hours * HOUR:%Y-%m-%dT%H:%M:%SZ}" for hours, _ in COURSE
    ]


def check_24h() -> Dispatch:
    db.session.rollback()
    statement = select(Dispatch).where(Dispatch.step_key == "check_24h", Dispatch.occurrence == 0)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def attempts_of(row: Dispatch) -> list[str | None]:
    statement = select(DeliveryAttempt.outcome).where(DeliveryAttempt.dispatch_id == row.id)
    return list(db.session.scalars(statement))


@pytest.mark.parametrize("state", ["claimed"], ids=["T29-claimed"])
def test_an_answer_withdraws_a_reminder_that_a_worker_holds(scene: Scene, state: str) -> None:
    scene.treat()
    scene.work_through(23.9)
    scene.at(24)
    with transaction():
        claims = delivery.claim(
            Purpose.REMINDER, ids.new_id(), scene.clock(), batch=10, lease=timedelta(seconds=60)
        )
    assert check_24h().state == state
    scene.say(24, soreness=1)
    row = check_24h()
    assert (row.state, row.reason, attempts_of(row)) == ("suppressed", "answered", [])
    with transaction():
        assert not delivery.give_back(claims[0], scene.clock())  # it is not the worker's any more
    before = len(scene.postbox.mails)
    scene.work(24.1)
    assert len(scene.postbox.mails) == before


class AnsweredWhileSending(Postbox):
    """A provider that takes so long that the patient answers meanwhile."""

    scene: Scene

    def send(self, message: Message) -> Result:
        body = {
            "recorded_at": self.clock().isoformat(), "time_zone": "Europe/Berlin", "soreness": 1, "red_flags": []
        }  # fmt: skip
        headers = keyed(self.scene.cast.pia.headers)
        answer = self.scene.app.test_client().post("/v1/check-ins", json=body, headers=headers)
        assert answer.status_code == 201
        return super().send(message)


@pytest.mark.parametrize("state", ["sending"], ids=["T29-sending"])
def test_an_answer_does_not_call_back_a_reminder_that_is_leaving(scene: Scene, state: str) -> None:
    scene.treat()
    scene.work_through(23.9)
    provider = AnsweredWhileSending(scene.clock)
    provider.scene = scene
    scene.postbox = provider
    scene.work(24)
    row = check_24h()
    assert (row.state, attempts_of(row)) == ("accepted", ["accepted"])
    assert len(provider.mails) == 1, state
    scene.work_through(30)
    assert len(provider.mails) == 1  # no repeat: the check is answered


def every(minutes: int, start: float, end: float) -> Iterator[timedelta]:
    moment = start * HOUR
    while moment <= end * HOUR:
        yield moment
        moment += minutes * MINUTE


def hours_shown(step_at: float, step: timedelta) -> Iterator[timedelta]:
    """What a clock shows, hour after true hour, that is set once by so much."""
    for moment in every(20, 0, 52):
        yield moment + (step if moment >= step_at * HOUR else 0 * HOUR)


def saw_tooth() -> Iterator[timedelta]:
    """What a clock shows that somebody sets back by 5 min every other minute, around the 24 h check."""
    yield from every(20, 0, 23.6)
    for number, moment in enumerate(every(1, 23.7, 24.6)):
        yield moment - 5 * MINUTE * (number % 2)
    yield from every(20, 24.7, 52)


STEPS = [
    pytest.param(list(hours_shown(at, step)), id=f"T33-{step / HOUR:+.0f}h-at-{at}h")
    for at in (23.9, 24.1)
    for step in (-HOUR, HOUR, -24 * HOUR, 24 * HOUR)
]


@pytest.mark.any_database
@pytest.mark.parametrize("shown", [*STEPS, pytest.param(list(saw_tooth()), id="T33-saw-tooth")])
def test_a_clock_that_is_set_sends_nothing_twice_and_nothing_early(
    scene: Scene, shown: list[timedelta]
) -> None:
    scene.treat()
    for since_end in shown:
        scene.work(since_end / HOUR)
    keys = [message.send_key for _, message in scene.postbox.mails]
    assert len(keys) == len(set(keys))
    db.session.rollback()
    sent = [row for row in db.session.scalars(select(Dispatch)) if row.accepted_at is not None]
    assert len(sent) == len(keys) > 2
    for row in sent:
        assert row.accepted_at
        assert row.not_before <= row.due_at <= row.accepted_at < row.not_after
        assert row.attempt_count == 1
    assert len({(row.step_key, row.occurrence) for row in sent}) == len(sent)
    if max(shown) <= 52 * HOUR:  # a clock that was never ahead makes nothing expire
        assert {"check_24h", "aftercare_card"} <= {row.step_key for row in sent}
