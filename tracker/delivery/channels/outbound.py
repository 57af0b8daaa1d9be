"""One POST to another service, which is not trusted: not with its address, its speed, nor its answer."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from threading import Timer

from tracker import clock
from tracker.delivery.channels.deadlines import within
from tracker.delivery.rules.destinations import Destination, DestinationRefused, ReadDestination, is_public
from tracker.delivery.rules.message import Result
from tracker.delivery.vocabulary import AttemptOutcome

MOST_BYTES_READ = 64 * 1024
Resolver = Callable[[str, int], Sequence[str]]
_BROKEN = (OSError, ValueError, HTTPException)
_ALWAYS = {"Connection": "close", "User-Agent": "notices/1"}


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What the service said. The body as it came, never unpacked; empty when it is too long or breaks off."""

    status: int
    body: bytes = b""
    retry_after_seconds: int | None = None
    # The names are in lower case.
    headers: Mapping[str, str] = field(default_factory=dict)


def resolve_name(host: str, port: int) -> Sequence[str]:
    """Return the IP addresses of a host, in the order in which to try them; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Poster:
    """Posts within a time that nothing can stretch. Follows no redirect, uses no proxy, keeps no connection."""

    def __init__(
        self,
        read_destination: ReadDestination,
        timeout_seconds: float,
        *,
        resolve: Resolver = resolve_name,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._read_destination = read_destination
        self._timeout = timeout_seconds
        self._resolve = resolve
        self._tls = tls or ssl.create_default_context()

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, deadline: float | None = None
    ) -> ServiceAnswer | Result:
        """Return the answer, else a Result: PERMANENT refused, TRANSIENT never sent, UNKNOWN perhaps sent.

        ``deadline``: an instant of the monotonic clock, for one of several requests that share the time.
        """
        deadline = clock.monotonic() + self._timeout if deadline is None else deadline
        try:
            to = self._read_destination(url)
            wire = within(deadline, lambda: self._connect(to, deadline), socket.socket.close)
        except DestinationRefused:
            return Result(AttemptOutcome.PERMANENT, "address_refused")
        except _BROKEN as failure:
            return Result(AttemptOutcome.TRANSIENT, _code_of(failure, "connect_failed"))
        with wire, _cut_off(wire, deadline):
            try:
                return _converse(wire, to, body, headers)
            except _BROKEN as failure:
                late = clock.monotonic() >= deadline
                return Result(
                    AttemptOutcome.UNKNOWN, "timeout" if late else _code_of(failure, "connection_lost")
                )

    def _connect(self, to: Destination, deadline: float) -> socket.socket:
        addresses = self._resolve(to.host, to.port)
        # All of them: which one is taken must not decide whether it was checked.
        if to.public_only and not all(is_public(address) for address in addresses):
            raise DestinationRefused("it leads into a private network")
        failure: Exception = OSError("no address")
        for tried, address in enumerate(addresses):
            left = deadline - clock.monotonic()
            if left <= 0:
                raise TimeoutError
            try:
                # The checked address, not the name, which could lead elsewhere by now.
                return self._open(to, address, left / (len(addresses) - tried))
            except _BROKEN as broken:
                failure = broken
        raise failure

    def _open(self, to: Destination, address: str, timeout: float) -> socket.socket:
        wire = socket.create_connection((address, to.port), timeout)
        if not to.tls:
            return wire
        try:
            return self._tls.wrap_socket(wire, server_hostname=to.host)
        except BaseException:
            wire.close()
            raise


def judge(answer: ServiceAnswer) -> Result:
    """Return what a status means for any service that keeps to HTTP."""
    status, code = answer.status, f"http_{answer.status}"
    if 200 <= status < 300:
        return Result(AttemptOutcome.ACCEPTED)
    if 300 <= status < 400:
        return Result(AttemptOutcome.PERMANENT, "redirected")
    if status in (408, 425, 429, 503):  # these say that nothing was done
        return Result(AttemptOutcome.TRANSIENT, code, retry_after_seconds=answer.retry_after_seconds)
    if 400 <= status < 500:
        return Result(AttemptOutcome.PERMANENT, code)
    # A service that fails, or a proxy that waits for it in vain, may have taken the message before.
    return Result(AttemptOutcome.UNKNOWN, code, retry_after_seconds=answer.retry_after_seconds)


def read_object(body: bytes) -> dict[str, object]:
    """Return the JSON object that a service sent; empty for anything else."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _converse(wire: socket.socket, to: Destination, body: bytes, headers: Mapping[str, str]) -> ServiceAnswer:
    connection = HTTPConnection(to.host, to.port)
    connection.sock = wire
    connection.request("POST", to.target, body, {**_ALWAYS, "Host": to.host_header, **headers})
    with connection.getresponse() as response:
        found = {name.lower(): str(value) for name, value in response.headers.items()}
        received = b""
        with suppress(*_BROKEN):  # the status is the answer; what is said besides may break off
            received = response.read(MOST_BYTES_READ + 1)
        whole = len(received) <= MOST_BYTES_READ and not response.length
    retry_after = _seconds(found.get("retry-after", ""))
    return ServiceAnswer(response.status, received if whole else b"", retry_after, found)


@contextmanager
def _cut_off(wire: socket.socket, deadline: float) -> Iterator[None]:
    # A socket's timeout starts anew with every byte that a slow server sends; this one does not.
    timer = Timer(max(deadline - clock.monotonic(), 0), _shut, [wire])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(wire: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(wire, socket.SHUT_RDWR)  # below TLS, whose own shutdown a reader would notice


def _code_of(failure: Exception, otherwise: str) -> str:
    match failure:
        case ssl.SSLCertVerificationError():
            return "certificate_refused"
        case socket.gaierror():
            return "name_unknown"
    return "timeout" if isinstance(failure, TimeoutError) else otherwise


def _seconds(retry_after: str) -> int | None:
    if retry_after.isascii() and retry_after.isdigit():
        return int(retry_after[:9])
    try:
        at = parsedate_to_datetime(retry_after)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(int((at - clock.now()).total_seconds()), 0)
    except (ValueError, OverflowError):
        return None
