"""The ways out. Each file of this folder that has ``open_channel`` is one channel; nothing else lists them.

It hands over and says whether it is asked for. What holds for it whoever opens it, its address too, stands in
``delivery/rules/channel_kinds.py``.
"""

import importlib
import pkgutil
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tracker.delivery.rules.message import Message, Result
from tracker.errors import NotReady


class Channel(Protocol):
    """One way out; safe to use from several threads."""

    name: str
    # Whether a message handed over twice under one send key reaches the person once.
    drops_repetitions: bool

    def send(self, message: Message) -> Result:
        """Hand over one message within the send timeout and say what came of it; does not raise."""


@runtime_checkable
class KeepsConnections(Protocol):
    """A channel that leaves connections open for the next message."""

    def close(self) -> None:
        """Let go of every connection that is not in use; does not raise."""


class ChannelSettings(Protocol):
    """The settings that channels read."""

    @property
    def smtp_url(self) -> str:
        """The mail server; empty: none."""

    @property
    def mail_from(self) -> str:
        """The sender's address."""

    @property
    def outbox_dir(self) -> Path:
        """The folder for mail where there is no server."""

    @property
    def secret_key(self) -> str:
        """The server's key, from which the secrets of webhooks are derived."""

    @property
    def public_url(self) -> str:
        """The address under which this service is reached."""

    @property
    def web_push_key(self) -> str:
        """The VAPID private key; empty: none."""

    @property
    def web_push_hosts(self) -> str:
        """The hosts of push services, separated by spaces; a leading dot admits every host below."""

    @property
    def fcm_credentials(self) -> str:
        """The path of a Google service-account file; empty: none."""

    @property
    def fcm_url(self) -> str:
        """The address of FCM HTTP v1."""

    @property
    def sms_url(self) -> str:
        """The service for text messages, with account, token and sender; empty: none."""

    @property
    def webhooks(self) -> bool:
        """Whether clinics may have webhooks."""

    @property
    def outbound_allowed(self) -> str:
        """Pairs host:port, separated by spaces, that may be private or plain."""

    @property
    def send_timeout_seconds(self) -> int:
        """The longest wait for a provider."""


class ChannelFile(Protocol):
    """What each file of a channel says."""

    # Of the way out. Files that stand in for each other have one name, and no settings ask for two of them.
    NAME: str

    def is_set(self, settings: ChannelSettings) -> bool:
        """Say whether these settings ask for it; opens and reads nothing."""

    def open_channel(self, settings: ChannelSettings) -> Channel:
        """Return the channel; raises NotReady when what is set cannot be used."""


def list_offered(settings: ChannelSettings) -> frozenset[str]:
    """Return the names of the channels that these settings ask for."""
    return frozenset(file.NAME for file in _list_set(settings))


def open_all(settings: ChannelSettings) -> dict[str, Channel]:
    """Return by name the channels that these settings ask for; raises NotReady for none or two of one name."""
    files = _list_set(settings)
    names = [file.NAME for file in files]
    if len(set(names)) != len(names) or not names:
        raise NotReady(f"The settings ask for these channels: {names}.")
    return {file.NAME: file.open_channel(settings) for file in files}


def _list_set(settings: ChannelSettings) -> list[ChannelFile]:
    modules: list[Any] = [
        importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    ]
    return [module for module in modules if hasattr(module, "open_channel") and module.is_set(settings)]
