"""R7b: a remark beside worsening soreness when alcohol was reported; it never changes what is raised."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tracker.alerts.rules.facts import Answer, SessionFacts, hours_between
from tracker.alerts.rules.thresholds import SINCE_SESSION, Threshold
from tracker.local_time.windows import After
from tracker.protocols.catalog import CHECK_24H, HOUR

assert isinstance(CHECK_24H.closes, After)
ALCOHOL_ANSWERED_BY = Threshold(
    "alcohol_answered_by",
    CHECK_24H.closes.minutes // HOUR,
    SINCE_SESSION,
    "care flow: alcohol since the session, answered up to the 24 h check, whose window ends then",
)
ALCOHOL_REMARK_WITHIN = Threshold(
    "alcohol_remark_within",
    24,
    "hours after the answer about alcohol",
    "convention: no evidence of a rebound",
)


def is_in_alcohol_window(said_at: datetime, session_ended_at: datetime) -> bool:
    """Say whether what was said then about alcohol since the session counts: up to the end of the 24 h check."""
    return 0 <= hours_between(session_ended_at, said_at) <= ALCOHOL_ANSWERED_BY.value


def alcohol_in_window(said_yes_at: Iterable[datetime], session_ended_at: datetime) -> datetime | None:
    """Return when the patient first said, up to the 24 h check, that they drank since the session; else None."""
    return min((at for at in said_yes_at if is_in_alcohol_window(at, session_ended_at)), default=None)


def alcohol_remark(session: SessionFacts, newest: Answer) -> str | None:
    """Return the words for an answer in the day after alcohol was reported, else None."""
    if session.alcohol_at is None:
        return None
    since = newest.at - session.alcohol_at
    if not timedelta() <= since <= timedelta(hours=ALCOHOL_REMARK_WITHIN.value):
        return None
    return "after alcohol in the window"
