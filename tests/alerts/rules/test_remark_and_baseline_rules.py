"""The remark about alcohol, the baseline that nobody asked, and when to ask again. Cells read (hours, soreness)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tracker.alerts.rules.alcohol import alcohol_in_window
from tracker.alerts.rules.baseline import estimate_baseline, steady_baseline
from tracker.alerts.rules.facts import Answer, Finding, SessionFacts
from tracker.alerts.rules.families import thresholds_of
from tracker.alerts.rules.second_answers import needs_second_answer
from tracker.alerts.rules.soreness import assess_soreness
from tracker.alerts.rules.thresholds import Preset
from tracker.alerts.vocabulary import Rule

ENDED = datetime(2026, 11, 2, 10, tzinfo=UTC)
Scores = list[tuple[float, int]]


def after(hours: float) -> datetime:
    return ENDED + timedelta(hours=hours)


def answers(scores: Scores) -> list[Answer]:
    return [Answer(after(hours), soreness) for hours, soreness in scores]


def assess(scores: Scores, session: SessionFacts) -> Finding:
    finding = assess_soreness(answers(scores), session, thresholds_of())
    assert finding is not None
    return finding


@pytest.mark.parametrize(
    ("said_yes", "expected"),
    [([], None), ([-0.01], None), ([0], 0), ([30, 5], 5), ([36], 36), ([36.01], None), ([-2, 40, 9], 9)],
)
def test_alcohol_counts_when_it_is_told_up_to_the_24_h_check(
    said_yes: list[float], expected: float | None
) -> None:
    found = alcohol_in_window(map(after, said_yes), ENDED)
    assert found == (None if expected is None else after(expected))


@pytest.mark.parametrize(
    ("alcohol", "hours", "remarked"),
    [(None, 30, False), (20, 30, True), (30, 30, True), (6, 30, True), (5.99, 30, False), (31, 30, False)],
)
def test_worse_in_the_day_after_alcohol_is_remarked(
    alcohol: float | None, hours: float, remarked: bool
) -> None:
    plain = SessionFacts(ENDED, 2)
    session = replace(plain, alcohol_at=None if alcohol is None else after(alcohol))
    scores: Scores = [(14, 2), (hours, 5)]
    finding, without = assess(scores, session), assess(scores, plain)
    assert ("after alcohol in the window" in finding.reason) is remarked
    assert (finding.inputs.get("remarks") is not None) is remarked
    assert (finding.rule, finding.severity, finding.at) == (without.rule, without.severity, without.at)


@pytest.mark.parametrize("scores", [[(14, 2), (24, 3)], [(14, 8)], [(48, 5)]])
def test_alcohol_neither_raises_nor_is_remarked_beside_another_rule(scores: Scores) -> None:
    plain = SessionFacts(ENDED, 2)
    drank = replace(plain, alcohol_at=after(scores[-1][0] - 1))
    found = [assess_soreness(answers(scores), session, thresholds_of()) for session in (plain, drank)]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("baseline", "scores", "expected"),
    [
        (1, [], None),
        (1, [(24, 5), (48, 4)], None),
        (1, [(24, 5), (48, 2), (72, 1)], 1),
        (1, [(24, 2), (48, 1), (72, 0)], 1),
        (6, [(24, 8), (48, 7), (72, 6)], 6),
        (None, [(24, 3), (48, 2)], 2),
        (1, [(-4, 0), (72, 2)], 2),
    ],
)
def test_the_baseline_is_the_median_of_what_earlier_sessions_settled_at(
    baseline: int | None, scores: Scores, expected: int | None
) -> None:
    assert estimate_baseline([(SessionFacts(ENDED, baseline), answers(scores))]) == expected


def test_all_earlier_sessions_count_alike() -> None:
    quiet, usual = SessionFacts(ENDED, 0), SessionFacts(ENDED, 5)
    earlier = [(quiet, answers([(48, 0)])), (usual, answers([(48, 5), (72, 5)]))]
    assert estimate_baseline(earlier) == 5


@pytest.mark.parametrize(
    ("session", "words"),
    [
        (SessionFacts(ENDED, None), "; no baseline; expected"),
        (SessionFacts(ENDED, 1), "; 1/10 before the session; expected"),
        (
            SessionFacts(ENDED, 1, baseline_estimated=True),
            "; no baseline, 1/10 once earlier sessions had settled; expected",
        ),
    ],
)
def test_the_reason_says_where_the_baseline_comes_from(session: SessionFacts, words: str) -> None:
    finding = assess([(48, 5)], session)
    assert words in finding.reason
    assert finding.inputs["baseline_estimated"] is session.baseline_estimated


@pytest.mark.parametrize(
    ("preset", "scores", "waiting"),
    [
        (Preset.SENSITIVE, [], None),
        (Preset.SENSITIVE, [(3, 6)], None),
        (Preset.SENSITIVE, [(3, 7)], Rule.SEVERE),
        (Preset.SENSITIVE, [(11.99, 8)], Rule.SEVERE),
        # It raises an alert by itself.
        (Preset.SENSITIVE, [(12, 8)], None),
        (Preset.SENSITIVE, [(3, 9)], None),
        (Preset.SENSITIVE, [(3, 7), (8, 7)], None),
        # Too near to confirm it: the second of them waits as well.
        (Preset.SENSITIVE, [(3, 7), (5, 7)], Rule.SEVERE),
        (Preset.SENSITIVE, [(3, 7), (8, 4)], None),
        (Preset.SENSITIVE, [(48, 2)], None),
        (Preset.SENSITIVE, [(36, 2), (48, 3)], Rule.PERSISTS),
        (Preset.SENSITIVE, [(36, 2), (48, 3), (53, 3)], None),
        (Preset.STANDARD, [(45.99, 3)], None),
        (Preset.STANDARD, [(46, 3)], Rule.PERSISTS),
        (Preset.STANDARD, [(46, 2)], None),
        (Preset.STANDARD, [(48, 4)], None),
        (Preset.STANDARD, [(48, 3), (54, 3)], None),
        (Preset.STANDARD, [(48, 3), (84, 3)], Rule.PERSISTS),
        (Preset.QUIET, [(48, 4)], Rule.PERSISTS),
        (Preset.QUIET, [(48, 3)], None),
    ],
)
def test_the_first_of_a_pair_asks_for_the_second(
    preset: Preset, scores: Scores, waiting: Rule | None
) -> None:
    again = needs_second_answer(answers(scores), SessionFacts(ENDED, 0), thresholds_of(preset))
    if waiting is None:
        assert again is None
    else:
        assert again is not None
        newest = after(scores[-1][0])
        assert again.rule is waiting
        assert again.earliest == newest + timedelta(hours=4)
        assert again.latest == newest + timedelta(hours=6)


def test_a_second_answer_at_either_end_of_the_recheck_decides() -> None:
    session = SessionFacts(ENDED, 2)
    again = needs_second_answer(answers([(3, 7)]), session, thresholds_of())
    assert again is not None
    for at in (again.earliest, again.latest):
        second = [*answers([(3, 7)]), Answer(at, 7)]
        assert assess_soreness(second, session, thresholds_of()) is not None


@pytest.mark.parametrize(
    ("asked", "earlier", "steadied", "readings"),
    [
        (4, [], 4, 1),
        (4, [1], 1, 2),
        (1, [4], 1, 2),
        (4, [1, 2], 2, 3),
        (0, [5, 2], 2, 3),
        # Only the last three count.
        (4, [0, 0, 0, 4, 3], 4, 3),
        (None, [2, 2], None, 1),
    ],
)
def test_a_baseline_is_the_middle_one_of_the_last_three(
    asked: int | None, earlier: list[int], steadied: int | None, readings: int
) -> None:
    steady = steady_baseline(SessionFacts(ENDED, asked), earlier)
    assert (steady.baseline_soreness, steady.baseline_readings) == (steadied, readings)


def test_a_steadied_baseline_is_named_in_the_reason() -> None:
    session = steady_baseline(SessionFacts(ENDED, 4), [1, 2])
    finding = assess_soreness(answers([(48, 5)]), session, thresholds_of())
    assert finding is not None
    assert (
        finding.reason == "5/10 at 48 h; 2/10 before the last 3 sessions; expected to have settled by 48 h."
    )
