import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from tests.delivery.mail_server import Behaviour, free_port, mail_server
from tests.support.pedometer import Pedometer
from tracker.delivery.channels.mail import compose
from tracker.delivery.channels.smtp import Smtp
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MESSAGE = Message("key-1", "ana@example.org", "Hello", "Body\n.\ndot\n", NOW, NOW + timedelta(hours=1))
SENDER = "Us <us@example.net>"


def send(address: str, message: Message = MESSAGE, timeout: float = 10.0) -> Result:
    with closing(Smtp(f"smtp://{address}", SENDER, timeout)) as channel:
        return channel.send(message)


def test_a_mail_arrives_as_it_was_written() -> None:
    behaviour = Behaviour()
    with mail_server(behaviour) as address:
        assert send(address) == Result(AttemptOutcome.ACCEPTED)
    assert behaviour.received == [(["ana@example.org"], compose(MESSAGE, SENDER))]


def test_a_mail_sent_twice_is_the_same_to_the_byte() -> None:
    behaviour = Behaviour()
    with mail_server(behaviour) as address:
        send(address)
        send(address)
    first, second = behaviour.received
    assert first == second


@pytest.mark.parametrize(
    ("behaviour", "outcome", "error_code"),
    [
        # Before the recipient is named, the message is not at fault.
        (Behaviour(mail="451 later"), AttemptOutcome.TRANSIENT, "smtp_451"),
        (Behaviour(mail="550 we do not know you"), AttemptOutcome.TRANSIENT, "smtp_550"),
        (Behaviour(cut="mail"), AttemptOutcome.TRANSIENT, "connection_lost"),
        (Behaviour(rcpt="450 greylisted"), AttemptOutcome.TRANSIENT, "smtp_450"),
        (Behaviour(rcpt="550 no such person"), AttemptOutcome.PERMANENT, "smtp_550"),
        (Behaviour(rcpt="421 closing"), AttemptOutcome.TRANSIENT, "smtp_421"),
        (Behaviour(cut="rcpt"), AttemptOutcome.TRANSIENT, "connection_lost"),
        (Behaviour(data="451 later"), AttemptOutcome.TRANSIENT, "smtp_451"),
        (Behaviour(data="554 refused"), AttemptOutcome.PERMANENT, "smtp_554"),
        # The bytes were sent and nobody knows what became of them.
        (Behaviour(cut="data"), AttemptOutcome.UNKNOWN, "connection_lost"),
    ],
)
def test_an_answer_says_whether_to_try_again(
    behaviour: Behaviour, outcome: AttemptOutcome, error_code: str
) -> None:
    with mail_server(behaviour) as address:
        assert send(address) == Result(outcome, error_code)


def test_silence_after_the_last_byte_is_unknown_and_ends_in_time() -> None:
    with mail_server(Behaviour(data="silence")) as address:
        with Pedometer() as walked:
            result = send(address, timeout=1.0)
        assert walked.seconds < 2.0
    assert result.outcome is AttemptOutcome.UNKNOWN


def test_nobody_listening_is_tried_again_later() -> None:
    assert send(f"127.0.0.1:{free_port()}") == Result(AttemptOutcome.TRANSIENT, "connect_failed")


def test_a_server_that_never_greets_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        with Pedometer() as walked:
            result = send(f"127.0.0.1:{deaf.getsockname()[1]}", timeout=0.3)
        assert walked.seconds < 1.5
    assert result == Result(AttemptOutcome.TRANSIENT, "timeout")


@contextmanager
def dripping_server(at_once: bytes, piece: bytes) -> Iterator[str]:
    """Says something at once, then one piece at a time, each well within a socket's timeout; it never ends."""
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=_drip, args=[server, at_once, piece, over])
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def _drip(server: socket.socket, at_once: bytes, piece: bytes, over: Event) -> None:
    connection, _ = server.accept()
    with connection, suppress(OSError):
        connection.sendall(at_once)
        while not over.wait(0.1):
            connection.sendall(piece)


@pytest.mark.parametrize(
    ("at_once", "piece"),
    [(b"220 hello\r\n", b"2"), (b"", b"220-hello\r\n"), (b"220", b"-")],
)
def test_a_server_that_drips_is_cut_off_in_time(at_once: bytes, piece: bytes) -> None:
    with dripping_server(at_once, piece) as address:
        with Pedometer() as walked:
            result = send(address, timeout=0.5)
        assert walked.seconds < 1.5
    assert result.outcome is AttemptOutcome.TRANSIENT


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the loopback server has no certificate
@pytest.mark.parametrize(
    ("login", "outcome"),
    [
        ("worker:right%2Fword@", AttemptOutcome.ACCEPTED),
        # Wrong credentials are the operator's fault; no message may die of it.
        ("worker:wrong@", AttemptOutcome.TRANSIENT),
        ("", AttemptOutcome.TRANSIENT),
    ],
)
def test_the_worker_signs_in_where_credentials_are_set(login: str, outcome: AttemptOutcome) -> None:
    with mail_server(Behaviour(), users={"worker": "right/word"}) as address:
        assert send(f"{login}{address}").outcome is outcome


def test_a_server_without_tls_gets_nothing_when_tls_is_asked_for() -> None:
    behaviour = Behaviour()
    with mail_server(behaviour) as address:
        assert send(f"{address}?starttls=1").outcome is AttemptOutcome.TRANSIENT
        result = Smtp(f"smtps://{address}", SENDER, 10.0).send(MESSAGE)
    assert result == Result(AttemptOutcome.TRANSIENT, "connect_failed")
    assert behaviour.received == []


def test_an_address_that_smuggles_a_command_reaches_no_server() -> None:
    behaviour = Behaviour()
    with mail_server(behaviour) as address:
        result = send(address, replace(MESSAGE, address="a@example.org>\r\nRCPT TO:<b@example.org"))
    assert result == Result(AttemptOutcome.PERMANENT, "address_invalid")
    assert behaviour.received == []
