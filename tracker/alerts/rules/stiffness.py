"""R5: stiffness that stays, told by two answers; read in the digest."""

from collections.abc import Sequence

from tracker.alerts.rules.facts import (
    Finding,
    Replay,
    SessionFacts,
    Stiffness,
    answers_since,
    hours_between,
    make_finding,
)
from tracker.alerts.rules.lifecycle import ScoreFamily, merge_stiffness
from tracker.alerts.rules.thresholds import Thresholds
from tracker.alerts.vocabulary import Rule


def assess_stiffness(
    answers: Sequence[Stiffness], session: SessionFacts, thresholds: Thresholds
) -> Finding | None:
    """Say whether the newest answer and one 4 to 30 h before it are both stiff, late and above baseline.

    Answers from before the session's end are ignored; a missing baseline counts as 0.
    """
    since = answers_since(session, answers)
    if not since or not _is_stiff(since[-1], session, thresholds):
        return None
    newest = since[-1]
    shortest, longest = thresholds.second_after.value, thresholds.second_within.value
    confirmed_by = [
        answer
        for answer in since[:-1]
        if shortest <= hours_between(answer.at, newest.at) <= longest
        and _is_stiff(answer, session, thresholds)
    ]
    return _report(newest, confirmed_by[-1], session, thresholds) if confirmed_by else None


def replay_stiffness(answers: Sequence[Stiffness], session: SessionFacts, thresholds: Thresholds) -> Replay:
    """Read the answers as if each had come in order, and return the latest one that raises something."""
    since = answers_since(session, answers)
    for length in range(len(since), 0, -1):
        finding = assess_stiffness(since[:length], session, thresholds)
        if finding is not None:
            return Replay(finding, is_newest=length == len(since))
    return Replay(None, is_newest=True)


def _is_stiff(answer: Stiffness, session: SessionFacts, limits: Thresholds) -> bool:
    return (
        hours_between(session.ended_at, answer.at) >= limits.stiffness_from.value
        and answer.score >= limits.stiffness_score.value
        and answer.score - (session.baseline_stiffness or 0) >= limits.stiffness_rise.value
    )


def _report(newest: Stiffness, earlier: Stiffness, session: SessionFacts, thresholds: Thresholds) -> Finding:
    shown = [_score(answer, session) for answer in (newest, earlier)]
    baseline = session.baseline_stiffness
    before = "no baseline" if baseline is None else f"{baseline}/10 before the session"
    ids = [answer.check_in_id for answer in (newest, earlier) if answer.check_in_id is not None]
    inputs: dict[str, object] = {
        "stiffness": newest.score,
        "hours_since_session": round(hours_between(session.ended_at, newest.at), 2),
        "baseline_stiffness": baseline,
        "check_in_ids": ids,
        "thresholds": thresholds.values(),
    }
    reason = f"Stiffness {shown[0]}, after {shown[1]}; {before}."
    return make_finding(Rule.STIFFNESS, reason, inputs, newest.at)


def _score(answer: Stiffness, session: SessionFacts) -> str:
    return f"{answer.score}/10 at {int(hours_between(session.ended_at, answer.at))} h"


STIFFNESS = ScoreFamily(
    "stiffness",
    (Rule.STIFFNESS,),
    scores=lambda said: said.stiffness,
    assess=lambda said, limits: assess_stiffness(said.stiffness, said.facts, limits),
    replay=lambda said, limits: replay_stiffness(said.stiffness, said.facts, limits),
    merge=lambda existing, found, said: merge_stiffness(
        existing, found.finding, said.stiffness, said.facts, found.is_newest
    ),
)
