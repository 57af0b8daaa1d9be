"""The only reader of the wall clock. Everything else takes the moment as an argument."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """Return this moment as an aware UTC instant."""
    return _source() if _source else datetime.now(UTC)


def replaced() -> bool:
    """Say whether a test or the demonstration has put its own clock in place."""
    return _source is not None


def replace(source: Callable[[], datetime] | None) -> None:
    """Put another source of time in place for the whole process; None brings the wall clock back."""
    global _source
    _source = source


def monotonic() -> float:
    """Return seconds that never go backwards, for measuring how long something took."""
    return time.monotonic()


class MovableClock:
    """A clock that stands still until it is moved; used by tests and by the demonstration."""

    def __init__(self, start: datetime) -> None:
        self._moment = start.astimezone(UTC)

    def __call__(self) -> datetime:
        """Return the moment the clock stands at."""
        return self._moment

    def move_to(self, moment: datetime) -> None:
        """Set the clock to this instant, forwards or backwards."""
        self._moment = moment.astimezone(UTC)

    def advance(self, step: timedelta) -> None:
        """Move the clock by this much."""
        self._moment += step
