"""Where a request may go: addresses that strangers name are held to the public Internet."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

# A name whose last label begins with a letter: no address, however it is written (127.1, 0x7f.1, 017700000001).
_NAME = re.compile(r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
# Anything else is read in different ways by different programs.
_PLAIN = re.compile(r"[!-\[\]-~]{1,2000}")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_WRAPS_IPV4 = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
_NAT64 = IPv6Network("64:ff9b::/96")


class DestinationRefused(ValueError):
    """Nothing is sent to this address; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Destination:
    """An address taken apart; ``public_only``: every address behind the name has to be on the public Internet."""

    host: str
    port: int
    target: str
    tls: bool
    public_only: bool

    @property
    def host_header(self) -> str:
        """Return host and port as they stand in the request."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Return scheme, host and port as a browser writes them."""
        return f"{'https' if self.tls else 'http'}://{self.host_header}"


ReadDestination = Callable[[str], Destination]


def strangers(allowed: str) -> ReadDestination:
    """Return the reader for addresses that come from outside; ``allowed`` holds pairs host:port that are exempt."""
    exempt = frozenset(allowed.lower().replace("[", "").replace("]", "").split())

    def read(url: str) -> Destination:
        found = _take_apart(url)
        if f"{found.host}:{found.port}" in exempt:
            return found
        if not found.tls:
            raise DestinationRefused("it has to start with https://")
        if found.port != 443:
            raise DestinationRefused("it has to use port 443")
        if not _NAME.fullmatch(found.host):
            raise DestinationRefused("it has to name a host, not an address")
        return Destination(found.host, found.port, found.target, tls=True, public_only=True)

    return read


def push_services(hosts: str, allowed: str) -> ReadDestination:
    """Return the reader for endpoints that browsers name: only of these hosts, or of the pairs host:port.

    ``hosts`` are separated by spaces; a leading dot admits every host below.
    """
    read_stranger, entries = strangers(allowed), hosts.lower().split()

    def read(url: str) -> Destination:
        found = read_stranger(url)
        if found.public_only and not any(_admits(entry, found.host) for entry in entries):
            raise DestinationRefused("it has to be at a push service that is known here")
        return found

    return read


def operators(url: str) -> Destination:
    """Read an address that the operator set; plain http is for this machine alone. Raises DestinationRefused."""
    found = _take_apart(url)
    if not found.tls and not _is_this_machine(found.host):
        raise DestinationRefused("it has to start with https://")
    return found


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the public Internet, also when it wraps another one."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast
    if found in _NAT64:
        return is_public(str(IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and found in _GLOBAL_UNICAST and not any(found in net for net in _WRAPS_IPV4)


def _take_apart(url: str) -> Destination:
    if not _PLAIN.fullmatch(url):
        raise DestinationRefused("it has to be one line of plain characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise DestinationRefused("it is no address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DestinationRefused("it has to start with https:// and name a host")
    if "@" in parts.netloc:
        raise DestinationRefused("it must not hold a user name")
    tls = parts.scheme == "https"
    if port is None:
        port = 443 if tls else 80
    return Destination(parts.hostname, port, _target(parts), tls, public_only=False)


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _admits(entry: str, host: str) -> bool:
    return host.endswith(entry) if entry.startswith(".") else host == entry


def _is_this_machine(host: str) -> bool:
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback
