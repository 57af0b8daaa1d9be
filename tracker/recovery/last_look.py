"""Who decides whether a message is still wanted, at its claim and at last; what follows one that reached nobody."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from tracker.alerts import first_look, notices, silence
from tracker.alerts import recheck as alerts
from tracker.delivery.first_look import FirstLook
from tracker.delivery.models import Dispatch
from tracker.delivery.service import Claim, Recheck
from tracker.delivery.states import Purpose, State
from tracker.delivery.verdicts import Drop, Verdict
from tracker.recovery import visit_messages
from tracker.reminders.first_look import find_unwanted as find_unwanted_reminders
from tracker.reminders.recheck import recheck as recheck_reminder

# What staff read once a day, by what it hangs on.
SUMMARIES: Mapping[str, Recheck] = {
    notices.ANCHOR: alerts.recheck_digest,
    visit_messages.ANCHOR: visit_messages.recheck,
}


def recheck_summary(row: Dispatch, now: datetime) -> Verdict:
    """Ask whoever knows what the summary is about."""
    recheck = SUMMARIES.get(row.anchor_kind)
    return recheck(row, now) if recheck else Drop(State.CANCELLED, "withdrawn")


def find_unwanted_summaries(dispatch_ids: Collection[UUID], now: datetime) -> Mapping[UUID, Drop]:
    """Return none: what a day's list still has to say is decided when it leaves."""
    del dispatch_ids, now
    return {}


RECHECK: Mapping[Purpose, Recheck] = {
    Purpose.ALERT: alerts.recheck,
    Purpose.REMINDER: recheck_reminder,
    Purpose.SUMMARY: recheck_summary,
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
