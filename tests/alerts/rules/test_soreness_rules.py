"""R2, R3 and R4 at each side of every edge. Cells read (hours after the session, soreness)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.alerts.rules.facts import Answer, Finding, SessionFacts
from tracker.alerts.rules.families import thresholds_of
from tracker.alerts.rules.soreness import PERSISTS_FROM, WORSENS_RISE, assess_soreness, replay_soreness
from tracker.alerts.rules.thresholds import Preset
from tracker.alerts.vocabulary import Rule, Severity

ENDED = datetime(2026, 11, 2, 10, tzinfo=UTC)
Scores = list[tuple[float, int]]


def answers(scores: Scores) -> list[Answer]:
    return [
        Answer(ENDED + timedelta(hours=hours), soreness, check_in_id=f"c{number}")
        for number, (hours, soreness) in enumerate(scores, start=1)
    ]


def assess(scores: Scores, baseline: int | None = 2, preset: Preset = Preset.SENSITIVE) -> Finding | None:
    return assess_soreness(answers(scores), SessionFacts(ENDED, baseline), thresholds_of(preset))


def rule_of(finding: Finding | None) -> Rule | None:
    return None if finding is None else finding.rule


def reason_of(finding: Finding | None) -> str | None:
    return None if finding is None else finding.reason


@pytest.mark.parametrize(
    ("scores", "baseline", "expected"),
    [
        ([(11.99, 7)], 2, None),
        ([(12, 7)], 2, Rule.SEVERE),
        ([(12, 6)], 2, None),
        ([(12, 7)], 5, Rule.SEVERE),
        ([(12, 7)], 6, None),
        ([(0, 8)], 2, None),
        ([(0, 9)], 2, Rule.SEVERE),
        ([(1, 9)], 9, Rule.SEVERE),
        ([(12, 8)], 8, None),
        ([(12, 9)], 8, Rule.SEVERE),
    ],
)
def test_severe_soreness_is_reported(scores: Scores, baseline: int, expected: Rule | None) -> None:
    assert rule_of(assess(scores, baseline)) is expected


@pytest.mark.parametrize(
    ("scores", "baseline", "expected"),
    [
        ([(2, 7), (5.99, 7)], 2, None),
        ([(2, 7), (6, 7)], 2, Rule.SEVERE),
        ([(2, 6), (6, 7)], 2, None),
        ([(2, 7), (6, 6)], 2, None),
        ([(2, 7), (6, 7)], 6, None),
        ([(1, 7), (4, 2), (8, 7)], 2, Rule.SEVERE),
    ],
)
def test_before_12_h_a_second_severe_answer_is_awaited(
    scores: Scores, baseline: int, expected: Rule | None
) -> None:
    assert rule_of(assess(scores, baseline)) is expected


@pytest.mark.parametrize(
    ("scores", "baseline", "expected"),
    [
        ([(45.99, 5)], 2, None),
        ([(46, 5)], 2, Rule.PERSISTS),
        ([(48, 5)], 2, Rule.PERSISTS),
        ([(54, 5)], 2, Rule.PERSISTS),
        ([(70, 5)], 2, Rule.PERSISTS),
        ([(48, 3)], 2, None),
        ([(48, 4)], 2, Rule.PERSISTS),
        ([(48, 2)], 0, None),
        ([(48, 3)], 1, Rule.PERSISTS),
        ([(48, 8)], 8, None),
        ([(48, 2)], None, None),
        ([(48, 3)], None, Rule.PERSISTS),
    ],
)
def test_soreness_that_does_not_settle_is_reported(
    scores: Scores, baseline: int | None, expected: Rule | None
) -> None:
    assert rule_of(assess(scores, baseline)) is expected


@pytest.mark.parametrize(
    ("preset", "scores", "expected"),
    [
        (Preset.SENSITIVE, [(48, 2)], None),
        (Preset.SENSITIVE, [(48, 3)], Rule.PERSISTS),
        (Preset.STANDARD, [(48, 3)], None),
        (Preset.STANDARD, [(48, 4)], Rule.PERSISTS),
        (Preset.STANDARD, [(48, 2), (54, 3)], None),
        (Preset.STANDARD, [(48, 3), (54, 3)], Rule.PERSISTS),
        (Preset.QUIET, [(48, 4)], None),
        (Preset.QUIET, [(48, 5)], Rule.PERSISTS),
        (Preset.QUIET, [(48, 3), (54, 4)], None),
        (Preset.QUIET, [(48, 4), (54, 3)], None),
        (Preset.QUIET, [(48, 4), (54, 4)], Rule.PERSISTS),
    ],
)
def test_each_preset_has_its_own_two_numbers(preset: Preset, scores: Scores, expected: Rule | None) -> None:
    assert rule_of(assess(scores, baseline=0, preset=preset)) is expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (48, 51.99, None),
        (48, 52, Rule.PERSISTS),
        (48, 78, Rule.PERSISTS),
        (48, 78.01, None),
        (45.99, 54, None),
        (46, 54, Rule.PERSISTS),
    ],
)
def test_a_pair_is_4_to_30_h_apart_and_both_after_46_h(
    first: float, second: float, expected: Rule | None
) -> None:
    assert rule_of(assess([(first, 3), (second, 3)], baseline=0, preset=Preset.STANDARD)) is expected


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([(36, 2), (48, 3)], None),
        ([(36, 3), (48, 3)], Rule.PERSISTS),
        ([(36, 2), (48, 3), (53, 3)], Rule.PERSISTS),
        ([(36, 2), (48, 3), (51.99, 3)], Rule.PERSISTS),
        ([(36, 2), (48, 3), (53, 2)], None),
        ([(36, 2), (48, 3), (53, 2), (60, 3)], Rule.PERSISTS),
        # Only an answer of the 30 h before makes it doubtful.
        ([(18, 2), (48, 3)], None),
        ([(17.99, 2), (48, 3)], Rule.PERSISTS),
    ],
)
def test_a_little_soreness_after_a_settled_answer_takes_a_pair(scores: Scores, expected: Rule | None) -> None:
    assert rule_of(assess(scores, baseline=1)) is expected


@pytest.mark.parametrize(("soreness", "expected"), [(4, None), (5, Rule.PERSISTS)])
def test_from_5_on_one_answer_is_enough_even_after_a_settled_one(
    soreness: int, expected: Rule | None
) -> None:
    no_rise = thresholds_of().changed(replace(WORSENS_RISE, value=9))
    finding = assess_soreness(answers([(36, 2), (48, soreness)]), SessionFacts(ENDED, 2), no_rise)
    assert rule_of(finding) is expected


@pytest.mark.parametrize(("hours", "said"), [(46, 48), (60, 62)])
def test_the_reason_says_when_soreness_should_have_settled_by_the_number_that_holds(
    hours: int, said: int
) -> None:
    limits = thresholds_of().changed(replace(PERSISTS_FROM, value=hours))
    finding = assess_soreness(answers([(72, 5)]), SessionFacts(ENDED, 2), limits)
    assert finding is not None
    assert finding.reason == f"5/10 at 72 h; 2/10 before the session; expected to have settled by {said} h."


@pytest.mark.parametrize(
    ("scores", "baseline", "expected"),
    [
        ([(14, 2), (23.99, 5)], 2, None),
        ([(14, 2), (24, 5)], 2, Rule.WORSENS),
        ([(14, 2), (24, 4)], 2, Rule.WORSENS),
        ([(14, 1), (24, 3)], 0, None),
        ([(14, 3), (24, 4)], 2, None),
        ([(11.99, 2), (24, 5)], 2, None),
        ([(12, 2), (24, 5)], 2, Rule.WORSENS),
        ([(14, 1), (24, 5)], 3, Rule.WORSENS),
        ([(14, 1), (24, 5)], 4, None),
        ([(14, 2), (24, 5)], None, Rule.WORSENS),
        ([(24, 5)], 0, None),
    ],
)
def test_soreness_that_worsens_is_reported(
    scores: Scores, baseline: int | None, expected: Rule | None
) -> None:
    assert rule_of(assess(scores, baseline)) is expected


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([(25, 2), (50, 7)], Rule.SEVERE),
        ([(25, 2), (50, 6)], Rule.WORSENS),
        ([(25, 5), (50, 6)], Rule.PERSISTS),
    ],
)
def test_the_most_important_reason_is_on_top(scores: Scores, expected: Rule) -> None:
    assert rule_of(assess(scores)) is expected


@pytest.mark.parametrize(
    "scores",
    [
        [],
        [(-0.01, 10)],
        [(-5, 10), (48, 1)],
    ],
)
def test_no_answer_since_the_session_says_nothing(scores: Scores) -> None:
    assert assess(scores) is None


def test_an_answer_before_the_session_is_no_partner_and_no_lowest() -> None:
    assert rule_of(assess([(-1, 7), (6, 7)])) is None
    assert rule_of(assess([(-1, 0), (30, 4)], baseline=0)) is None


def test_two_answers_in_one_minute_are_no_pair_and_the_later_one_counts() -> None:
    assert assess([(2, 7), (2.01, 7)]) is None
    assert assess([(48, 6), (48.01, 1)]) is None
    assert rule_of(assess([(48, 1), (48.01, 6)])) is Rule.WORSENS


def test_answers_of_one_instant_keep_the_order_given() -> None:
    assert assess([(48, 6), (48, 1)]) is None


def test_the_order_of_arrival_does_not_matter() -> None:
    assert assess([(50, 6), (25, 2)]) is not None
    assert rule_of(assess([(50, 6), (25, 2)])) is Rule.WORSENS


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(45.99, None), (46, Rule.PERSISTS)],
)
def test_hours_are_elapsed_across_summer_time(hours: float, expected: Rule | None) -> None:
    new_york = ZoneInfo("America/New_York")
    ended = datetime(2026, 10, 31, 15, tzinfo=new_york)
    at = (ended.astimezone(UTC) + timedelta(hours=hours)).astimezone(new_york)
    finding = assess_soreness([Answer(at, 5)], SessionFacts(ended, 2), thresholds_of())
    assert rule_of(finding) is expected


def test_a_zone_change_between_session_and_answer_moves_nothing() -> None:
    at = (ENDED + timedelta(hours=46)).astimezone(ZoneInfo("Asia/Tokyo"))
    finding = assess_soreness([Answer(at, 5)], SessionFacts(ENDED, 2), thresholds_of())
    assert rule_of(finding) is Rule.PERSISTS


@pytest.mark.parametrize(
    ("scores", "baseline", "sentence"),
    [
        ([(50, 6)], 2, "6/10 at 50 h; 2/10 before the session; expected to have settled by 48 h."),
        ([(50, 6)], None, "6/10 at 50 h; no baseline; expected to have settled by 48 h."),
        ([(25, 4), (30, 6)], 2, "6/10 at 30 h, up from 4/10 at 25 h; 2/10 before the session."),
        (
            [(25, 4), (30, 7)],
            2,
            "7/10 at 30 h, up from 4/10 at 25 h; 2/10 before the session; severe from 7/10.",
        ),
        ([(14, 8)], 2, "8/10 at 14 h; 2/10 before the session; severe from 7/10."),
        ([(3, 7), (8, 7)], 2, "7/10 at 8 h, after 7/10 at 3 h; 2/10 before the session; severe from 7/10."),
        ([(3, 9)], 8, "9/10 at 3 h; 8/10 before the session; 9/10 and above is always reported."),
        (
            [(25, 1), (50, 6)],
            1,
            "6/10 at 50 h, up from 1/10 at 25 h; 1/10 before the session; expected to have settled by 48 h.",
        ),
    ],
)
def test_the_reason_is_one_sentence(scores: Scores, baseline: int | None, sentence: str) -> None:
    assert reason_of(assess(scores, baseline)) == sentence


def test_a_pair_is_named_in_the_reason() -> None:
    finding = assess([(48, 3), (54, 3)], baseline=0, preset=Preset.STANDARD)
    assert reason_of(finding) == (
        "3/10 at 54 h, after 3/10 at 48 h; 0/10 before the session; expected to have settled by 48 h."
    )


def test_a_finding_carries_what_explains_it() -> None:
    finding = assess([(25, 4), (30, 6)])
    assert finding is not None
    assert (finding.severity, finding.family) == (Severity.ATTENTION, "soreness")
    assert finding.at == ENDED + timedelta(hours=30)
    assert finding.inputs["check_in_ids"] == ["c2", "c1"]
    assert finding.inputs["rules"] == ["worsens"]
    assert finding.inputs["rule_set_version"] == "2026-11.2"
    assert finding.inputs["thresholds"] == thresholds_of().values()


@pytest.mark.parametrize(
    ("scores", "raised_at", "is_newest"),
    [
        ([], None, True),
        ([(24, 2), (48, 1)], None, True),
        ([(24, 2), (48, 5)], 48, True),
        ([(48, 5), (72, 1)], 48, False),
        ([(48, 5), (60, 5), (72, 1)], 60, False),
        ([(20, 1), (26, 5), (40, 1)], 26, False),
    ],
)
def test_a_replay_finds_the_latest_answer_that_raised_something(
    scores: Scores, raised_at: float | None, is_newest: bool
) -> None:
    replay = replay_soreness(answers(scores), SessionFacts(ENDED, 1), thresholds_of())
    at = None if raised_at is None else ENDED + timedelta(hours=raised_at)
    assert (replay.finding.at if replay.finding else None, replay.is_newest) == (at, is_newest)


def test_a_low_answer_that_comes_late_can_show_that_a_later_one_was_worse() -> None:
    known = [(26.0, 4), (40.0, 1)]
    session = SessionFacts(ENDED, 1)
    assert replay_soreness(answers(known), session, thresholds_of()).finding is None
    replay = replay_soreness(answers([*known, (20.0, 1)]), session, thresholds_of())
    assert rule_of(replay.finding) is Rule.WORSENS
    assert not replay.is_newest
