"""When to try a message again, and when to stop."""

from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=15)
# Claims that ended without a recorded outcome: the row may be what kills its workers.
MAX_CLAIMS = 8


def longest_pause(attempts: int) -> timedelta:
    """Return the longest pause after this many attempts, doubling from 15 s up to 15 min."""
    doublings = min(max(attempts, 1) - 1, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def next_attempt(
    attempts: int,
    now: datetime,
    last_start: datetime,
    fraction: float,
    retry_after_seconds: int | None = None,
) -> datetime | None:
    """Return when to try again, spread over the whole pause by a fraction in [0, 1); None: nothing fits.

    The provider's own pause is kept as a minimum; no attempt starts after ``last_start``.
    """
    pause = longest_pause(attempts) * fraction
    if retry_after_seconds is not None:
        pause = max(pause, timedelta(seconds=min(max(retry_after_seconds, 0), 10**6)))
    again = now + pause
    return again if again <= last_start else None
