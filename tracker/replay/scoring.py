"""How well alerts fit what really happened: sensitivity, specificity, precision, false alerts and delay.

A session that needs action is caught when an alert is raised, or an open one is given a new reason by a newer
answer, from 6 h before its onset on. An alert with no such moment is false, as is every one in a session that
needs nothing. Routine alerts are counted apart: they are lists for the day, not interruptions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.alerts.vocabulary import Severity
from tracker.replay.recorded import RecordedSession, Truth
from tracker.replay.replay import ReplayedAlert

HOUR = timedelta(hours=1)
EARLY_HOURS = 6  # an alert this long before the onset is no false one
COMPLICATION = "complication"


@dataclass(frozen=True, slots=True)
class Judged:
    """One session held against the truth."""

    patient: str
    days: float
    check_ins: int
    truth: Truth
    in_time: bool
    delay_hours: float | None
    true_alerts: int
    false_alerts: int
    routine_alerts: int

    @property
    def is_caught(self) -> bool:
        """Whether an alert told of what needed action."""
        return self.delay_hours is not None

    @property
    def alerts(self) -> int:
        """Return how many alerts interrupted somebody."""
        return self.true_alerts + self.false_alerts


def judge(session: RecordedSession, alerts: Sequence[ReplayedAlert]) -> Judged:
    """Hold the alerts of one session against its truth; ValueError when the truth is not known."""
    truth = session.truth
    if truth is None:
        raise ValueError(f"session {session.id} has no truth to be held against")
    since = truth.onset_at - EARLY_HOURS * HOUR if truth.actionable and truth.onset_at else None
    counted = [alert for alert in alerts if alert.finding.severity is not Severity.ROUTINE]
    told = [] if since is None else [moment for moment in map(_told_from(since), counted) if moment]
    delay = max((min(told) - truth.onset_at) / HOUR, 0.0) if told and truth.onset_at else None
    return Judged(
        patient=session.patient or session.id,
        days=session.follow_hours / 24,
        check_ins=len(session.logs),
        truth=truth,
        in_time=since is not None and _has_log(session, truth, since),
        delay_hours=delay,
        true_alerts=len(told),
        false_alerts=len(counted) - len(told),
        routine_alerts=len(alerts) - len(counted),
    )


def _told_from(since: datetime) -> Callable[[ReplayedAlert], datetime | None]:
    def told(alert: ReplayedAlert) -> datetime | None:
        moments = (moment for moment in (alert.raised_at, *alert.renewed_at) if moment >= since)
        return next(moments, None)

    return told


def _has_log(session: RecordedSession, truth: Truth, since: datetime) -> bool:
    """Whether anything was said in time that could tell of it: soreness, or for a complication anything."""
    return any(
        log.at >= since and (log.soreness is not None or truth.kind == COMPLICATION) for log in session.logs
    )
