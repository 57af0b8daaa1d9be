"""Recorded sessions run through the rules without a database. Cells read (hours after the session, soreness)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.alerts.rules.facts import Answer, SessionAnswers
from tracker.alerts.rules.lifecycle import ExistingAlert, Raise, Refresh, Resolve
from tracker.alerts.rules.rule_set import DEFAULT, RuleSet, rule_set_from
from tracker.alerts.rules.soreness import merge_soreness, replay_soreness
from tracker.alerts.vocabulary import AlertStatus
from tracker.replay.recorded import RecordedLog, RecordedSession
from tracker.replay.replay import facts_of, replay_session

ENDED = datetime(2026, 11, 2, 10, tzinfo=UTC)
Scores = list[tuple[float, int]]


def at(hours: float) -> datetime:
    return ENDED + timedelta(hours=hours)


def session(
    *logs: RecordedLog, baseline: int | None = 1, follow: float = 59, **more: object
) -> RecordedSession:
    """A session followed for less than the 60 h after which silence counts, unless told otherwise."""
    return RecordedSession("s1", ENDED, logs, ("lower_back",), baseline, follow_hours=follow, **more)  # type: ignore[arg-type]


def scored(scores: Scores) -> list[RecordedLog]:
    return [RecordedLog(at(hours), soreness) for hours, soreness in scores]


def raised(of: RecordedSession, rule_set: RuleSet = DEFAULT) -> list[tuple[str, float]]:
    return [
        (alert.finding.rule.value, (alert.raised_at - ENDED) / timedelta(hours=1))
        for alert in replay_session(of, rule_set)
    ]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], []),
        ([(48, 1)], []),
        ([(48, 5)], [("persists", 48)]),
        # One alert at a time, however often it is said again.
        ([(48, 5), (54, 6), (72, 5)], [("persists", 48)]),
        # Two settled answers close it, so what comes then is a new one.
        ([(48, 5), (54, 1), (72, 1), (96, 6)], [("persists", 48), ("worsens", 96)]),
        ([(48, 5), (54, 1), (96, 6)], [("persists", 48)]),
        ([(14, 8), (48, 1)], [("severe", 14)]),
        # Before the session's end is not about it.
        ([(-1, 9)], []),
        # Lines may come in any order.
        ([(72, 5), (24, 1)], [("worsens", 72)]),
    ],
)
def test_one_alert_is_open_at_a_time(scores: Scores, expected: list[tuple[str, float]]) -> None:
    assert raised(session(*scored(scores))) == expected


def test_what_an_alert_is_given_again_is_remembered_with_it() -> None:
    (alert,) = replay_session(session(*scored([(48, 5), (54, 6), (60, 1), (72, 5)])))
    assert alert.renewed_at == [at(54), at(72)]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["chest_pain"], ["red_flag_emergency"]),
        (["fever"], ["red_flag_same_day"]),
        (["chest_pain", "fever", "chest_pain"], ["red_flag_emergency", "red_flag_same_day"]),
        (["something_unusual"], ["red_flag_same_day"]),
        # What this version does not know may have been an emergency.
        (["from_the_future"], ["red_flag_emergency"]),
    ],
)
def test_every_red_flag_is_told_whatever_the_score(codes: list[str], expected: list[str]) -> None:
    for hours in (-2, 0, 30, 58):
        log = RecordedLog(at(hours), 0, red_flags=tuple(codes))
        assert [rule for rule, _ in raised(session(log))] == expected


def test_a_red_flag_ticked_again_is_the_same_alert() -> None:
    ticks = [RecordedLog(at(hours), red_flags=("fever",)) for hours in (4, 30)]
    (alert,) = replay_session(session(*ticks))
    assert alert.renewed_at == [at(30)]


@pytest.mark.parametrize(
    ("regions", "follow", "heard", "expected"),
    [
        (("lower_back",), 59.9, None, []),
        (("lower_back",), 60, None, [("missed_checks", 60)]),
        (("upper_back",), 60, None, [("missed_checks", 30)]),
        (("lower_back",), 168, 59, []),
        (("lower_back",), 168, 61, [("missed_checks", 60)]),
    ],
)
def test_silence_is_told_when_the_service_would_tell_it(
    regions: tuple[str, ...], follow: float, heard: float | None, expected: list[tuple[str, float]]
) -> None:
    logs = () if heard is None else (RecordedLog(at(heard), 0),)
    assert raised(RecordedSession("s1", ENDED, logs, regions, 0, follow_hours=follow)) == expected


def test_a_rule_that_is_switched_off_says_nothing() -> None:
    off = [{"key": rule, "enabled": False} for rule in ("missed_checks", "stiffness")]
    stiff = [RecordedLog(at(hours), None, 9) for hours in (48, 54)]
    silent = session(*stiff, follow=168)
    assert [rule for rule, _ in raised(silent)] == ["stiffness", "missed_checks"]
    assert raised(silent, rule_set_from({"alert_rules": off})) == []


@pytest.mark.parametrize(("preset", "expected"), [("quiet", 0), ("standard", 1), ("sensitive", 1)])
def test_the_rule_set_decides(preset: str, expected: int) -> None:
    assert len(raised(session(*scored([(48, 4)])), rule_set_from({"preset": preset}))) == expected


def test_baselines_of_earlier_sessions_steady_this_one() -> None:
    logs = scored([(48, 5)])
    assert raised(session(*logs, baseline=4)) == []
    assert raised(session(*logs, baseline=4, earlier_baselines=(1, 2))) == [("persists", 48)]


@given(st.lists(st.tuples(st.integers(0, 160), st.integers(0, 10)), max_size=8), st.integers(0, 4))
def test_it_ends_where_a_service_that_reads_all_answers_every_time_ends(
    scores: Scores, baseline: int
) -> None:
    """The replay looks at the newest answer only; the service replays all of them, each time."""
    recorded = session(*scored(scores), baseline=baseline)
    facts, found = facts_of(recorded), []
    existing: ExistingAlert | None = None
    answers: list[Answer] = []
    for log in sorted(recorded.logs, key=lambda log: log.at):
        answers.append(Answer(log.at, log.soreness or 0))
        replay = replay_soreness(answers, facts, DEFAULT.thresholds)
        step = merge_soreness(existing, replay, SessionAnswers(facts, answers))
        if isinstance(step, Raise | Refresh):
            found += [step.finding.reason] if isinstance(step, Raise) else []
            soreness = step.finding.inputs["soreness"]
            assert isinstance(soreness, int)
            existing = ExistingAlert(AlertStatus.ACKNOWLEDGED, step.finding.rule, step.finding.at, soreness)
        elif isinstance(step, Resolve) and existing:
            existing = ExistingAlert(
                AlertStatus.RESOLVED, existing.rule, existing.evidence_at, existing.soreness
            )
    assert [alert.finding.reason for alert in replay_session(recorded)] == found
