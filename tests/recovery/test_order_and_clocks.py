"""Answers out of order or in the middle of a hand-over, and a clock that somebody sets (T28, T29, T33)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from tests.recovery.scene import ENDED, Postbox, Scene
from tests.support.keys import keyed
from tracker import ids
from tracker.db import db, transaction
from tracker.delivery import service as delivery
from tracker.delivery.message import Message, Result
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.states import Purpose

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
COURSE = [(24, 3), (47, 6), (52, 7), (60, 6)]


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5], ids=lambda order: f"T28-{order}")
def test_answers_that_come_late_end_as_if_they_had_come_in_order(
    scene: Scene, order: tuple[int, ...]
) -> None:
    scene.treat()
    scene.at(61)
    for hours, soreness in (COURSE[place] for place in order):
        body = {
            "recorded_at": (ENDED + hours * HOUR).isoformat(), "time_zone": "Europe/Berlin",
            "soreness": soreness, "red_flags": [],
        }  # fmt: skip
        assert scene.post("/v1/check-ins", body, scene.cast.pia).status_code == 201
    live = [alert for alert in scene.alerts() if not alert["historic"]]
    assert [alert["rule"] for alert in live] == ["worsens"]  # one at most, whatever came first
    items = scene.get("/v1/check-ins", scene.cast.pia)["items"]
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
