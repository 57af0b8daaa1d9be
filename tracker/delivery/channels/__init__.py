"""The ways out. Each file of this folder that has ``open_channel`` is one channel; nothing else lists them."""

import importlib
import pkgutil
from pathlib import Path
from typing import Protocol

from tracker.delivery.message import Message, Result
from tracker.errors import NotReady


class Channel(Protocol):
    """One way out; safe to use from several threads."""

    name: str

    def send(self, message: Message) -> Result:
        """Hand over one message within the send timeout and say what came of it; does not raise."""


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
    def send_timeout_seconds(self) -> int:
        """The longest wait for a provider."""


def choose(settings: ChannelSettings) -> Channel:
    """Return the channel that these settings ask for; raises NotReady unless it is exactly one."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    ]
    opened = [module.open_channel(settings) for module in modules if hasattr(module, "open_channel")]
    channels: list[Channel] = [channel for channel in opened if channel is not None]
    if len(channels) != 1:
        raise NotReady(f"The settings ask for {len(channels)} channels; exactly one is needed.")
    return channels[0]
