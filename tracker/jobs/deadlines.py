"""How long a worker may rely on what it has claimed, and on what it was told of the time."""

from datetime import datetime, timedelta

from tracker import clock


class ToldTime:
    """What the database said of the time just now: to ask it again after each answer would cost a trip."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self._monotonic = clock.monotonic()

    def now(self) -> datetime:
        """Return the database's moment as it must be by now."""
        return self.moment + timedelta(seconds=clock.monotonic() - self._monotonic)


class TrustWindow:
    """How long a batch may begin hand-overs; made before the claim is sent, so that a pause counts in full."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._monotonic = clock.monotonic()
        self._wall = clock.now()

    def is_open(self) -> bool:
        """Say whether a hand-over may still begin, by the clock that went further.

        The monotonic clock stands still while a machine sleeps; the wall clock may be set back.
        """
        by_wall = (clock.now() - self._wall).total_seconds()
        return max(clock.monotonic() - self._monotonic, by_wall) <= self._seconds
