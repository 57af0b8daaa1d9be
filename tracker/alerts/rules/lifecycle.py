"""What new evidence does to the one alert of a family: raise, refresh, quieten, close, reopen or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tracker.alerts.rules.facts import (
    Answer,
    Finding,
    Replay,
    SessionAnswers,
    SessionFacts,
    Stiffness,
    answers_since,
)
from tracker.alerts.rules.thresholds import Thresholds
from tracker.alerts.vocabulary import CLOSED, SORENESS_RULES, AlertStatus, Rule, Severity
from tracker.protocols.soreness import is_settled

# The smallest change that means something to a patient: Ostelo et al., Spine 2008;33:90.
WORSE_BY_POINTS = 2
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
class ScoreFamily:
    """Rules that look at what was said after one session, and share one alert.

    `scores` picks the answers it reads, `assess` looks at the newest of them alone, `replay` finds the latest that
    raises something, and `merge` says what follows for the alert.
    """

    key: str
    rules: tuple[Rule, ...]
    scores: Callable[[SessionAnswers], Sequence[Answer | Stiffness]]
    assess: Callable[[SessionAnswers, Thresholds], Finding | None]
    replay: Callable[[SessionAnswers, Thresholds], Replay]
    merge: Callable[[ExistingAlert | None, Replay, SessionAnswers], Transition]


def merge_red_flag(existing: ExistingAlert | None, finding: Finding) -> Transition:
    """Raise every tick and notify every time; only a person closes a red flag."""
    if existing is None or existing.status in CLOSED:
        return Raise(finding)
    if existing.severity is not None and existing.severity.rank < finding.severity.rank:
        # An unknown code was taken for an emergency: a milder tick of the same item does not calm it.
        finding = replace(finding, rule=existing.rule, severity=existing.severity)
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Reopen(finding)
    return Refresh(finding, notify=True)


def merge_missed(existing: ExistingAlert | None, finding: Finding | None) -> Transition:
    """Put the patient on the call list once per session; an answered check takes the urgency off."""
    if finding is not None:
        if existing is None or existing.status is AlertStatus.WITHDRAWN:
            return Raise(finding)
        if existing.status is AlertStatus.RESOLVED:
            return Nothing()
        return _mark(existing, settling=False, note="The answer was taken back.")
    if existing is None or existing.status in CLOSED:
        return Nothing()
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Resolve("The patient has answered.")
    return _mark(existing, settling=True, note="The patient has answered.")


def merge_soreness(
    existing: ExistingAlert | None,
    finding: Finding | None,
    answers: Sequence[Answer],
    session: SessionFacts,
    is_newest: bool,
) -> Transition:
    """Decide from a replay of all answers: `finding` is the latest that any of them raises.

    What is no longer true on the newest answer is kept as historic and notifies nobody; what still is notifies,
    however late it came. Improvement and edits quieten an alert; only an acknowledged one closes by itself.
    """
    if existing is None or existing.status in CLOSED:
        if finding is None or (existing is not None and _is_known(existing, finding, is_newest)):
            return Nothing()
        return Raise(finding, historic=not is_newest)
    if finding is None:
        return _lose_cause(existing, answers)
    if not is_newest:
        looks = [_Look(a.at, a.soreness) for a in answers_since(session, answers) if a.at > finding.at]
        return _improve(existing, looks, session.baseline_soreness)
    if _shows(existing, finding):
        return Nothing()
    # A settling alert went quiet, so nobody would hear of it again without a new message.
    news = existing.settling or _is_worse(existing, finding)
    return Refresh(finding if news else _untold(existing, finding), notify=news)


def merge_stiffness(
    existing: ExistingAlert | None,
    finding: Finding | None,
    answers: Sequence[Stiffness],
    session: SessionFacts,
    is_newest: bool,
) -> Transition:
    """Raise once per session, for the digest; it settles, closes and is withdrawn as soreness is."""
    if existing is None or existing.status in CLOSED:
        if finding is None or (existing is not None and _was_told(existing, finding)):
            return Nothing()
        return Raise(finding, historic=not is_newest)
    if finding is None:
        return _lose_cause(existing, answers)
    if not is_newest:
        looks = [_Look(a.at, a.score) for a in answers_since(session, answers) if a.at > finding.at]
        return _improve(existing, looks, session.baseline_stiffness)
    return Nothing() if _shows(existing, finding) else Refresh(finding, notify=False)


def merge_course(existing: ExistingAlert | None, finding: Finding | None, holds: bool) -> Transition:
    """Raise what is news about a course of treatment; one alert holds for the whole course.

    `holds` says whether any rule is still true: what is told already is no news, and no reason to close.
    """
    if finding is not None:
        if existing is None or existing.status in CLOSED:
            return Raise(finding)
        return Refresh(finding, notify=False)
    if existing is None or existing.status in CLOSED:
        return Nothing()
    if holds:
        return _mark(existing, settling=False, note="It holds again.")
    note = "With the newest session it no longer holds."
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Resolve(note)
    return _mark(existing, settling=True, note=note)


def merge_contact(existing: ExistingAlert | None, finding: Finding) -> Transition:
    """Raise a request to be contacted; it stays until a person has answered, as pressing as it ever was.

    Asked again after somebody took it on, it is open again; a request that can wait disturbs nobody twice.
    """
    if existing is None or existing.status in CLOSED:
        return Raise(finding)
    before = existing.severity or finding.severity
    more_pressing = finding.severity.rank < before.rank
    finding = replace(finding, severity=min(finding.severity, before, key=lambda severity: severity.rank))
    if finding.inputs.get("can_wait"):
        return Refresh(finding, notify=False)
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Reopen(finding)
    # Whoever put it off did not know that the patient would ask again.
    return Refresh(finding, notify=more_pressing or existing.snoozed)


def merge_note(existing: ExistingAlert | None, finding: Finding) -> Transition:
    """Put a note on the work-list, once while one waits there; one that comes after somebody took it on is new."""
    if existing is None or existing.status in CLOSED:
        return Raise(finding)
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Reopen(finding, notify=False)
    return Refresh(finding, notify=False)


def score_of(inputs: Mapping[str, object]) -> int | None:
    """Return the soreness, else the stiffness, that a finding is about; None when it is about neither."""
    score = inputs.get("soreness", inputs.get("stiffness"))
    return score if isinstance(score, int) else None


def may_push(severity: Severity, last_attention_push_at: datetime | None, now: datetime) -> bool:
    """Say whether a new alert may be pushed: red flags always, routine never, attention once in 12 h."""
    if severity is not Severity.ATTENTION:
        return severity is not Severity.ROUTINE
    return last_attention_push_at is None or now - last_attention_push_at >= ATTENTION_PUSH_EVERY


@dataclass(frozen=True, slots=True)
class _Look:
    """A score of 0 to 10 that came after the one which raised something."""

    at: datetime
    score: int


def _improve(existing: ExistingAlert, calm: Sequence[_Look], baseline: int | None) -> Transition:
    """Weigh the answers that came after the last one which raised something."""
    if not calm or not is_settled(calm[-1].score, baseline):
        return _mark(existing, settling=False, note="The newest answer is not settled.")
    if existing.status is AlertStatus.ACKNOWLEDGED and _was_settled_before(calm, baseline):
        return Resolve("Two answers in a row were settled.")
    return _mark(existing, settling=True, note="The newest answer is settled.")


def _was_settled_before(calm: Sequence[_Look], baseline: int | None) -> bool:
    before = [look for look in calm if calm[-1].at - look.at >= SAME_MOMENT]
    return bool(before) and is_settled(before[-1].score, baseline)


def _lose_cause(existing: ExistingAlert, answers: Sequence[Answer | Stiffness]) -> Transition:
    """Withdraw what no answer raises any more; one that was only edited must have been acknowledged first."""
    cause = existing.check_in_id
    if cause is not None and cause not in {answer.check_in_id for answer in answers}:
        return Withdraw("The answer that raised it was deleted.")
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Withdraw("The answer that raised it was changed.")
    return _mark(existing, settling=True, note="The answer that raised it was changed.")


def _mark(existing: ExistingAlert, settling: bool, note: str) -> Transition:
    return Nothing() if existing.settling is settling else MarkSettling(settling, note)


def _is_known(closed: ExistingAlert, finding: Finding, is_newest: bool) -> bool:
    """Whether this evidence was dealt with; on the newest answer a worse reason is news all the same."""
    dealt_with = closed.status is AlertStatus.RESOLVED and finding.at <= closed.evidence_at
    return dealt_with and not (is_newest and _is_worse(closed, finding))


def _was_told(closed: ExistingAlert, finding: Finding) -> bool:
    """Whether a resolved alert has told it; one that was kept as historic told nobody what came later."""
    if closed.status is not AlertStatus.RESOLVED:
        return False
    return not closed.historic or finding.at <= closed.evidence_at


def _shows(existing: ExistingAlert, finding: Finding) -> bool:
    shown = (existing.rule, existing.soreness, existing.evidence_at, existing.settling)
    return shown == (finding.rule, score_of(finding.inputs), finding.at, False)


def _is_worse(existing: ExistingAlert, finding: Finding) -> bool:
    """Whether a more important rule holds, or soreness rose by a meaningful step."""
    if SORENESS_RULES.index(finding.rule) < SORENESS_RULES.index(existing.rule):
        return True
    soreness, told = score_of(finding.inputs), _lowest_since_told(existing)
    return soreness is not None and told is not None and soreness - told >= WORSE_BY_POINTS


def _untold(existing: ExistingAlert, finding: Finding) -> Finding:
    """Keep beside what nobody is told the score to hold the next one against: small steps add up."""
    told = _lowest_since_told(existing)
    return finding if told is None else replace(finding, inputs={**finding.inputs, "lowest_since_told": told})


def _lowest_since_told(existing: ExistingAlert) -> int | None:
    scores = [score for score in (existing.soreness, existing.lowest_since_told) if score is not None]
    return min(scores, default=None)
