"""The load: one process, eight kept-alive connections, each sending as soon as its answer is there.

Reads a JSON order on standard input, writes what it counted on standard output. Standard library only.
"""

import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count, cycle
from typing import Any

POST = (
    "POST /v1/check-ins HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n"
    "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
)
GET = (
    "GET /v1/check-ins?limit=30&patient_id={patient_id} HTTP/1.1\r\nHost: bench\r\n"
    "Authorization: Bearer {token}\r\n\r\n"
)
BODY = (
    '{{"recorded_at":"{recorded_at}","time_zone":"Europe/Berlin","patient_id":"{patient_id}",'
    '"soreness":2,"stiffness":1,"hydration_ml":500,"red_flags":[]}}'
)
CONNECTIONS = 8
SILENCE_SECONDS = 10.0


@dataclass(slots=True)
class Counted:
    """What one run of load saw; times in seconds."""

    requests: int = 0
    refused: int = 0  # answers that are not 2xx
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Caller:
    """One connection and the answer that is coming in on it."""

    connection: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def send(self, request: bytes) -> None:
        """Send the next request."""
        self.received.clear()
        self.sent_at = time.perf_counter()
        self.connection.sendall(request)

    def receive(self) -> int | None:
        """Take what came; return the status once the whole answer is there."""
        chunk = self.connection.recv(1 << 18)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        self.received += chunk
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.received[:end]).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return int(head[9:12]) if len(self.received) >= end + 4 + length else None


def requests(order: dict[str, Any]) -> Iterator[bytes]:
    """Yield the requests of all patients in turn, each creation with a key of its own."""
    number = count()
    for token, patient_id in cycle(order["patients"][order["begin"] :] + order["patients"][: order["begin"]]):
        if order["method"] == "GET":
            yield GET.format(token=token, patient_id=patient_id).encode()
            continue
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        body = BODY.format(recorded_at=now, patient_id=patient_id)
        key = f"{order['run']}-{next(number)}"
        yield POST.format(token=token, key=key, length=len(body), body=body).encode()


def run(order: dict[str, Any]) -> Counted:
    """Send for so many seconds and count what came back."""
    counted, coming = Counted(), requests(order)
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", order["port"]))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ, Caller(connection))
        started = time.perf_counter()
        for registered in list(selector.get_map().values()):
            registered.data.send(next(coming))
        waiting = CONNECTIONS
        while waiting:
            ready = selector.select(SILENCE_SECONDS)
            if not ready:
                raise TimeoutError("the server does not answer")
            for registered, _events in ready:
                caller: Caller = registered.data
                status = caller.receive()
                if status is None:
                    continue
                now = time.perf_counter()
                counted.requests += 1
                counted.refused += not 200 <= status < 300
                counted.times.append(now - caller.sent_at)
                if now - started < order["seconds"]:
                    caller.send(next(coming))
                else:
                    waiting -= 1
        counted.seconds = time.perf_counter() - started
    return counted


if __name__ == "__main__":
    json.dump(asdict(run(json.load(sys.stdin))), sys.stdout)
