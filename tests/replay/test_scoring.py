"""Alerts held against the truth, at each side of every edge. Hours count from the session's end."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.alerts.rules.facts import make_finding
from tracker.alerts.rules.families import DECLARED
from tracker.alerts.vocabulary import Rule
from tracker.replay.recorded import RecordedLog, RecordedSession, Truth
from tracker.replay.replay import ReplayedAlert
from tracker.replay.scoring import Judged, judge
from tracker.replay.summary import summarise

ENDED = datetime(2026, 11, 2, 10, tzinfo=UTC)


def at(hours: float) -> datetime:
    return ENDED + timedelta(hours=hours)


def alert(raised: float, *renewed: float, rule: Rule = Rule.PERSISTS) -> ReplayedAlert:
    return ReplayedAlert(
        "s", make_finding(DECLARED[rule], "", {}, at(raised)), at(raised), [at(each) for each in renewed]
    )


def judged(
    *alerts: ReplayedAlert, onset: float | None = 48, kind: str = "persist", log: float = 48
) -> Judged:
    truth = Truth(False) if onset is None else Truth(True, kind, at(onset))
    soreness = None if kind == "complication" else 3
    return judge(RecordedSession("s", ENDED, (RecordedLog(at(log), soreness),), truth=truth), alerts)


@pytest.mark.parametrize(
    ("moments", "delay", "false"),
    [
        ([], None, 0),
        ([41.99], None, 1),
        ([42], 0, 0),
        ([48], 0, 0),
        ([50.5], 2.5, 0),
        # Raised too early, and given a new reason in time: the therapist has it open.
        ([20, 50], 2, 0),
        ([20, 30], None, 1),
    ],
)
def test_a_course_is_caught_from_six_hours_before_its_onset(
    moments: list[float], delay: float | None, false: int
) -> None:
    one = judged(*([alert(*moments)] if moments else []))
    assert (one.delay_hours, one.false_alerts, one.true_alerts) == (delay, false, len(moments[:1]) - false)


def test_the_first_alert_in_time_makes_the_delay_and_every_other_is_counted_for_itself() -> None:
    one = judged(alert(60), alert(50), alert(10))
    assert (one.delay_hours, one.true_alerts, one.false_alerts) == (2, 2, 1)


def test_an_alert_about_nothing_is_false_and_a_routine_one_is_counted_apart() -> None:
    one = judged(alert(48), alert(60, rule=Rule.MISSED_CHECKS), onset=None)
    assert (one.false_alerts, one.routine_alerts, one.is_caught) == (1, 1, False)


@pytest.mark.parametrize(
    ("kind", "log", "in_time"),
    [("persist", 41.9, False), ("persist", 42, True), ("complication", 42, True)],
)
def test_a_log_in_time_says_what_could_have_told(kind: str, log: float, in_time: bool) -> None:
    assert judged(kind=kind, log=log).in_time is in_time


def test_a_log_without_soreness_is_in_time_only_for_a_complication() -> None:
    for kind, in_time in (("persist", False), ("complication", True)):
        truth = Truth(True, kind, at(48))
        logs = (RecordedLog(at(50)),)
        assert judge(RecordedSession("s", ENDED, logs, truth=truth), []).in_time is in_time


def test_without_a_truth_there_is_nothing_to_hold_against() -> None:
    with pytest.raises(ValueError, match="no truth"):
        judge(RecordedSession("s", ENDED, ()), [])


def test_figures_are_shares_of_what_they_say() -> None:
    data = summarise(
        [
            judged(alert(50)),
            judged(log=10),
            judged(alert(58), kind="worsen"),
            judged(onset=None),
            judged(alert(30), alert(60), onset=None),
        ]
    ).as_data()
    assert (data["sessions"], data["patient_days"], data["alerts"]) == (5, 35, 4)
    assert (data["specificity"], data["precision"]) == (0.5, 0.5)
    assert data["false_alerts_per_100_patient_days"] == round(200 / 35, 3)
    assert data["actionable"]["sensitivity"] == 0.667
    assert data["actionable"]["sensitivity_when_logged_in_time"] == 1
    assert data["by_kind"]["worsen"] == {
        "sessions": 1,
        "sensitivity": 1,
        "sensitivity_when_logged_in_time": 1,
        "delay_hours_median": 10,
        "delay_hours_p90": 10,
    }


def test_a_share_of_nothing_is_nothing() -> None:
    data = summarise([]).as_data()
    assert (data["sessions"], data["precision"], data["actionable"]["sensitivity"]) == (0, None, None)
