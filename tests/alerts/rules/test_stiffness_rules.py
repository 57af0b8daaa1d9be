"""R5 at each side of every edge. Cells read (hours after the session, stiffness)."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.alerts.rules.facts import Finding, SessionAnswers, SessionFacts, Stiffness
from tracker.alerts.rules.families import thresholds_of
from tracker.alerts.rules.lifecycle import ExistingAlert, Transition
from tracker.alerts.rules.stiffness import assess_stiffness, merge_stiffness, replay_stiffness
from tracker.alerts.vocabulary import AlertStatus, Rule, Severity

ENDED = datetime(2026, 11, 2, 10, tzinfo=UTC)
OPEN, ACKNOWLEDGED, RESOLVED, WITHDRAWN = AlertStatus
Scores = list[tuple[float, int]]


def after(hours: float) -> datetime:
    return ENDED + timedelta(hours=hours)


def told(scores: Scores) -> list[Stiffness]:
    return [Stiffness(after(hours), score, f"at {hours:g}") for hours, score in scores]


def session(baseline: int | None = 2) -> SessionFacts:
    return SessionFacts(ENDED, baseline_stiffness=baseline)


def assess(scores: Scores, baseline: int | None = 2) -> Finding | None:
    return assess_stiffness(told(scores), session(baseline), thresholds_of())


@pytest.mark.parametrize(
    ("scores", "baseline", "raised"),
    [
        ([(48, 7), (54, 7)], 2, True),
        ([(48, 7)], 2, False),
        ([(48, 6), (54, 7)], 2, False),
        ([(48, 7), (54, 6)], 2, False),
        ([(48, 10), (54, 10)], 7, True),
        ([(48, 9), (54, 9)], 7, False),
        ([(48, 7), (54, 7)], 4, True),
        ([(48, 7), (54, 7)], 5, False),
        ([(48, 7), (54, 7)], None, True),
        ([(45.99, 7), (54, 7)], 2, False),
        ([(46, 7), (54, 7)], 2, True),
        ([(48, 7), (51.99, 7)], 2, False),
        ([(48, 7), (52, 7)], 2, True),
        ([(48, 7), (78, 7)], 2, True),
        ([(48, 7), (78.01, 7)], 2, False),
        ([(48, 7), (48.01, 7)], 2, False),
        ([(48, 7), (54, 7), (60, 1)], 2, False),
        ([(70, 7)], 2, False),
        ([(-5, 9), (-1, 9)], 2, False),
        ([], 2, False),
    ],
)
def test_stiffness_is_reported_on_two_late_answers(
    scores: Scores, baseline: int | None, raised: bool
) -> None:
    assert (assess(scores, baseline) is not None) is raised


def test_a_finding_is_one_sentence_for_the_digest() -> None:
    finding = assess([(48, 8), (54, 7)])
    assert finding is not None
    assert (finding.rule, finding.severity, finding.family) == (
        Rule.STIFFNESS, Severity.ROUTINE, "stiffness",
    )  # fmt: skip
    assert finding.reason == "Stiffness 7/10 at 54 h, after 8/10 at 48 h; 2/10 before the session."
    assert finding.inputs["check_in_ids"] == ["at 54", "at 48"]
    assert finding.at == after(54)


def test_a_missing_baseline_is_said() -> None:
    finding = assess([(48, 8), (54, 7)], baseline=None)
    assert finding is not None
    assert finding.reason.endswith("no baseline.")


@pytest.mark.parametrize(
    ("status", "scores", "expected"),
    [
        (None, [(48, 7), (54, 7)], "Raise"),
        (None, [(48, 7)], "Nothing"),
        (OPEN, [(48, 7), (54, 7)], "Nothing"),
        (OPEN, [(48, 7), (54, 7), (72, 9)], "Refresh"),
        (OPEN, [(48, 7), (54, 7), (72, 2)], "MarkSettling"),
        (OPEN, [(48, 7), (54, 7), (72, 2), (96, 2)], "MarkSettling"),
        (ACKNOWLEDGED, [(48, 7), (54, 7), (72, 3)], "MarkSettling"),
        (ACKNOWLEDGED, [(48, 7), (54, 7), (72, 3), (96, 3)], "Resolve"),
        (ACKNOWLEDGED, [(48, 7), (54, 7), (72, 4), (96, 4)], "Nothing"),
        (OPEN, [(48, 7), (54, 3)], "MarkSettling"),
        (OPEN, [(48, 7)], "Withdraw"),
        (ACKNOWLEDGED, [(48, 7), (54, 3)], "Withdraw"),
        # One per session: what a person has closed is not raised again.
        (RESOLVED, [(48, 7), (54, 7), (72, 2), (96, 9), (100, 9)], "Nothing"),
        (WITHDRAWN, [(48, 7), (54, 7)], "Raise"),
    ],
)
def test_one_alert_per_session_follows_the_answers(
    status: AlertStatus | None, scores: Scores, expected: str
) -> None:
    existing = status and ExistingAlert(status, Rule.STIFFNESS, after(54), 7, "at 54")
    assert type(merge(existing or None, scores)).__name__ == expected


def test_a_pair_that_came_late_and_has_settled_is_historic_and_does_not_hide_a_later_one() -> None:
    scores: Scores = [(48, 7), (54, 7), (72, 1)]
    decision = merge(None, scores)
    assert getattr(decision, "historic", None) is True
    kept = ExistingAlert(RESOLVED, Rule.STIFFNESS, after(54), 7, "at 54", historic=True)
    assert type(merge(kept, scores)).__name__ == "Nothing"
    assert type(merge(kept, [*scores, (80, 8), (90, 8)])).__name__ == "Raise"


def merge(existing: ExistingAlert | None, scores: Scores) -> Transition:
    answers = told(scores)
    replay = replay_stiffness(answers, session(), thresholds_of())
    return merge_stiffness(existing, replay, SessionAnswers(session(), stiffness=answers))
