"""What the rules are told, and what they find."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from tracker.alerts.vocabulary import RULE_SET_VERSION, Rule, Severity, family_of, severity_of

ONE_HOUR = timedelta(hours=1)


class Timed(Protocol):
    """Something said at one moment."""

    @property
    def at(self) -> datetime:
        """Return when, by the corrected clock."""


TimedAnswer = TypeVar("TimedAnswer", bound=Timed)


@dataclass(frozen=True, slots=True)
class Answer:
    """One check-in's scores, 0 to 10, at its corrected time."""

    at: datetime
    soreness: int
    stiffness: int | None = None
    check_in_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stiffness:
    """One check-in's stiffness, 0 to 10, at its corrected time."""

    at: datetime
    score: int
    check_in_id: str | None = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """When the needling ended, how sore and stiff the area was just before it, whether it was near the lungs.

    An estimated baseline was not asked before this session: it is what earlier ones settled at. `alcohol_at`
    is when the patient first said that they drank inside the window. A baseline of several readings is the
    middle one of what was asked before this and earlier sessions.
    """

    ended_at: datetime
    baseline_soreness: int | None = None
    chest_region: bool = False
    baseline_estimated: bool = False
    baseline_stiffness: int | None = None
    alcohol_at: datetime | None = None
    baseline_readings: int = 1


@dataclass(frozen=True, slots=True)
class SessionAnswers:
    """What was said after one session, and what the rules know of that session."""

    facts: SessionFacts
    soreness: Sequence[Answer] = ()
    stiffness: Sequence[Stiffness] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a therapist should hear: the rule, one sentence, and the inputs that explain it."""

    rule: Rule
    severity: Severity
    family: str
    reason: str
    inputs: dict[str, object]
    at: datetime


@dataclass(frozen=True, slots=True)
class Replay:
    """The latest answer that raised something, and whether that is the newest answer."""

    finding: Finding | None
    is_newest: bool

    @property
    def raised_now(self) -> Finding | None:
        """Return what the newest answer itself raises."""
        return self.finding if self.is_newest else None


def make_finding(
    rule: Rule, reason: str, inputs: dict[str, object], at: datetime, red_flag_code: str | None = None
) -> Finding:
    """Fill in severity, family and rule set version; ValueError for a red flag without its code."""
    versioned = {**inputs, "rule_set_version": RULE_SET_VERSION}
    return Finding(rule, severity_of(rule), family_of(rule, red_flag_code), reason, versioned, at)


def hours_between(start: datetime, end: datetime) -> float:
    """Return elapsed hours, exact across summer time and zone changes; negative when `end` comes first."""
    # Two times in one zone are subtracted by the wall clock, so both go to UTC first.
    if start.tzinfo is not UTC or end.tzinfo is not UTC:
        start, end = start.astimezone(UTC), end.astimezone(UTC)
    return (end - start) / ONE_HOUR


def answers_since(session: SessionFacts, answers: Sequence[TimedAnswer]) -> list[TimedAnswer]:
    """Return what was said from the session's end on, oldest first; the same instant keeps the order given."""
    since = [answer for answer in answers if hours_between(session.ended_at, answer.at) >= 0]
    return sorted(since, key=lambda answer: answer.at.astimezone(UTC))
