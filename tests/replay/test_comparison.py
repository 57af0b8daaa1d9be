"""What was really told beside what a rule set would tell. Hours count from the session's end."""

from datetime import UTC, datetime, timedelta

from tracker.alerts.rules.rule_set import rule_set_from
from tracker.replay.comparison import ComparedSession, RaisedAlert, compare
from tracker.replay.recorded import RecordedLog, RecordedSession

ENDED = datetime(2026, 11, 2, 10, tzinfo=UTC)
QUIET, SENSITIVE = rule_set_from({"preset": "quiet"}), rule_set_from({})


def past(*scores: tuple[float, int], raised: list[tuple[float, str | None]]) -> ComparedSession:
    logs = tuple(RecordedLog(ENDED + timedelta(hours=hours), soreness) for hours, soreness in scores)
    alerts = tuple(
        RaisedAlert("persists", "soreness", ENDED + timedelta(hours=hours), outcome)
        for hours, outcome in raised
    )
    return ComparedSession(RecordedSession("s", ENDED, logs, baseline_soreness=0, follow_hours=168), alerts)


PAST = [
    past((48, 6), raised=[(48, "advice_changed")]),
    past((48, 3), raised=[(48, "no_action_needed")]),
    past((48, 4), raised=[(48, "referred")]),
    past((48, 4), raised=[]),
    past(raised=[]),
]


def test_what_is_dropped_is_told_with_what_had_been_done_about_it() -> None:
    data = compare(PAST, QUIET).as_data()
    assert (data["sessions"], data["raised"], data["raised_with_action"]) == (5, 3, 2)
    assert (data["would_raise"], data["dropped"], data["dropped_with_action"], data["added"]) == (1, 2, 1, 0)
    assert data["raised_by_rule"] == {"persists": 3}
    assert data["would_raise_by_rule"] == {"persists": 1}


def test_what_is_new_is_told() -> None:
    data = compare(PAST, SENSITIVE).as_data()
    assert (data["would_raise"], data["dropped"], data["added"]) == (4, 0, 1)


def test_alerts_that_no_rule_set_decides_are_left_out() -> None:
    told = RaisedAlert("red_flag_emergency", "red_flag:chest_pain", ENDED)
    logs = (RecordedLog(ENDED, red_flags=("chest_pain",)),)
    session = ComparedSession(RecordedSession("s", ENDED, logs), (told,))
    data = compare([session], QUIET).as_data()
    assert (data["raised"], data["would_raise"], data["dropped"], data["added"]) == (0, 0, 0, 0)
