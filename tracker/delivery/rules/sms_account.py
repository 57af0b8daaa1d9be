"""The account at a service for text messages: its address, and how it signs what it says later."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

from tracker.delivery.vocabulary import Receipt

CALLBACK_PATH = "/sms-receipts"
# Nobody outside can tell a service that is reached on this machine alone.
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What the service calls the way to the phone; whatever else it says is no news for us.
RECEIPTS: Mapping[str, Receipt] = {
    "sent": Receipt.SENT,
    "undelivered": Receipt.BOUNCED,
    "failed": Receipt.BOUNCED,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.OPENED,
}


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """One account with one sender."""

    name: str
    token: str
    sender: str
    messages_url: str


def read_account(url: str) -> SmsAccount:
    """Return what SMS_URL says; raises ValueError when something is missing."""
    parts = urlsplit(url)
    name, token = unquote(parts.username or ""), unquote(parts.password or "")
    # A plus sign is part of a number here, not a space.
    senders = parse_qs(parts.query.replace("+", "%2B")).get("from", [])
    if not (name and token and len(senders) == 1):
        raise ValueError("account, token and sender are needed")
    place = parts.netloc.rpartition("@")[2]
    base = f"{parts.scheme}://{place}{parts.path.rstrip('/')}"
    messages_url = f"{base}/2010-04-01/Accounts/{quote(name, safe='')}/Messages.json"
    return SmsAccount(name, token, senders[0], messages_url)


def callback_url(public_url: str) -> str:
    """Return where the service tells what became of a message; empty where it cannot reach us."""
    return "" if urlsplit(public_url).hostname in _LOOPBACK else f"{public_url}{CALLBACK_PATH}"


def callback_url_of(callback_url: str, send_key: str) -> str:
    """Return the address for what became of one message: a receipt may come before we know its reference."""
    return f"{callback_url}?key={send_key}"


def sign(token: str, url: str, form: Mapping[str, Sequence[str]]) -> str:
    """Return the signature of a form that is posted to a full address: each field by name, then its values."""
    fields = (f"{name}{value}" for name in sorted(form) for value in sorted(set(form[name])))
    return b64encode(hmac.digest(token.encode(), (url + "".join(fields)).encode(), hashlib.sha1)).decode()


def is_genuine(token: str, url: str, form: Mapping[str, Sequence[str]], signature: str) -> bool:
    """Say whether the holder of the token signed this form; a default port may stand in its address or not."""
    given = signature.encode()
    # All are compared, in the same time whichever fits.
    found = [hmac.compare_digest(sign(token, each, form).encode(), given) for each in _spellings(url)]
    return any(found)


def _spellings(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    yield url
    yield _at_port(parts, None)
    yield _at_port(parts, parts.port or _DEFAULT_PORTS.get(parts.scheme))


def _at_port(parts: SplitResult, port: int | None) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return parts._replace(netloc=f"{host}:{port}" if port else str(host)).geturl()
