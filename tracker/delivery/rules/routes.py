"""Which way a message takes: the first that works, in the order the person chose."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

# After so many failures in a row a way is left for the next one, if there is one.
TRIES_BEFORE_NEXT = 3
# A way that cannot drop a repetition is repeated once after an answer was lost, not more.
LOST_ANSWERS_BORNE = 1


@dataclass(frozen=True, slots=True)
class Route:
    """One way to one person: the channel, and all it needs to get there."""

    channel: str
    address: str
    device_id: UUID | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of the earlier hand-overs of one message by one way."""

    failures: int = 0
    lost_answers: int = 0
    refused: bool = False
    # How long the provider still asks to be left alone with it.
    pause: timedelta = timedelta(0)


class OpenExits(Protocol):
    """The channels as they stand at this moment."""

    def has(self, channel: str) -> bool:
        """Say whether there is such a channel here at all."""

    def drops_repetitions(self, channel: str) -> bool:
        """Say whether a message handed over twice under one send key reaches the person once."""

    def shut_for(self, channel: str) -> timedelta:
        """Return how long nothing may leave by it; zero: it is open."""


@dataclass(frozen=True, slots=True)
class AllShut:
    """There are ways, but none is open before this much time has passed."""

    wait: timedelta


def choose(options: Sequence[tuple[Route, Tried]], exits: OpenExits) -> Route | AllShut | None:
    """Return the way to take now; None when none is left that could ever work."""
    usable = [(route, tried) for route, tried in options if _may_work(route, tried, exits)]
    if not usable:
        return None
    waits = [max(exits.shut_for(route.channel), tried.pause) for route, tried in usable]
    opened = [option for option, wait in zip(usable, waits, strict=True) if not wait]
    if not opened:
        return AllShut(min(waits))
    route, _tried = min(opened, key=lambda option: _rounds(option[1]))
    return route


def may_work_elsewhere(options: Sequence[tuple[Route, Tried]], channels: Collection[str]) -> bool:
    """Say whether somebody who serves these channels could still reach the person by one of these ways."""
    return any(
        route.channel in channels and not tried.refused and tried.lost_answers <= LOST_ANSWERS_BORNE
        for route, tried in options
    )


def _may_work(route: Route, tried: Tried, exits: OpenExits) -> bool:
    if tried.refused or not exits.has(route.channel):
        return False
    return tried.lost_answers <= LOST_ANSWERS_BORNE or exits.drops_repetitions(route.channel)


def _rounds(tried: Tried) -> int:
    return (tried.failures + tried.lost_answers) // TRIES_BEFORE_NEXT
