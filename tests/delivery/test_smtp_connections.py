"""One connection carries many mails; a dead one costs a new connection and never a second mail."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.delivery.mail_server import Behaviour, free_port, mail_server
from tests.jobs.due_rows import EVERY_ROW, make_due, make_patient, read_row
from tracker import ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.delivery.channels.smtp import Smtp
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.jobs.dispatch import run_once
from tracker.jobs.exits import Exits

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MESSAGE = Message("key-1", "ana@example.org", "Hello", "Body\n", NOW, NOW + timedelta(hours=1))
TAKEN = Result(AttemptOutcome.ACCEPTED)


class Moody(Behaviour):
    """Answers the steps of the mails in turn; where nothing is said, all goes well."""

    def __init__(self, **answers: list[str]) -> None:
        super().__init__()
        self._turns = {step: iter(turns) for step, turns in answers.items()}

    def turn(self, step: str, server: object) -> str:
        answer = next(self._turns.get(step, iter(())), "250 OK")
        if answer == "cut":
            server.transport.abort()  # type: ignore[attr-defined]
        return answer

    async def handle_MAIL(self, server: object, *step: object) -> str:
        answer = await super().handle_MAIL(server, *step)
        said = self.turn("mail", server)
        return said if said != "250 OK" else answer

    async def handle_RCPT(self, server: object, *step: object) -> str:
        said = self.turn("rcpt", server)
        return await super().handle_RCPT(server, *step) if said == "250 OK" else said

    async def handle_DATA(self, server: object, *step: object) -> str:
        await super().handle_DATA(server, *step)
        return self.turn("data", server)


@contextmanager
def channel_to(behaviour: Behaviour, idle_seconds: float = 30) -> Iterator[Smtp]:
    """A channel to a server of these manners."""
    with (
        mail_server(behaviour) as address,
        closing(Smtp(f"smtp://{address}", "Us <us@example.net>", 10.0, idle_seconds)) as channel,
    ):
        yield channel


def mails(count: int) -> list[Message]:
    return [
        replace(MESSAGE, send_key=f"key-{number}", address=f"p{number}@example.org")
        for number in range(count)
    ]


def received(behaviour: Behaviour) -> list[str]:
    return [to[0] for to, _content in behaviour.received]


def test_many_mails_go_over_one_connection_and_it_ends_with_a_goodbye() -> None:
    behaviour = Behaviour()
    with channel_to(behaviour) as channel:
        assert [channel.send(mail) for mail in mails(20)] == [TAKEN] * 20
    assert received(behaviour) == [mail.address for mail in mails(20)]
    assert (behaviour.connections, behaviour.goodbyes) == (1, 1)


def test_threads_have_a_connection_each() -> None:
    behaviour = Behaviour()
    with channel_to(behaviour) as channel:
        start = threading.Barrier(4)

        def send_ten(first: int) -> None:
            start.wait()
            for mail in mails(40)[first : first + 10]:
                assert channel.send(mail) == TAKEN

        threads = [threading.Thread(target=send_ten, args=[first]) for first in (0, 10, 20, 30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(received(behaviour)) == sorted(mail.address for mail in mails(40))
    assert 1 <= behaviour.connections <= 4
    assert behaviour.goodbyes == behaviour.connections


def test_a_connection_that_the_server_forgot_is_made_anew_and_nothing_comes_twice() -> None:
    behaviour = Behaviour()
    with channel_to(behaviour) as channel:
        for mail in mails(5):
            assert channel.send(mail) == TAKEN
            behaviour.hang_up()
    assert received(behaviour) == [mail.address for mail in mails(5)]
    assert behaviour.connections == 5


@pytest.mark.parametrize("died", ["cut", "421 too many mails", "451 not now"])
def test_what_dies_before_the_sender_is_taken_is_told_anew(died: str) -> None:
    behaviour = Moody(mail=["250 OK", died])
    with channel_to(behaviour) as channel:
        assert [channel.send(mail) for mail in mails(2)] == [TAKEN] * 2
    assert received(behaviour) == [mail.address for mail in mails(2)]
    assert behaviour.connections == 2


@pytest.mark.parametrize(
    ("step", "answer", "outcome", "arrived"),
    [
        ("rcpt", "cut", AttemptOutcome.TRANSIENT, 1),
        ("rcpt", "450 greylisted", AttemptOutcome.TRANSIENT, 1),
        ("rcpt", "550 nobody", AttemptOutcome.PERMANENT, 1),
        ("data", "cut", AttemptOutcome.UNKNOWN, 2),
        ("data", "451 later", AttemptOutcome.TRANSIENT, 2),
        ("data", "554 refused", AttemptOutcome.PERMANENT, 2),
    ],
)
def test_what_fails_later_is_told_once_and_spoils_no_other(
    step: str, answer: str, outcome: AttemptOutcome, arrived: int
) -> None:
    behaviour = Moody(**{step: ["250 OK", answer]})
    with channel_to(behaviour) as channel:
        first, second, third = mails(3)
        assert channel.send(first) == TAKEN
        assert channel.send(second).outcome is outcome
        assert len(behaviour.received) == arrived
        assert channel.send(third) == TAKEN
    assert received(behaviour).count(third.address) == 1
    assert behaviour.received[-1][0] == [third.address]
    assert behaviour.connections == 2


def test_a_first_connection_that_is_cut_off_is_not_tried_again_at_once() -> None:
    behaviour = Moody(mail=["cut"])
    with channel_to(behaviour) as channel:
        assert channel.send(MESSAGE) == Result(AttemptOutcome.TRANSIENT, "connection_lost")
    assert behaviour.connections == 1


def test_what_was_idle_for_too_long_is_let_go_of() -> None:
    behaviour = Behaviour()
    with channel_to(behaviour, idle_seconds=0) as channel:
        assert [channel.send(mail) for mail in mails(3)] == [TAKEN] * 3
        assert behaviour.goodbyes == 2
    assert (behaviour.connections, behaviour.goodbyes) == (3, 3)


def test_a_server_that_went_away_for_good_is_a_failure_like_any_other() -> None:
    port = free_port()
    with closing(Smtp(f"smtp://127.0.0.1:{port}", "Us <us@example.net>", 10.0)) as channel:
        with mail_server(Behaviour(), port=port):
            assert channel.send(MESSAGE) == TAKEN
        assert channel.send(MESSAGE) == Result(AttemptOutcome.TRANSIENT, "connect_failed")
        with mail_server(Behaviour(), port=port):
            assert channel.send(MESSAGE) == TAKEN


def test_a_round_of_the_worker_uses_few_connections_and_leaves_none(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    rows = make_due(make_patient(moment()), moment(), count=30)
    behaviour = Behaviour()
    with mail_server(behaviour) as address:
        exits = Exits({"email": Smtp(f"smtp://{address}", settings.mail_from, 30.0)})
        run_once(settings, ids.new_id(), last_look=EVERY_ROW, exits=exits)
        assert behaviour.goodbyes == behaviour.connections
    assert {read_row(row).state for row in rows} == {"accepted"}
    assert len(behaviour.received) == 30
    assert behaviour.connections <= settings.sender_threads
