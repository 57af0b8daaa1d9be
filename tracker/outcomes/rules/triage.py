"""The order of a therapist's caseload, and the reasons shown in each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import inf

from tracker.alerts.rules.facts import Answer
from tracker.alerts.rules.missed import HeardState
from tracker.alerts.vocabulary import Severity

# The smallest change that means something to a patient: Ostelo et al., Spine 2008;33:90.
TREND_POINTS = 2
# Convention: two daily checks; an older change no longer says where the patient is heading.
TREND_LOOK_BACK = timedelta(hours=48)


class Trend(StrEnum):
    """Where soreness is heading."""

    IMPROVING = "improving"
    STEADY = "steady"
    WORSENING = "worsening"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TriageFacts:
    """One patient of the caseload: alerts still open, and what was heard since the latest session.

    `oldest_unacknowledged_at` belongs to the alerts of the highest severity. The last four do not rank.
    """

    has_session: bool = True
    highest_severity: Severity | None = None
    oldest_unacknowledged_at: datetime | None = None
    heard: HeardState = HeardState.HEARD
    cannot_be_reminded: bool = False
    alert_settling: bool = False
    last_answer_at: datetime | None = None
    last_answer_settled: bool | None = None
    course_position: str | None = None
    alert_snoozed: bool = False
    severe_side_effect: bool = False
    has_disclosed: bool = False


@dataclass(frozen=True, slots=True)
class Triage:
    """A key that sorts the most pressing patient first, and the reasons, most pressing first."""

    rank_key: tuple[int, bool, float, float]
    reasons: tuple[str, ...]


# Patients we know nothing of yet stand with those who are settling, before those known to be settled.
_RANKS = {
    "emergency": 0,
    "urgent": 1,
    "attention": 2,
    "not_heard": 3,
    "cannot_be_reminded": 4,
    "settling": 5,
    "awaited": 5,
    "not_asked": 5,
    "settled": 6,
}
_NO_SESSION = 7


def triage(facts: TriageFacts) -> Triage:
    """Rank one patient; equals go by the time since the last answer, longest (or never) first."""
    reasons = _reasons(facts)
    rank = _RANKS[reasons[0]] if reasons else _NO_SESSION
    pressing = facts.oldest_unacknowledged_at if rank <= _RANKS["attention"] else None
    # Within a severity what nobody has acknowledged comes first, the oldest on top.
    return Triage((rank, pressing is None, _seconds(pressing), _seconds(facts.last_answer_at)), reasons)


def trend(answers: Sequence[Answer]) -> Trend:
    """Compare the newest answer with the latest earlier one that differs by 2 points, at most 48 h back.

    The answer before the newest always counts; fewer than two answers say nothing.
    """
    ordered = sorted(answers, key=lambda answer: answer.at.astimezone(UTC))
    if len(ordered) < 2:
        return Trend.UNKNOWN
    newest = ordered[-1]
    recent = [a for a in ordered[:-2] if newest.at - a.at <= TREND_LOOK_BACK]
    for earlier in reversed([*recent, ordered[-2]]):
        if abs(newest.soreness - earlier.soreness) >= TREND_POINTS:
            return Trend.WORSENING if newest.soreness > earlier.soreness else Trend.IMPROVING
    return Trend.STEADY


def _reasons(facts: TriageFacts) -> tuple[str, ...]:
    """Say everything that holds, most pressing first; routine alerts show as what they are about."""
    reasons: list[str] = []
    if facts.highest_severity not in (None, Severity.ROUTINE):
        reasons.append(str(facts.highest_severity))
    if not facts.has_session:
        return tuple(reasons)
    is_alerted = bool(reasons)
    if facts.heard is not HeardState.HEARD:
        reasons.append(facts.heard.value)
    if facts.cannot_be_reminded and facts.heard is not HeardState.CANNOT_BE_REMINDED:
        reasons.append(HeardState.CANNOT_BE_REMINDED.value)
    if facts.heard is not HeardState.HEARD:
        return tuple(reasons)
    if facts.last_answer_settled and not facts.alert_settling:
        reasons.append("settled")
    elif not is_alerted or facts.alert_settling:
        reasons.append("settling")  # beside an open alert that is not calming down the word would mislead
    return tuple(reasons)


def _seconds(moment: datetime | None) -> float:
    return -inf if moment is None else moment.timestamp()
