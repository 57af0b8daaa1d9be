"""How conversations with a mail server end: politely, at once, or because their time is over."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

# A server that has forgotten the connection answers at once or never.
CHECK_SECONDS = 2

BROKEN = (OSError, ValueError, smtplib.SMTPException)  # a TLS socket that is cut off raises ValueError


@contextmanager
def cut_off(client: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """Close the line when this much time has passed, whatever the server says meanwhile."""
    # A socket's timeout starts anew with every byte that a slow server sends; this one does not.
    timer = Timer(max(seconds, 0), _shut, [client])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # it may be at work: nothing it cuts off is somebody else's by then


def _shut(client: smtplib.SMTP) -> None:
    with suppress(*BROKEN):
        if client.sock is not None:
            client.sock.shutdown(socket.SHUT_RDWR)


def say_goodbye(client: smtplib.SMTP) -> None:
    """Take leave of a server within a short while; does not raise."""
    with suppress(*BROKEN), cut_off(client, CHECK_SECONDS):
        client.quit()
    let_go(client)


def let_go(client: smtplib.SMTP) -> None:
    """Close a connection without a word; does not raise."""
    with suppress(*BROKEN):
        client.close()
