"""Which session an answer belongs to, when it names none."""

from datetime import datetime, timedelta

# An answer belongs to the latest session of the last 30 days (clinical basis, R1: no upper limit inside 30 days).
BELONGS_WITHIN = timedelta(days=30)


def belongs(ended_at: datetime, at: datetime) -> bool:
    """Say whether an answer of this moment belongs to a session with this end, the latest one before it."""
    return at - ended_at <= BELONGS_WITHIN
