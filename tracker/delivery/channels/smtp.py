"""Mail over SMTP. Until the recipient is named a failure is ours or the server's, never the message's."""

import smtplib
import ssl
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from tracker.delivery.channels import Channel, ChannelSettings
from tracker.delivery.channels.deadlines import within
from tracker.delivery.channels.mail import BadAddress, compose, domain_of
from tracker.delivery.channels.smtp_endings import BROKEN, CHECK_SECONDS, cut_off, let_go, say_goodbye
from tracker.delivery.rules.channel_kinds import EMAIL
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome

NAME = EMAIL.name
# Servers close what is idle for minutes; a connection is kept for a backlog, not for a quiet hour.
IDLE_SECONDS = 30
SHORTEST_SECONDS = 0.001  # none at all would mean not to wait for an answer


@dataclass(frozen=True, slots=True)
class _Kept:
    client: smtplib.SMTP
    since: float


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    tls: bool
    starttls: bool
    user: str
    password: str


class Smtp:
    """A mail server; connections that took a mail are kept for the next one, one for each thread that sends."""

    name = NAME
    drops_repetitions = EMAIL.drops_repetitions  # by its Message-ID

    def __init__(
        self, url: str, mail_from: str, timeout_seconds: float, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._server = _read(urlsplit(url))
        self._mail_from = mail_from
        self._timeout, self._idle = timeout_seconds, idle_seconds
        self._kept: list[_Kept] = []
        self._lock = Lock()

    def send(self, message: Message) -> Result:
        """Hand over one mail within the timeout."""
        ends_at = monotonic() + self._timeout
        try:
            mail = compose(message, self._mail_from)
        except BadAddress:
            return Result(AttemptOutcome.PERMANENT, "address_invalid")
        if (known := self._take()) is not None:
            with cut_off(known, ends_at - monotonic()):
                begun = self._is_alive(known) and self._name_sender(known) is None
                result = _finish(known, message.address, mail) if begun else None
            if result is not None:
                return self._keep(known, result)
            let_go(known)  # it was no more before it knew of this mail: a new one is told
        return self._send_anew(message.address, mail, ends_at)

    def close(self) -> None:
        """Say goodbye on every connection that is kept; the next mail makes a new one."""
        with self._lock:
            kept, self._kept = self._kept, []
        for each in kept:
            say_goodbye(each.client)

    def _send_anew(self, address: str, mail: bytes, ends_at: float) -> Result:
        try:
            left = max(ends_at - monotonic(), SHORTEST_SECONDS)
            client = within(ends_at, lambda: self._connect(left), let_go)
        except BROKEN as failure:
            return Result(AttemptOutcome.TRANSIENT, _code_of(failure, "connect_failed"))
        with cut_off(client, ends_at - monotonic()):
            refused = self._greet(client) or self._name_sender(client)
            result = refused or _finish(client, address, mail)
        return self._keep(client, result)

    def _connect(self, seconds: float) -> smtplib.SMTP:
        server, helo = self._server, domain_of(self._mail_from)
        if server.tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(server.host, server.port, helo, timeout=seconds, context=context)
        return smtplib.SMTP(server.host, server.port, helo, timeout=seconds)

    def _greet(self, client: smtplib.SMTP) -> Result | None:
        try:
            client.ehlo_or_helo_if_needed()
            if self._server.starttls:
                client.starttls(context=ssl.create_default_context())
            if self._server.user:
                client.login(self._server.user, self._server.password)
        except BROKEN as failure:
            return Result(AttemptOutcome.TRANSIENT, _code_of(failure, "connection_lost"))
        return None

    def _name_sender(self, client: smtplib.SMTP) -> Result | None:
        """Begin a mail; returns what came of it unless the server goes along."""
        try:
            code, _ = client.mail(self._mail_from.rpartition("<")[2].rstrip(">"))
        except BROKEN as failure:
            return Result(AttemptOutcome.TRANSIENT, _code_of(failure, "connection_lost"))
        return None if code == 250 else Result(AttemptOutcome.TRANSIENT, f"smtp_{code}")

    def _keep(self, client: smtplib.SMTP, result: Result) -> Result:
        """Keep a connection over which a mail was taken, and no other: what went wrong ends with it."""
        if result.outcome is AttemptOutcome.ACCEPTED:
            with self._lock:
                self._kept.append(_Kept(client, monotonic()))
        else:
            say_goodbye(client)
        return result

    def _take(self) -> smtplib.SMTP | None:
        """Return the connection used last, if one has not been idle for too long."""
        with self._lock:
            kept = self._kept.pop() if self._kept else None
        if kept is None:
            return None
        if monotonic() - kept.since < self._idle:
            return kept.client
        say_goodbye(kept.client)
        return self._take()

    def _is_alive(self, client: smtplib.SMTP) -> bool:
        """Ask in a short while; nothing of the mail before is left on the server then."""
        try:
            if client.sock is None:
                return False
            client.sock.settimeout(min(CHECK_SECONDS, self._timeout / 2))
            code, _ = client.rset()
            client.sock.settimeout(self._timeout)
        except BROKEN:
            return False
        return code == 250


def is_set(settings: ChannelSettings) -> bool:
    """Say whether a mail server is set."""
    return bool(settings.smtp_url)


def open_channel(settings: ChannelSettings) -> Channel:
    """Return the mail server."""
    return Smtp(settings.smtp_url, settings.mail_from, settings.send_timeout_seconds)


def _finish(client: smtplib.SMTP, address: str, mail: bytes) -> Result:
    try:
        code, _ = client.rcpt(address)
    except BROKEN as failure:
        return Result(AttemptOutcome.TRANSIENT, _code_of(failure, "connection_lost"))
    if code not in (250, 251):
        return _judge(code)
    try:
        code, _ = client.data(mail)
    except smtplib.SMTPDataError as refusal:
        return _judge(refusal.smtp_code)
    except BROKEN as failure:
        return Result(AttemptOutcome.UNKNOWN, _code_of(failure, "connection_lost"))
    return _judge(code)


def _judge(code: int) -> Result:
    if 200 <= code < 300:
        return Result(AttemptOutcome.ACCEPTED)
    outcome = AttemptOutcome.PERMANENT if 500 <= code < 600 else AttemptOutcome.TRANSIENT
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
