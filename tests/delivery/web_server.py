"""A real HTTP server on the loopback interface that behaves as told."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; the names of the headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[["_Handler"], None]


@dataclass(slots=True)
class Site:
    """A running server, and what it was asked."""

    port: int
    requests: list[Request] = field(default_factory=list)
    # The host names that TLS clients asked for.
    asked_for: list[str | None] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where it listens, as ``host:port``."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Its address without TLS."""
        return f"http://{self.place}"


def reply(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answer like this; ``retry_after`` stands for ``Retry-After``."""

    def answer(handler: "_Handler") -> None:
        handler.send_response(status)
        for name, value in ({"content_length": str(len(body))} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def raw(*pieces: bytes, pause: float = 0.0) -> Behaviour:
    """Send these bytes one after the other, then close."""

    def answer(handler: "_Handler") -> None:
        for piece in pieces:
            handler.wfile.write(piece)
            time.sleep(pause)

    return answer


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave in another way at each request, and stay with the last."""
    left = list(behaviours)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


@contextmanager
def web_server(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Run a server."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.behaviour, server.site = behaviour, Site(server.server_port)
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: server.site.asked_for.append(name)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    behaviour: Behaviour
    site: Site
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: Any) -> None:
        """A client that went away, or refused a certificate, is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.site.requests.append(Request(self.path, headers, body))
        self.server.behaviour(self)

    def log_message(self, *_: Any) -> None:
        """Nobody reads along."""
