"""Several messages that say the same to one person: one leaves, the others end as merged into it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tracker.delivery.models import Dispatch
from tracker.delivery.rules.verdicts import Drop, HandOver, Verdict, Wait
from tracker.delivery.vocabulary import Reason, State

# How soon a message looks again whether the one that makes it needless has left.
LOOK_AGAIN = timedelta(minutes=1)


def hand_over_once(row: Dispatch, others: Iterable[Dispatch], hand_over: HandOver, now: datetime) -> Verdict:
    """Let this message leave unless one of the others did, or is to go first; only what has left is merged into.

    The others are those that left since this one was due, then those that are due too, in order of their ids.
    """
    for other in others:
        if other.accepted_at is not None:
            row.merged_into_id = other.id
            return Drop(State.SUPPRESSED, Reason.MERGED)
        if other.id < row.id or other.state == State.SENDING:
            return Wait(now + LOOK_AGAIN, Reason.MERGING)
    return hand_over
