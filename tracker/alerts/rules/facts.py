"""What the rules are told, and what they find."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tracker.alerts.vocabulary import (
    RULE_SET_VERSION,
    RULES_IN_USE,
    Rule,
    Severity,
    family_of,
    severity_of,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One check-in's scores, 0 to 10, at its corrected time."""

    at: datetime
    soreness: int
    stiffness: int | None = None
    check_in_id: str | None = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """When the needling ended, how sore the area was just before it, and whether it was near the lungs."""

    ended_at: datetime
    baseline_soreness: int | None = None
    chest_region: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a therapist should hear: the rule, one sentence, and the inputs that explain it."""

    rule: Rule
    severity: Severity
    family: str
    reason: str
    inputs: dict[str, object]
    at: datetime


def make_finding(
    rule: Rule, reason: str, inputs: dict[str, object], at: datetime, red_flag_code: str | None = None
) -> Finding:
    """Fill in severity, family and rule set version; ValueError for a rule that is not in use yet."""
    if rule not in RULES_IN_USE:
        raise ValueError(f"{rule} is not in use")
    versioned = {**inputs, "rule_set_version": RULE_SET_VERSION}
    return Finding(rule, severity_of(rule), family_of(rule, red_flag_code), reason, versioned, at)


def hours_between(start: datetime, end: datetime) -> float:
    """Return elapsed hours, exact across summer time and zone changes; negative when `end` comes first."""
    # Two times in one zone are subtracted by the wall clock, so both go to UTC first.
    return (end.astimezone(UTC) - start.astimezone(UTC)) / timedelta(hours=1)


def answers_since(session: SessionFacts, answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers from the session's end on, oldest first; the same instant keeps the order given."""
    since = [answer for answer in answers if hours_between(session.ended_at, answer.at) >= 0]
    return sorted(since, key=lambda answer: answer.at.astimezone(UTC))
