"""Whether alerts are worth their interruption: counted per rule, flagged where nearly none led to anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from tracker.alerts.vocabulary import LED_TO_ACTION, AlertOutcome
from tracker.clinics.rules.hours import Hours

# Convention (clinical rules, section 6): so many alerts are closed before a rule is judged, and by this share.
JUDGED_FROM = 50
TOO_OFTEN_NOTHING = 0.8
# A session is followed for a week, as its checks are.
FOLLOWED = timedelta(days=7)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CountedAlert:
    """One alert of the period."""

    rule: str
    raised_at: datetime
    acknowledged_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Usefulness:
    """What became of the alerts of one rule; shares are of those that a person closed, None where there is none."""

    rule: str
    alert_count: int
    closed_count: int
    led_to_action_share: float | None
    median_reply_minutes: int | None
    review: bool


def judge(rule: str, alerts: Iterable[CountedAlert], hours: Hours) -> Usefulness:
    """Count the alerts of one rule; replies in minutes of the clinic's monitored time."""
    of_rule = [alert for alert in alerts if alert.rule == rule]
    closed = [alert.outcome for alert in of_rule if alert.outcome is not None]
    nothing = closed.count(AlertOutcome.NO_ACTION_NEEDED)
    acted = sum(outcome in LED_TO_ACTION for outcome in closed)
    replies = [
        hours.clinic_minutes_between(alert.raised_at, alert.acknowledged_at)
        for alert in of_rule
        if alert.acknowledged_at is not None
    ]
    return Usefulness(
        rule=rule,
        alert_count=len(of_rule),
        closed_count=len(closed),
        led_to_action_share=round(acted / len(closed), 3) if closed else None,
        median_reply_minutes=round(median(replies)) if replies else None,
        review=len(closed) >= JUDGED_FROM and nothing > TOO_OFTEN_NOTHING * len(closed),
    )


def count_patient_days(sessions: Iterable[tuple[object, datetime]], start: datetime, end: datetime) -> float:
    """Count the days in which patients were followed: a week after each session, overlapping ones once."""
    total, until = timedelta(), dict[object, datetime]()
    for patient, ended_at in sorted(sessions, key=lambda session: session[1]):
        opens = max(ended_at, start, until.get(patient, start))
        closes = min(ended_at + FOLLOWED, end)
        if closes > opens:
            total += closes - opens
            until[patient] = closes
    return total / ONE_DAY
