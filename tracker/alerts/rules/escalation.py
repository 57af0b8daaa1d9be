"""Who hears of an alert, who next when nobody acknowledges it, and when again after that."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from tracker.alerts.vocabulary import Severity
from tracker.clinics.rules.hours import Hours
from tracker.delivery.vocabulary import Audience
from tracker.local_time.windows import local_date, local_instant

# No trial sets any of these times. The first three are the clinic's proposal (care flow, section 4), the others
# conventions against silence on one side and fatigue on the other.
EMERGENCY_REPLY_MINUTES = 30
EMERGENCY_LAST_RESORT_MINUTES = 120
# At any hour: at most twelve a day.
EMERGENCY_REPEAT_MINUTES = 120
# Of monitored time: at most two on a day of eight hours. Attention comes again once a clinic day, as it opens.
URGENT_REPEAT_MINUTES = 240
# Somebody took it on and had this many openings to finish it.
UNFINISHED_AFTER_CLINIC_DAYS = 2
# A clinic that is open all night still reads its list in the morning.
DIGEST_NOT_BEFORE = time(7)
# Where a clinic has no monitored hours every hour counts, and a day is a day.
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """One message of the ladder, due unless the alert was acknowledged before."""

    key: str
    at: datetime
    audience: Audience


@dataclass(frozen=True, slots=True)
class ReplyTargets:
    """How soon a clinic answers, in minutes of the hours in which it watches."""

    hours: Hours
    urgent_minutes: int
    attention_minutes: int

    def after(self, start: datetime, clinic_minutes: int) -> datetime:
        """Return when so many monitored minutes have passed, in UTC."""
        elapsed = start.astimezone(UTC) + timedelta(minutes=clinic_minutes)
        return self.hours.add_clinic_minutes(start, clinic_minutes) or elapsed


def reply_due(severity: Severity, start: datetime, targets: ReplyTargets) -> datetime | None:
    """Return by when somebody should have acknowledged it, in UTC; None for what is read in the digest."""
    match severity:
        case Severity.EMERGENCY:
            return start.astimezone(UTC) + timedelta(minutes=EMERGENCY_REPLY_MINUTES)
        case Severity.URGENT:
            return targets.after(start, targets.urgent_minutes)
        case Severity.ATTENTION:
            return targets.after(start, targets.attention_minutes)
        case Severity.ROUTINE:
            return None


def ladder(severity: Severity, start: datetime, targets: ReplyTargets) -> tuple[EscalationStep, ...]:
    """Return the steps in order, in UTC; routine alerts have none, they are read in the digest."""
    start = start.astimezone(UTC)
    due = reply_due(severity, start, targets)
    if due is None:
        return ()
    told = EscalationStep("notify", start, Audience.OWNER)
    match severity:
        case Severity.EMERGENCY:
            last = start + timedelta(minutes=EMERGENCY_LAST_RESORT_MINUTES)
            return (
                told,
                EscalationStep("escalate_1", due, Audience.DEPUTY),
                EscalationStep("escalate_2", last, Audience.LAST_RESORT),
            )
        case Severity.URGENT:
            return (told, EscalationStep("escalate_1", due, Audience.LAST_RESORT))
        case _:
            return (told, EscalationStep("escalate_1", due, Audience.DEPUTY))


def next_repeat(severity: Severity, after: datetime, targets: ReplyTargets) -> datetime:
    """Return when an alert that nobody acknowledged is told again, in UTC: without end, until somebody does."""
    match severity:
        case Severity.EMERGENCY:
            return after.astimezone(UTC) + timedelta(minutes=EMERGENCY_REPEAT_MINUTES)
        case Severity.URGENT:
            return targets.after(after, URGENT_REPEAT_MINUTES)
        case _:
            return next_digest(after, targets.hours)


def next_digest(after: datetime, hours: Hours) -> datetime:
    """Return the first opening of a clinic day that is still ahead, not before 7:00 local, in UTC."""
    today = local_date(after, hours.zone)
    for day in (today, today + ONE_DAY):
        opening = hours.next_opening(local_instant(day, DIGEST_NOT_BEFORE, hours.zone))
        if opening is not None and opening > after:
            return opening
    return after.astimezone(UTC) + ONE_DAY


def unfinished_digest(acknowledged_at: datetime, now: datetime, hours: Hours) -> datetime:
    """Return when what was taken on and not finished is told of next, in UTC."""
    due = acknowledged_at
    for _ in range(UNFINISHED_AFTER_CLINIC_DAYS):
        due = next_digest(due, hours)
    return due if due > now else next_digest(now, hours)
