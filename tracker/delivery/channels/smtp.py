"""Mail over SMTP. Until the recipient is named a failure is ours or the server's, never the message's."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from time import monotonic
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from tracker.delivery.channels import Channel, ChannelSettings
from tracker.delivery.channels.mail import BadAddress, compose, domain_of
from tracker.delivery.message import Message, Result
from tracker.delivery.states import Outcome

_BROKEN = (OSError, ValueError, smtplib.SMTPException)  # a TLS socket that is cut off raises ValueError


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    tls: bool
    starttls: bool
    user: str
    password: str


class Smtp:
    """A mail server, met anew for every message."""

    name = "email"
    drops_repetitions = True  # by its Message-ID

    def __init__(self, url: str, mail_from: str, timeout_seconds: float) -> None:
        self._server = _read(urlsplit(url))
        self._mail_from = mail_from
        self._timeout = timeout_seconds

    def send(self, message: Message) -> Result:
        """Hand over one mail within the timeout."""
        started = monotonic()
        try:
            mail = compose(message, self._mail_from)
        except BadAddress:
            return Result(Outcome.PERMANENT, "address_invalid")
        try:
            client = self._connect()
        except _BROKEN as failure:
            return Result(Outcome.TRANSIENT, _code_of(failure, "connect_failed"))
        with _cut_off(client, started + self._timeout - monotonic()):
            return self._converse(client, message.address, mail)

    def _connect(self) -> smtplib.SMTP:
        server, helo = self._server, domain_of(self._mail_from)
        if server.tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(server.host, server.port, helo, timeout=self._timeout, context=context)
        return smtplib.SMTP(server.host, server.port, helo, timeout=self._timeout)

    def _converse(self, client: smtplib.SMTP, address: str, mail: bytes) -> Result:
        try:
            self._greet(client)
            code, _ = client.mail(self._mail_from.rpartition("<")[2].rstrip(">"))
            if code != 250:
                return Result(Outcome.TRANSIENT, f"smtp_{code}")
            code, _ = client.rcpt(address)
        except _BROKEN as failure:
            return Result(Outcome.TRANSIENT, _code_of(failure, "connection_lost"))
        return self._transfer(client, mail) if code in (250, 251) else _judge(code)

    def _greet(self, client: smtplib.SMTP) -> None:
        client.ehlo_or_helo_if_needed()
        if self._server.starttls:
            client.starttls(context=ssl.create_default_context())
        if self._server.user:
            client.login(self._server.user, self._server.password)

    def _transfer(self, client: smtplib.SMTP, mail: bytes) -> Result:
        try:
            code, _ = client.data(mail)
        except smtplib.SMTPDataError as refusal:
            return _judge(refusal.smtp_code)
        except _BROKEN as failure:
            return Result(Outcome.UNKNOWN, _code_of(failure, "connection_lost"))
        return _judge(code)


def open_channel(settings: ChannelSettings) -> Channel | None:
    """Return the mail server if one is set."""
    if not settings.smtp_url:
        return None
    return Smtp(settings.smtp_url, settings.mail_from, settings.send_timeout_seconds)


@contextmanager
def _cut_off(client: smtplib.SMTP, seconds: float) -> Iterator[None]:
    # A socket's timeout starts anew with every byte that a slow server sends; this one does not.
    timer = Timer(max(seconds, 0), _shut, [client])
    timer.daemon = True
    timer.start()
    try:
        yield
        with suppress(*_BROKEN):
            client.quit()
    finally:
        timer.cancel()
        client.close()


def _shut(client: smtplib.SMTP) -> None:
    with suppress(*_BROKEN):
        if client.sock is not None:
            client.sock.shutdown(socket.SHUT_RDWR)


def _judge(code: int) -> Result:
    if 200 <= code < 300:
        return Result(Outcome.ACCEPTED)
    outcome = Outcome.PERMANENT if 500 <= code < 600 else Outcome.TRANSIENT
    return Result(outcome, f"smtp_{code}")


def _code_of(failure: Exception, otherwise: str) -> str:
    if isinstance(failure, smtplib.SMTPResponseException):
        return f"smtp_{failure.smtp_code}"
    # smtplib wraps a timeout while it reads; the cause is only in the context.
    late = isinstance(failure, TimeoutError) or isinstance(failure.__context__, TimeoutError)
    return "timeout" if late else otherwise


def _read(url: SplitResult) -> _Server:
    tls = url.scheme == "smtps"
    starttls = parse_qs(url.query).get("starttls", ["0"])[0] == "1"
    port = url.port or (465 if tls else 587 if starttls else 25)
    return _Server(
        host=url.hostname or "localhost",
        port=port,
        tls=tls,
        starttls=starttls,
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
    )
