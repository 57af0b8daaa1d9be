from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.alerts.rules.facts import SessionFacts
from tracker.alerts.rules.missed import (
    CheckFacts,
    CheckOutcome,
    HeardState,
    assess_after,
    assess_missed,
    heard_state,
)
from tracker.alerts.vocabulary import Rule, Severity

ENDED = datetime(2026, 11, 2, 10, tzinfo=UTC)
NOT_DUE, NOT_ASKED, NOT_DELIVERED, HANDED_OVER, ANSWERED = CheckOutcome


def reason(
    hours: float, day_1: CheckOutcome, day_2: CheckOutcome, *, chest: bool = False, other: bool = False
) -> str | None:
    session = SessionFacts(ENDED, chest_region=chest)
    finding = assess_missed(session, CheckFacts(day_1, day_2, other), ENDED + timedelta(hours=hours))
    return None if finding is None else finding.reason


@pytest.mark.parametrize(
    ("hours", "day_1", "day_2", "expected"),
    [
        (54, HANDED_OVER, HANDED_OVER, None),
        (59.99, HANDED_OVER, HANDED_OVER, None),
        (
            60,
            HANDED_OVER,
            HANDED_OVER,
            "Nothing heard in 60 h: 24 h check not answered, 48 h check not answered.",
        ),
        (
            60,
            NOT_DELIVERED,
            HANDED_OVER,
            "Nothing heard in 60 h: 24 h check not delivered, 48 h check not answered.",
        ),
        (
            63.5,
            HANDED_OVER,
            NOT_ASKED,
            "Nothing heard in 63 h: 24 h check not answered, 48 h check not asked.",
        ),
        (60, NOT_DUE, HANDED_OVER, "Nothing heard in 60 h: 24 h check not due, 48 h check not answered."),
        (60, ANSWERED, HANDED_OVER, None),
        (60, HANDED_OVER, ANSWERED, None),
        (60, NOT_DELIVERED, NOT_DELIVERED, None),
        (60, NOT_ASKED, NOT_ASKED, None),
        (60, NOT_ASKED, NOT_DELIVERED, None),
    ],
)
def test_a_patient_who_was_asked_and_is_silent_is_called(
    hours: float, day_1: CheckOutcome, day_2: CheckOutcome, expected: str | None
) -> None:
    assert reason(hours, day_1, day_2) == expected


@pytest.mark.parametrize(
    ("hours", "day_1", "day_2", "expected"),
    [
        (29.99, HANDED_OVER, NOT_DUE, None),
        (30, HANDED_OVER, NOT_DUE, "Nothing heard in 30 h: 24 h check not answered."),
        (30, NOT_DELIVERED, NOT_DUE, None),
        (50, NOT_ASKED, HANDED_OVER, None),
        (60, NOT_ASKED, HANDED_OVER, "Nothing heard in 60 h: 24 h check not asked, 48 h check not answered."),
    ],
)
def test_near_the_lungs_the_24_h_check_alone_decides_first(
    hours: float, day_1: CheckOutcome, day_2: CheckOutcome, expected: str | None
) -> None:
    assert reason(hours, day_1, day_2, chest=True) == expected


def test_any_answered_check_means_no_call() -> None:
    assert reason(60, HANDED_OVER, HANDED_OVER, other=True) is None


def test_a_missed_check_is_routine_and_says_when() -> None:
    now = ENDED + timedelta(hours=60)
    finding = assess_missed(SessionFacts(ENDED), CheckFacts(HANDED_OVER, HANDED_OVER), now)
    assert finding is not None
    assert (finding.rule, finding.severity, finding.family, finding.at) == (
        Rule.MISSED_CHECKS,
        Severity.ROUTINE,
        "missed",
        now,
    )


@pytest.mark.parametrize(("chest", "hours"), [(False, 60), (True, 30)])
def test_the_moment_to_look_is_elapsed_time(chest: bool, hours: int) -> None:
    ended = datetime(2026, 10, 31, 15, tzinfo=ZoneInfo("America/New_York"))
    expected = datetime(2026, 10, 31, 19, tzinfo=UTC) + timedelta(hours=hours)
    assert assess_after(ended, chest) == expected


@pytest.mark.parametrize(
    ("hours", "day_1", "day_2", "reachable", "expected"),
    [
        (10, NOT_DUE, NOT_DUE, True, HeardState.NOT_ASKED),
        (10, NOT_DUE, NOT_DUE, False, HeardState.CANNOT_BE_REMINDED),
        (26, HANDED_OVER, NOT_DUE, True, HeardState.AWAITED),
        (26, NOT_DELIVERED, NOT_DUE, True, HeardState.CANNOT_BE_REMINDED),
        (59.99, NOT_DELIVERED, HANDED_OVER, True, HeardState.AWAITED),
        (60, NOT_DELIVERED, HANDED_OVER, True, HeardState.NOT_HEARD),
        (60, HANDED_OVER, HANDED_OVER, False, HeardState.NOT_HEARD),
        (60, NOT_ASKED, NOT_ASKED, True, HeardState.NOT_ASKED),
        (60, ANSWERED, HANDED_OVER, False, HeardState.HEARD),
    ],
)
def test_the_caseload_tells_silence_from_not_having_asked(
    hours: float, day_1: CheckOutcome, day_2: CheckOutcome, reachable: bool, expected: HeardState
) -> None:
    now = ENDED + timedelta(hours=hours)
    assert heard_state(SessionFacts(ENDED), CheckFacts(day_1, day_2), reachable, now) is expected
