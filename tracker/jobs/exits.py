"""The ways out of one worker: its channels, which of them fail, and which an operator has paused."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from threading import Lock

from tracker import clock
from tracker.delivery.channels import Channel, KeepsConnections
from tracker.delivery.pauses import PAUSED_LOOK
from tracker.delivery.rules.breaker import Breaker
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.rules.routes import Route
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.jobs.counters import Tally

log = logging.getLogger(__name__)


class Exits:
    """Safe to use from several threads; one for the life of a worker, so that it remembers failures."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels
        self._breakers = {name: Breaker() for name in channels}
        self._paused: frozenset[str] = frozenset()
        self._lock = Lock()
        self.tally = Tally()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the channels."""
        return tuple(self._channels)

    def has(self, channel: str) -> bool:
        """Say whether there is such a channel here at all."""
        return channel in self._channels

    def drops_repetitions(self, channel: str) -> bool:
        """Say whether a message handed over twice under one send key reaches the person once."""
        return self._channels[channel].drops_repetitions

    def shut_for(self, channel: str) -> timedelta:
        """Return how long nothing may leave by it; zero: it is open."""
        if channel in self._paused:
            return PAUSED_LOOK
        with self._lock:
            return self._breakers[channel].shut_for(clock.monotonic())

    def are_all_shut(self) -> bool:
        """Say whether nothing can leave now, so that nothing need be claimed."""
        return all(self.shut_for(channel) for channel in self._channels)

    def pause(self, channels: frozenset[str]) -> None:
        """Take over which channels an operator has paused."""
        self._paused = channels

    def send(self, route: Route, message: Message) -> Result:
        """Hand over one message and learn from the answer; a channel that raises has failed like any other."""
        breaker = self._breakers[route.channel]
        with self._lock:
            breaker.let_through(clock.monotonic())
        try:
            result = self._channels[route.channel].send(message)
        except Exception as error:
            log.error("channel %s raised %s", route.channel, type(error).__name__)
            result = Result(AttemptOutcome.UNKNOWN, "channel_error")
        self.tally.hand_over(route.channel, result.outcome)
        with self._lock:
            breaker.note(result, clock.monotonic())
        return result

    def close(self) -> None:
        """Close what channels kept open for the next message of a round."""
        for channel in self._channels.values():
            if isinstance(channel, KeepsConnections):
                channel.close()
