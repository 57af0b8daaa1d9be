"""Which way a message takes, as a table of what came of the earlier ones."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tracker.delivery.rules.routes import AllShut, Route, Tried, choose

PUSH, MAIL, TEXT = Route("fcm", "token"), Route("email", "ana@example.org"), Route("sms", "+4930123456")
MINUTE = timedelta(minutes=1)


@dataclass
class Doors:
    """Channels that are there, and for how long some of them are shut."""

    there: frozenset[str] = frozenset({"fcm", "email", "sms"})
    shut: dict[str, timedelta] = field(default_factory=dict)

    def has(self, channel: str) -> bool:
        return channel in self.there

    def drops_repetitions(self, channel: str) -> bool:
        return channel != "sms"

    def shut_for(self, channel: str) -> timedelta:
        return self.shut.get(channel, timedelta(0))


@pytest.mark.parametrize(
    ("tried", "taken"),
    [
        ([Tried(), Tried(), Tried()], PUSH),
        ([Tried(failures=2), Tried(), Tried()], PUSH),
        ([Tried(failures=3), Tried(), Tried()], MAIL),
        ([Tried(failures=2, lost_answers=1), Tried(), Tried()], MAIL),
        ([Tried(failures=3), Tried(failures=3), Tried()], TEXT),
        ([Tried(failures=3), Tried(failures=3), Tried(failures=3)], PUSH),
        ([Tried(failures=5), Tried(failures=6), Tried(failures=3)], PUSH),
        ([Tried(failures=6), Tried(failures=5), Tried(failures=3)], MAIL),
        ([Tried(refused=True), Tried(), Tried()], MAIL),
        ([Tried(refused=True), Tried(failures=20), Tried(refused=True)], MAIL),
        ([Tried(refused=True), Tried(refused=True), Tried(lost_answers=1)], TEXT),
        ([Tried(refused=True), Tried(refused=True), Tried(lost_answers=2)], None),
        ([Tried(refused=True), Tried(lost_answers=9), Tried(lost_answers=2)], MAIL),
        ([Tried(refused=True), Tried(refused=True), Tried(refused=True)], None),
    ],
)
def test_the_first_way_that_may_still_work_is_taken(tried: list[Tried], taken: Route | None) -> None:
    assert choose(list(zip([PUSH, MAIL, TEXT], tried, strict=True)), Doors()) == taken


def test_the_order_is_the_persons_own() -> None:
    assert choose([(TEXT, Tried()), (PUSH, Tried())], Doors()) == TEXT


def test_a_channel_that_is_not_there_is_passed_over() -> None:
    options = [(PUSH, Tried()), (MAIL, Tried())]
    assert choose(options, Doors(frozenset({"email"}))) == MAIL
    assert choose(options, Doors(frozenset({"sms"}))) is None
    assert choose([], Doors()) is None


def test_while_a_channel_is_shut_the_next_takes_over() -> None:
    options = [(PUSH, Tried()), (MAIL, Tried())]
    assert choose(options, Doors(shut={"fcm": MINUTE})) == MAIL
    assert choose(options, Doors(shut={"fcm": MINUTE, "email": 2 * MINUTE})) == AllShut(MINUTE)
    assert choose([(PUSH, Tried(refused=True)), *options[1:]], Doors(shut={"email": MINUTE})) == AllShut(
        MINUTE
    )
