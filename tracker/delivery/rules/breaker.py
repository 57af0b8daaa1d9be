"""Leaves a channel alone for a while when it fails again and again, and lets one message try it afterwards."""

from dataclasses import dataclass
from datetime import timedelta

from tracker.delivery.rules.message import Result
from tracker.delivery.vocabulary import AttemptOutcome

# Fewer could be a bad address or two; a provider that is down fails them all.
FAILURES_BORNE = 5
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)
# A provider that asks for more is asked again after an hour all the same.
LONGEST_WISH = timedelta(hours=1)
_FAILURES = frozenset({AttemptOutcome.TRANSIENT, AttemptOutcome.UNKNOWN})


@dataclass(slots=True)
class Breaker:
    """The state of one channel in one process; instants are seconds of the monotonic clock."""

    failures: int = 0
    shut_until: float = 0.0

    def shut_for(self, now: float) -> timedelta:
        """Return how long the channel stays shut; zero: open."""
        return timedelta(seconds=max(self.shut_until - now, 0.0))

    def let_through(self, now: float) -> None:
        """Note that a message leaves; after a pause it is a trial, and others wait for its answer."""
        if self.failures >= FAILURES_BORNE:
            self.shut_until = now + self._pause().total_seconds()

    def note(self, result: Result, now: float) -> None:
        """Learn from an answer: any word about the message itself shows that the provider works."""
        if result.outcome not in _FAILURES:
            self.failures, self.shut_until = 0, 0.0
            return
        self.failures += 1
        wish = timedelta(seconds=result.retry_after_seconds or 0)
        if wish or self.failures >= FAILURES_BORNE:
            pause = self._pause() if self.failures >= FAILURES_BORNE else timedelta(0)
            self.shut_until = now + min(max(wish, pause), LONGEST_WISH).total_seconds()

    def _pause(self) -> timedelta:
        doublings = min(self.failures - FAILURES_BORNE, 10)
        return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
