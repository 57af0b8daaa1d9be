"""What the rules are told, and what they find."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from tracker.alerts.rules.thresholds import DeclaredRule
from tracker.alerts.vocabulary import RULE_SET_VERSION, Rule, Severity

ONE_HOUR = timedelta(hours=1)


class Timed(Protocol):
    """Something said at one moment."""

    @property
    def at(self) -> datetime:
        """Return when, by the corrected clock."""


class Scored(Timed, Protocol):
    """A score of 0 to 10, said at one moment in a check-in."""

    @property
    def score(self) -> int:
        """Return the score that a family looks at."""

    @property
    def check_in_id(self) -> str | None:
        """Return the check-in that tells it."""


TimedAnswer = TypeVar("TimedAnswer", bound=Timed)


@dataclass(frozen=True, slots=True)
class Answer:
    """One check-in's scores, 0 to 10, at its corrected time."""

    at: datetime
    soreness: int
    stiffness: int | None = None
    check_in_id: str | None = None

    @property
    def score(self) -> int:
        """Return the soreness."""
        return self.soreness


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
    declared: DeclaredRule, reason: str, inputs: dict[str, object], at: datetime, family: str | None = None
) -> Finding:
    """Fill in rule, severity, family and rule set version; `family` where one rule has several, as red flags do."""
    versioned = {**inputs, "rule_set_version": RULE_SET_VERSION}
    return Finding(declared.rule, declared.severity, family or declared.family, reason, versioned, at)


def score_of(inputs: Mapping[str, object]) -> int | None:
    """Return the soreness, else the stiffness, that a finding is about; None when it is about neither."""
    score = inputs.get("soreness", inputs.get("stiffness"))
    return score if isinstance(score, int) else None


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


def answers_after(
    finding: Finding, session: SessionFacts, answers: Sequence[TimedAnswer]
) -> list[TimedAnswer]:
    """Return what was said since the session after the answer that a finding is about, oldest first."""
    return [answer for answer in answers_since(session, answers) if answer.at > finding.at]


def list_partners(
    since: Sequence[TimedAnswer], place: int, shortest: int, longest: int
) -> Iterator[TimedAnswer]:
    """Return the answers so many hours before the one at this place, edges included, latest first."""
    for answer in map(since.__getitem__, range(place - 1, -1, -1)):
        gap = hours_between(answer.at, since[place].at)
        if gap > longest:
            return
        if gap >= shortest:
            yield answer


def find_latest(count: int, assess: Callable[[int], Finding | None]) -> Replay:
    """Look at each of so many answers, seen with those before it, latest first; stop at one that raises something."""
    for place in range(count - 1, -1, -1):
        finding = assess(place)
        if finding is not None:
            return Replay(finding, is_newest=place == count - 1)
    return Replay(None, is_newest=True)
