"""A real SMTP server on the loopback interface that behaves as told."""

import asyncio
import socket
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

OK = "250 OK"
START_SECONDS = 60  # of a busy machine
_PROBES: list[socket.socket] = []


class Behaviour:
    """Answers each step as told, and keeps the mails it was given."""

    def __init__(self, *, mail: str = OK, rcpt: str = OK, data: str = OK, cut: str = "") -> None:
        self.received: list[tuple[list[str], bytes]] = []
        self.connections = 0
        self.goodbyes = 0
        self.servers: list[Any] = []
        self._mail, self._rcpt, self._data, self._cut = mail, rcpt, data, cut

    async def handle_QUIT(self, *_step: Any) -> str:
        self.goodbyes += 1
        return "221 Bye"

    def hang_up(self) -> None:
        """Forget every connection there is, as a server does with what is idle."""
        for server in self.servers:
            if server.transport is not None:
                server.loop.call_soon_threadsafe(server.transport.abort)

    async def handle_MAIL(self, server: Any, *step: Any) -> str:
        _, envelope, address, _ = step
        self._cut_at("mail", server)
        envelope.mail_from = address
        return self._mail

    async def handle_RCPT(self, server: Any, *step: Any) -> str:
        _, envelope, address, _ = step
        self._cut_at("rcpt", server)
        if self._rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self._rcpt

    async def handle_DATA(self, server: Any, *step: Any) -> str:
        _, envelope = step
        self.received.append((envelope.rcpt_tos, envelope.original_content))
        self.keep(envelope.original_content)
        self._cut_at("data", server)
        if self._data == "silence":
            await asyncio.sleep(60)
        return self._data

    def keep(self, content: bytes) -> None:
        """What a test does with a mail before it is answered."""

    def _cut_at(self, step: str, server: Any) -> None:
        if self._cut == step:
            server.transport.abort()


class _Server(Controller):
    def __init__(self, behaviour: Behaviour, listener: socket.socket, users: dict[str, str]) -> None:
        port = listener.getsockname()[1]
        super().__init__(behaviour, hostname="127.0.0.1", port=port, ready_timeout=START_SECONDS)
        self._listener, self._users = listener, users

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listener)

    def factory(self) -> SMTP:
        options: dict[str, Any] = {}
        if self._users:
            options = {"authenticator": self._check, "auth_required": True, "auth_require_tls": False}
        server = SMTP(self.handler, hostname="loopback", **options)
        self.handler.connections += 1
        self.handler.servers.append(server)
        return server

    def _check(self, *details: Any) -> AuthResult:
        data = details[-1]
        known = self._users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=known, handled=False)


@contextmanager
def mail_server(behaviour: Behaviour, users: dict[str, str] | None = None, port: int = 0) -> Iterator[str]:
    """Run a mail server; gives ``host:port``."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = _Server(behaviour, listener, users or {})
        server.start()
        behaviour.connections = 0  # it has tried itself
        try:
            yield f"127.0.0.1:{server.port}"
        finally:
            server.stop()


def free_port() -> int:
    """A port on which nobody listens, and which nobody else is given as long as this process lives."""
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that is told to use it may
    probe.bind(("127.0.0.1", 0))
    _PROBES.append(probe)
    port: int = probe.getsockname()[1]
    return port
