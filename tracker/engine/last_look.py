"""Who decides whether a message is still wanted, at its claim and at last; what follows one that reached nobody."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from tracker.alerts import first_look, silence
from tracker.alerts import last_look as alerts
from tracker.appointments import visit_messages
from tracker.delivery.first_look import FirstLook
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.verdicts import Drop, Verdict
from tracker.delivery.service import Claim, LastLook
from tracker.delivery.vocabulary import Anchor, Purpose, Reason, State
from tracker.reminders.first_look import find_unwanted as find_unwanted_reminders
from tracker.reminders.last_look import look as look_at_reminder

# What staff read once a day, by what it hangs on.
SUMMARIES: Mapping[str, LastLook] = {
    Anchor.ALERT: alerts.look_at_digest,
    Anchor.VISIT: visit_messages.look,
}


def look_at_summary(row: Dispatch, now: datetime) -> Verdict:
    """Ask whoever knows what the summary is about."""
    look = SUMMARIES.get(row.anchor_kind)
    return look(row, now) if look else Drop(State.CANCELLED, Reason.WITHDRAWN)


def find_unwanted_summaries(dispatch_ids: Collection[UUID], now: datetime) -> Mapping[UUID, Drop]:
    """Return none: what a day's list still has to say is decided when it leaves."""
    del dispatch_ids, now
    return {}


LAST_LOOK: Mapping[Purpose, LastLook] = {
    Purpose.ALERT: alerts.look,
    Purpose.REMINDER: look_at_reminder,
    Purpose.SUMMARY: look_at_summary,
}
FIRST_LOOK: Mapping[Purpose, FirstLook] = {
    Purpose.ALERT: first_look.find_unwanted,
    Purpose.REMINDER: find_unwanted_reminders,
    Purpose.SUMMARY: find_unwanted_summaries,
}


def follow(claim: Claim, state: State | None, now: datetime) -> None:
    """Let the next in line be told at once when an alert message reached nobody."""
    if claim.purpose is Purpose.ALERT and state is State.DEAD:
        silence.tell_next(claim.dispatch_id, now)
