"""What the provider saw and whom we struck, each in a file that only grows and outlives every kill."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from tracker import clock
from tracker.delivery.channels.mail import compose
from tracker.delivery.rules.message import Message

# A record of this size never crosses a page, so a kill in the middle of the write leaves all of it or nothing.
RECORD_BYTES = 512
MAIL_FROM = "notices@localhost"


@dataclass(frozen=True, slots=True)
class HandOver:
    """One message in the provider's hands, as the provider knows it."""

    key: str
    at: datetime
    digest: str
    channel: str = ""
    address: str = ""
    not_after: datetime | None = None
    process: int = 0  # 0: the provider cannot tell
    words: str = ""  # what the digest is of, but for the moment of writing


@dataclass(frozen=True, slots=True)
class Strike:
    """One worker process that was killed, paused or stopped."""

    process: int
    at: datetime


class Log:
    """A file of records that any number of processes append to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def append(self, **values: Any) -> None:
        """Write one record; it is in the file when this returns."""
        record = json.dumps(values, separators=(",", ":"), default=_plain).encode()
        if len(record) >= RECORD_BYTES:
            raise ValueError(f"a record of {len(record)} bytes is too long")
        os.write(self._file, record.ljust(RECORD_BYTES - 1) + b"\n")

    def keep_message(self, message: Message, channel: str) -> None:
        """Write down a message, with a digest of the bytes that would go over the wire."""
        self.append(
            key=message.send_key,
            at=clock.now(),
            digest=_digest(compose(message, MAIL_FROM)),
            channel=channel,
            address=message.address,
            not_after=message.not_after,
            process=os.getpid(),
            words=_digest(compose(replace(message, written_at=message.not_after), MAIL_FROM))[:16],
        )

    def keep_mail(self, content: bytes) -> None:
        """Write down a mail as a mail server got it."""
        mail = message_from_bytes(content)
        self.append(
            key=str(mail["Message-ID"]).strip("<>").partition("@")[0],
            at=clock.now(),
            digest=_digest(content),
            channel="email",
            address=str(mail["To"]),
            not_after=parsedate_to_datetime(str(mail["Expires"])),
        )

    def keep_strike(self, process: int) -> None:
        """Write down that this process is being struck now."""
        self.append(process=process, at=clock.now())

    def count(self) -> int:
        """Return how many records the file holds."""
        return os.fstat(self._file).st_size // RECORD_BYTES

    def close(self) -> None:
        os.close(self._file)


class Tail:
    """Reads what has been added to a ledger since the last look."""

    def __init__(self, path: Path) -> None:
        self._path, self._seen = path, 0

    def read(self) -> list[HandOver]:
        with self._path.open("rb") as file:
            file.seek(self._seen * RECORD_BYTES)
            content = file.read()
        found = list(_records(content))
        self._seen += len(found)
        return [_hand_over(record) for record in found]


def read_ledger(path: Path) -> list[HandOver]:
    """Return every hand-over, in the order in which the provider saw them."""
    return Tail(path).read()


def read_strikes(path: Path) -> list[Strike]:
    """Return every worker that was struck, first to last."""
    return [
        Strike(record["process"], datetime.fromisoformat(record["at"]))
        for record in _records(path.read_bytes())
    ]


def _records(content: bytes) -> Iterator[dict[str, Any]]:
    for start in range(0, len(content) - len(content) % RECORD_BYTES, RECORD_BYTES):
        yield json.loads(content[start : start + RECORD_BYTES])


def _hand_over(record: dict[str, Any]) -> HandOver:
    moments = {name: datetime.fromisoformat(record[name]) for name in ("at", "not_after") if record.get(name)}
    return HandOver(**record | moments)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _plain(value: datetime) -> str:
    return value.isoformat()
