"""Mail as files in a folder, for trying things out and for relays that watch a folder."""

import os
import tempfile
from pathlib import Path

from tracker.delivery.channels import Channel, ChannelSettings
from tracker.delivery.channels.mail import BadAddress, compose
from tracker.delivery.rules.channel_kinds import EMAIL
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome

NAME = EMAIL.name


class Outbox:
    """Writes one file per send key, so that a repetition replaces itself."""

    name = NAME
    drops_repetitions = EMAIL.drops_repetitions  # by its Message-ID

    def __init__(self, folder: Path, mail_from: str) -> None:
        self._folder = folder
        self._mail_from = mail_from

    def send(self, message: Message) -> Result:
        """Write the mail; it appears whole or not at all, and stays after a power cut."""
        try:
            content = compose(message, self._mail_from)
        except BadAddress:
            return Result(AttemptOutcome.PERMANENT, "address_invalid")
        target = self._folder / f"{message.send_key}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(target, content)
        except OSError:
            return Result(AttemptOutcome.TRANSIENT, "outbox_not_writable")
        return Result(AttemptOutcome.ACCEPTED, reference=target.name)


def is_set(settings: ChannelSettings) -> bool:
    """Say whether no mail server is set."""
    return not settings.smtp_url


def open_channel(settings: ChannelSettings) -> Channel:
    """Return the outbox."""
    return Outbox(settings.outbox_dir, settings.mail_from)


def _write(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
