from datetime import UTC, datetime, timedelta

import pytest

from tracker.alerts.rules.facts import Answer
from tracker.alerts.rules.missed import HeardState
from tracker.alerts.vocabulary import Severity
from tracker.outcomes.rules.triage import Trend, TriageFacts, trend, triage

NOW = datetime(2026, 11, 6, 10, tzinfo=UTC)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


EMERGENCY = TriageFacts(highest_severity=Severity.EMERGENCY, oldest_unacknowledged_at=ago(1))
URGENT = TriageFacts(highest_severity=Severity.URGENT, oldest_unacknowledged_at=ago(9))
ATTENTION_OLD = TriageFacts(
    highest_severity=Severity.ATTENTION, oldest_unacknowledged_at=ago(5), last_answer_at=ago(1)
)
ATTENTION_NEW = TriageFacts(highest_severity=Severity.ATTENTION, oldest_unacknowledged_at=ago(2))
ATTENTION_IN_HAND = TriageFacts(highest_severity=Severity.ATTENTION, last_answer_at=ago(90))
NOT_HEARD = TriageFacts(highest_severity=Severity.ROUTINE, heard=HeardState.NOT_HEARD)
UNREACHABLE = TriageFacts(heard=HeardState.CANNOT_BE_REMINDED)
UNREACHABLE_SETTLED = TriageFacts(last_answer_at=ago(4), last_answer_settled=True, cannot_be_reminded=True)
AWAITED = TriageFacts(heard=HeardState.AWAITED)
SETTLING_LONG = TriageFacts(last_answer_at=ago(40), last_answer_settled=False)
SETTLING = TriageFacts(last_answer_at=ago(4), last_answer_settled=False)
SETTLED_LONG = TriageFacts(last_answer_at=ago(40), last_answer_settled=True)
SETTLED = TriageFacts(last_answer_at=ago(4), last_answer_settled=True)
NO_SESSION = TriageFacts(has_session=False, last_answer_at=ago(900))

IN_ORDER = [
    EMERGENCY,
    URGENT,
    ATTENTION_OLD,
    ATTENTION_NEW,
    ATTENTION_IN_HAND,
    NOT_HEARD,
    UNREACHABLE,
    UNREACHABLE_SETTLED,
    AWAITED,
    SETTLING_LONG,
    SETTLING,
    SETTLED_LONG,
    SETTLED,
    NO_SESSION,
]


def test_the_caseload_puts_the_most_pressing_patient_first() -> None:
    interleaved = [*IN_ORDER[::-2], *IN_ORDER[-2::-2]]
    assert sorted(interleaved, key=lambda facts: triage(facts).rank_key) == IN_ORDER


def test_equals_go_by_the_time_since_the_last_answer() -> None:
    never = TriageFacts(heard=HeardState.NOT_HEARD)
    long_ago = TriageFacts(heard=HeardState.NOT_HEARD, last_answer_at=ago(200))
    lately = TriageFacts(heard=HeardState.NOT_HEARD, last_answer_at=ago(80))
    ranked = sorted([lately, never, long_ago], key=lambda facts: triage(facts).rank_key)
    assert ranked == [never, long_ago, lately]


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        (EMERGENCY, ("emergency",)),
        (
            TriageFacts(highest_severity=Severity.URGENT, heard=HeardState.NOT_HEARD),
            ("urgent", "not_heard"),
        ),
        (NOT_HEARD, ("not_heard",)),
        (UNREACHABLE, ("cannot_be_reminded",)),
        (
            TriageFacts(heard=HeardState.CANNOT_BE_REMINDED, cannot_be_reminded=True),
            ("cannot_be_reminded",),
        ),
        (
            TriageFacts(heard=HeardState.NOT_HEARD, cannot_be_reminded=True),
            ("not_heard", "cannot_be_reminded"),
        ),
        (
            TriageFacts(last_answer_settled=True, cannot_be_reminded=True),
            ("cannot_be_reminded", "settled"),
        ),
        (TriageFacts(cannot_be_reminded=True), ("cannot_be_reminded", "settling")),
        (
            TriageFacts(highest_severity=Severity.ATTENTION, cannot_be_reminded=True),
            ("attention", "cannot_be_reminded"),
        ),
        (TriageFacts(has_session=False, cannot_be_reminded=True), ()),
        (TriageFacts(heard=HeardState.NOT_ASKED), ("not_asked",)),
        (AWAITED, ("awaited",)),
        (SETTLING, ("settling",)),
        (TriageFacts(alert_settling=True, last_answer_settled=True), ("settling",)),
        (SETTLED, ("settled",)),
        (NO_SESSION, ()),
        (TriageFacts(has_session=False, highest_severity=Severity.EMERGENCY), ("emergency",)),
    ],
)
def test_the_reasons_say_everything_that_holds(facts: TriageFacts, reasons: tuple[str, ...]) -> None:
    assert triage(facts).reasons == reasons


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], Trend.UNKNOWN),
        ([(24, 5)], Trend.UNKNOWN),
        ([(24, 5), (48, 4)], Trend.STEADY),
        ([(24, 5), (48, 3)], Trend.IMPROVING),
        ([(24, 3), (48, 5)], Trend.WORSENING),
        ([(24, 5), (36, 4), (48, 3)], Trend.IMPROVING),
        ([(2, 1), (24, 5), (48, 3)], Trend.IMPROVING),
        ([(24, 5), (36, 1), (48, 3)], Trend.WORSENING),
        ([(24, 7), (48, 4), (72, 4)], Trend.IMPROVING),
        ([(23.99, 7), (48, 4), (72, 4)], Trend.STEADY),
        ([(48, 5), (168, 1)], Trend.IMPROVING),
        ([(48, 3), (24, 5)], Trend.IMPROVING),
    ],
)
def test_the_trend_is_the_latest_change_a_patient_notices(
    scores: list[tuple[float, int]], expected: Trend
) -> None:
    start = ago(200)
    assert trend([Answer(start + timedelta(hours=hours), score) for hours, score in scores]) is expected
