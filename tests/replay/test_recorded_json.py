"""Sessions as lines of JSON: what is written reads back, and what is wrong is named."""

import json
from datetime import UTC, datetime

import pytest

from tracker.replay.recorded import RecordedLog, RecordedSession, Truth
from tracker.replay.recorded_json import BadRecord, read_sessions, write_session

LINE = {
    "id": "s1",
    "ended_at": "2026-03-02T15:00:00Z",
    "regions": ["lower_back"],
    "baseline_soreness": 2,
    "follow_hours": 168,
    "logs": [{"recorded_at": "2026-03-03T15:10:00Z", "soreness": 4, "stiffness": 3, "red_flags": []}],
    "truth": {"actionable": True, "kind": "persist", "onset_at": "2026-03-04T15:00:00Z"},
}


def read(**changes: object) -> RecordedSession:
    (session,) = read_sessions([json.dumps(LINE | changes)])
    return session


def test_a_line_is_a_session() -> None:
    assert read() == RecordedSession(
        id="s1",
        ended_at=datetime(2026, 3, 2, 15, tzinfo=UTC),
        logs=(RecordedLog(datetime(2026, 3, 3, 15, 10, tzinfo=UTC), 4, 3),),
        regions=("lower_back",),
        baseline_soreness=2,
        truth=Truth(True, "persist", datetime(2026, 3, 4, 15, tzinfo=UTC)),
    )


def test_what_may_be_missing_may_be_missing() -> None:
    line = {
        "id": "s",
        "ended_at": "2026-03-02T16:00:00+01:00",
        "logs": [{"recorded_at": "2026-03-03T15:00:00Z"}],
    }
    (session,) = read_sessions(["", json.dumps(line), "  \n"])
    assert session.ended_at == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert (session.baseline_soreness, session.truth, session.follow_hours) == (None, None, 168)


def test_all_but_slow_soreness_is_serious_where_a_truth_does_not_say() -> None:
    truth = {"actionable": True, "onset_at": "2026-03-04T15:00:00Z"}
    for kind, serious in (("persist", False), ("worsen", True), ("complication", True)):
        assert read(truth=truth | {"kind": kind}).truth == Truth(
            True, kind, datetime(2026, 3, 4, 15, tzinfo=UTC), serious
        )


def test_what_is_written_reads_back() -> None:
    session = read(earlier_baselines=[1, 3], patient="p1", baseline_stiffness=0)
    assert list(read_sessions([write_session(session)])) == [session]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": None}, "line 2: id: is missing, must be a text"),
        ({"id": 5}, "line 2: id: is 5, must be a text"),
        ({"ended_at": "2026-03-02"}, "line 2: ended_at: "),
        ({"ended_at": "2026-03-02T15:00:00"}, "line 2: ended_at: "),
        ({"ended_at": 7}, "line 2: ended_at: is 7, must be a date and time with an offset"),
        ({"regions": "back"}, "line 2: regions: "),
        ({"baseline_soreness": 11}, "line 2: baseline_soreness: is 11, must be a whole number from 0 to 10"),
        ({"baseline_soreness": True}, "line 2: baseline_soreness: "),
        ({"earlier_baselines": [1, "2"]}, "line 2: earlier_baselines: "),
        ({"follow_hours": 0}, "line 2: follow_hours: "),
        ({"follow_hours": "week"}, "line 2: follow_hours: "),
        ({"logs": None}, "line 2: logs: is missing, must be a list"),
        ({"logs": [7]}, "line 2: logs[0]: must be an object"),
        ({"logs": [*LINE["logs"], {"soreness": 1}]}, "line 2: logs[1].recorded_at: is missing"),  # type: ignore[misc]
        (
            {"logs": [{"recorded_at": "2026-03-03T15:10:00Z", "soreness": 4.5}]},
            "line 2: logs[0].soreness: is 4.5",
        ),
        (
            {"logs": [{"recorded_at": "2026-03-03T15:10:00Z", "red_flags": "fever"}]},
            "line 2: logs[0].red_flags: ",
        ),
        ({"truth": {}}, "line 2: truth.actionable: is missing, must be true or false"),
        ({"truth": {"actionable": True}}, "line 2: truth.onset_at: is missing"),
        ({"truth": {"actionable": True, "onset_at": "2025-03-04T15:00:00Z"}}, "line 2: truth.onset_at: "),
    ],
)
def test_line_and_field_of_a_fault_are_named(changes: dict[str, object], message: str) -> None:
    lines = [json.dumps(LINE), json.dumps(LINE | changes)]
    with pytest.raises(BadRecord) as caught:
        list(read_sessions(lines))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("line", ["{", "[]", "7", '"s1"', "null", "[" * 100_000])
def test_a_line_that_is_no_object_is_refused(line: str) -> None:
    with pytest.raises(BadRecord, match=r"^line 1: "):
        list(read_sessions([line]))
