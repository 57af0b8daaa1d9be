"""R5: stiffness that stays, told by two answers; read in the digest."""

from collections.abc import Sequence

from tracker.alerts.rules.facts import (
    Finding,
    Replay,
    SessionAnswers,
    SessionFacts,
    Stiffness,
    answers_after,
    answers_since,
    find_latest,
    hours_between,
    list_partners,
    make_finding,
)
from tracker.alerts.rules.lifecycle import (
    ExistingAlert,
    Nothing,
    Raise,
    Refresh,
    ScoreFamily,
    Transition,
    improve,
    lose_cause,
    shows,
)
from tracker.alerts.rules.soreness import SECOND_AFTER, SECOND_WITHIN
from tracker.alerts.rules.thresholds import (
    ABOVE_BASELINE,
    EXPECTED_BEFORE,
    POINTS,
    SETTLES_BY_48_H,
    SINCE_SESSION,
    Bounds,
    DeclaredRule,
    Setting,
    Thresholds,
)
from tracker.alerts.vocabulary import CLOSED, AlertStatus, Rule, Severity

FAMILY = "stiffness"

NO_MEANINGFUL_CHANGE = "convention: no smallest meaningful change of stiffness is known for back pain"

STIFFNESS_SCORE = Setting(
    "stiffness_score",
    7,
    POINTS,
    NO_MEANINGFUL_CHANGE,
    bounds=Bounds(4, 9, "below 4 stiffness is mild; 10 only would never be met"),
)
STIFFNESS_RISE = Setting(
    "stiffness_rise",
    3,
    ABOVE_BASELINE,
    NO_MEANINGFUL_CHANGE,
    bounds=Bounds(2, 5, "usual stiffness varies by a point from day to day"),
)
STIFFNESS_FROM = Setting(
    "stiffness_from", 46, SINCE_SESSION, SETTLES_BY_48_H, bounds=Bounds(36, 72, EXPECTED_BEFORE)
)

STAYS_STIFF = DeclaredRule(
    Rule.STIFFNESS, Severity.ROUTINE, FAMILY, (STIFFNESS_SCORE, STIFFNESS_RISE, STIFFNESS_FROM), optional=True
)


def assess_stiffness(
    answers: Sequence[Stiffness], session: SessionFacts, limits: Thresholds
) -> Finding | None:
    """Say whether the newest answer and one 4 to 30 h before it are both stiff, late and above baseline.

    Answers from before the session's end are ignored; a missing baseline counts as 0.
    """
    since = answers_since(session, answers)
    return _assess(since, len(since) - 1, session, limits) if since else None


def replay_stiffness(answers: Sequence[Stiffness], session: SessionFacts, limits: Thresholds) -> Replay:
    """Read the answers as if each had come in order, and return the latest one that raises something."""
    since = answers_since(session, answers)
    return find_latest(len(since), lambda place: _assess(since, place, session, limits))


def _assess(
    since: Sequence[Stiffness], place: int, session: SessionFacts, limits: Thresholds
) -> Finding | None:
    newest = since[place]
    if not _is_stiff(newest, session, limits):
        return None
    partners = list_partners(since, place, limits[SECOND_AFTER], limits[SECOND_WITHIN])
    confirmed_by = next((answer for answer in partners if _is_stiff(answer, session, limits)), None)
    return _report(newest, confirmed_by, session, limits) if confirmed_by else None


def _is_stiff(answer: Stiffness, session: SessionFacts, limits: Thresholds) -> bool:
    return (
        hours_between(session.ended_at, answer.at) >= limits[STIFFNESS_FROM]
        and answer.score >= limits[STIFFNESS_SCORE]
        and answer.score - (session.baseline_stiffness or 0) >= limits[STIFFNESS_RISE]
    )


def _report(newest: Stiffness, earlier: Stiffness, session: SessionFacts, limits: Thresholds) -> Finding:
    shown = [_score(answer, session) for answer in (newest, earlier)]
    baseline = session.baseline_stiffness
    before = "no baseline" if baseline is None else f"{baseline}/10 before the session"
    ids = [answer.check_in_id for answer in (newest, earlier) if answer.check_in_id is not None]
    inputs: dict[str, object] = {
        "stiffness": newest.score,
        "hours_since_session": round(hours_between(session.ended_at, newest.at), 2),
        "baseline_stiffness": baseline,
        "check_in_ids": ids,
        "thresholds": limits.values(),
    }
    reason = f"Stiffness {shown[0]}, after {shown[1]}; {before}."
    return make_finding(STAYS_STIFF, reason, inputs, newest.at)


def _score(answer: Stiffness, session: SessionFacts) -> str:
    return f"{answer.score}/10 at {int(hours_between(session.ended_at, answer.at))} h"


def merge_stiffness(existing: ExistingAlert | None, found: Replay, said: SessionAnswers) -> Transition:
    """Raise once per session, for the digest; it settles, closes and is withdrawn as soreness is."""
    finding, is_newest = found.finding, found.is_newest
    if existing is None or existing.status in CLOSED:
        if finding is None or (existing is not None and _was_told(existing, finding)):
            return Nothing()
        return Raise(finding, historic=not is_newest)
    if finding is None:
        return lose_cause(existing, said.stiffness)
    if not is_newest:
        later = answers_after(finding, said.facts, said.stiffness)
        return improve(existing, later, said.facts.baseline_stiffness)
    return Nothing() if shows(existing, finding) else Refresh(finding, notify=False)


def _was_told(closed: ExistingAlert, finding: Finding) -> bool:
    """Whether a resolved alert has told it; one that was kept as historic told nobody what came later."""
    if closed.status is not AlertStatus.RESOLVED:
        return False
    return not closed.historic or finding.at <= closed.evidence_at


STIFFNESS = ScoreFamily(
    FAMILY,
    (STAYS_STIFF,),
    scores=lambda said: said.stiffness,
    assess=lambda said, limits: assess_stiffness(said.stiffness, said.facts, limits),
    replay=lambda said, limits: replay_stiffness(said.stiffness, said.facts, limits),
    merge=merge_stiffness,
)
