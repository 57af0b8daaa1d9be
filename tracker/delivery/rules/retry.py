"""When to try a message again, and when to stop."""

from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=15)
# Claims that ended without a recorded outcome: the row may be what kills its workers.
MAX_CLAIMS = 8
# No message waits for so long; more may not fit into a moment.
MOST_SECONDS = 10**6


def longest_pause(attempts: int) -> timedelta:
    """Return the longest pause after this many attempts, doubling from 15 s up to 15 min."""
    doublings = min(max(attempts, 1) - 1, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def next_attempt(
    attempts: int,
    now: datetime,
    last_start: datetime,
    fraction: float,
) -> datetime | None:
    """Return when to try again, spread over the whole pause by a fraction in [0, 1); None: nothing fits.

    No attempt starts after ``last_start``.
    """
    again = now + longest_pause(attempts) * fraction
    return again if again <= last_start else None


def wish(retry_after_seconds: int | None, now: datetime) -> datetime | None:
    """Return until when a provider asks to be left alone."""
    if not retry_after_seconds:
        return None
    return now + timedelta(seconds=min(max(retry_after_seconds, 0), MOST_SECONDS))
