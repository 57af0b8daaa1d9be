"""What new evidence does to the one alert of a family: raise, refresh, quieten, close, reopen or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracker.alerts.rules.facts import Finding, Replay, Scored, SessionAnswers, score_of
from tracker.alerts.rules.thresholds import DeclaredRule, Thresholds
from tracker.alerts.vocabulary import AlertStatus, Rule, Severity
from tracker.protocols.soreness import is_settled

# Convention: two answers closer than this are one answer, given twice.
SAME_MOMENT = timedelta(minutes=1)
# Convention against alert fatigue; red flags are never held back.
ATTENTION_PUSH_EVERY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class ExistingAlert:
    """The latest alert of one patient, session and family, closed or not.

    `evidence_at`, `soreness` (of a stiffness alert: the stiffness) and `check_in_id` are those of the finding
    it shows now; `lowest_since_told` is the lowest score it showed since somebody was last told of it.
    """

    status: AlertStatus
    rule: Rule
    evidence_at: datetime
    soreness: int | None = None
    check_in_id: str | None = None
    settling: bool = False
    severity: Severity | None = None
    historic: bool = False
    snoozed: bool = False
    lowest_since_told: int | None = None
    # Of a course: the number of the session at which each rule was last told.
    told: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raise:
    """Open a new alert and notify; a historic one is stored closed and nobody is notified."""

    finding: Finding
    historic: bool = False


@dataclass(frozen=True, slots=True)
class Refresh:
    """Put the newest reason on top, take the settling mark off, and notify again if told to."""

    finding: Finding
    notify: bool


@dataclass(frozen=True, slots=True)
class Reopen:
    """Open an acknowledged alert again, and notify or leave it to the next digest."""

    finding: Finding
    notify: bool = True


@dataclass(frozen=True, slots=True)
class MarkSettling:
    """Set or take off the settling mark; a marked alert is quiet but stays open."""

    settling: bool
    note: str


@dataclass(frozen=True, slots=True)
class Resolve:
    """Close an acknowledged alert; the owner reads it in the digest."""

    note: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Mark the alert withdrawn because its cause is gone; it stays visible."""

    note: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """Leave everything as it is."""


Transition = Raise | Refresh | Reopen | MarkSettling | Resolve | Withdraw | Nothing


@dataclass(frozen=True, slots=True)
class Family:
    """Rules that share one alert, most important first; `of_session`: what it tells is only true of one session."""

    key: str
    rules: tuple[DeclaredRule, ...]
    of_session: bool = field(kw_only=True, default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFamily(Family):
    """A family that looks at what was said after one session.

    `scores` picks the answers it reads, `assess` looks at the newest of them alone, `replay` finds the latest that
    raises something, and `merge` says what follows for the alert.
    """

    of_session: bool = True
    scores: Callable[[SessionAnswers], Sequence[Scored]]
    assess: Callable[[SessionAnswers, Thresholds], Finding | None]
    replay: Callable[[SessionAnswers, Thresholds], Replay]
    merge: Callable[[ExistingAlert | None, Replay, SessionAnswers], Transition]


def may_push(severity: Severity, last_attention_push_at: datetime | None, now: datetime) -> bool:
    """Say whether a new alert may be pushed: red flags always, routine never, attention once in 12 h."""
    if severity is not Severity.ATTENTION:
        return severity is not Severity.ROUTINE
    return last_attention_push_at is None or now - last_attention_push_at >= ATTENTION_PUSH_EVERY


def mark(existing: ExistingAlert, settling: bool, note: str) -> Transition:
    """Set or take off the settling mark, unless it stands so already."""
    return Nothing() if existing.settling is settling else MarkSettling(settling, note)


def shows(existing: ExistingAlert, finding: Finding) -> bool:
    """Say whether an alert of scores tells this finding already, and is not quiet."""
    shown = (existing.rule, existing.soreness, existing.evidence_at, existing.settling)
    return shown == (finding.rule, score_of(finding.inputs), finding.at, False)


def improve(existing: ExistingAlert, calm: Sequence[Scored], baseline: int | None) -> Transition:
    """Weigh the answers that came after the last one which raised something."""
    if not calm or not is_settled(calm[-1].score, baseline):
        return mark(existing, settling=False, note="The newest answer is not settled.")
    if existing.status is AlertStatus.ACKNOWLEDGED and _was_settled_before(calm, baseline):
        return Resolve("Two answers in a row were settled.")
    return mark(existing, settling=True, note="The newest answer is settled.")


def lose_cause(existing: ExistingAlert, answers: Sequence[Scored]) -> Transition:
    """Withdraw what no answer raises any more; one that was only edited must have been acknowledged first."""
    cause = existing.check_in_id
    if cause is not None and cause not in {answer.check_in_id for answer in answers}:
        return Withdraw("The answer that raised it was deleted.")
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Withdraw("The answer that raised it was changed.")
    return mark(existing, settling=True, note="The answer that raised it was changed.")


def _was_settled_before(calm: Sequence[Scored], baseline: int | None) -> bool:
    before = [look for look in calm if calm[-1].at - look.at >= SAME_MOMENT]
    return bool(before) and is_settled(before[-1].score, baseline)
