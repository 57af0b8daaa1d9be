"""What one session came to, and how usual pain answered visit by visit: tables around each boundary."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tracker import ids
from tracker.alerts.rules.course_review import TreatedSession
from tracker.alerts.rules.facts import SessionFacts
from tracker.alerts.rules.families import thresholds_of
from tracker.alerts.rules.missed import CheckOutcome
from tracker.outcomes.rules.session_outcome import (
    Point,
    ReminderOutcome,
    SessionOutcome,
    find_alcohol_avoided,
    find_reminder_outcome,
    find_responses,
    sum_up,
)

END = datetime(2026, 3, 2, 15, tzinfo=UTC)


def at(hours: float, **said: Any) -> Point:
    return Point(check_in_id=ids.new_id(), recorded_at=END + timedelta(hours=hours), **said)


def summed(*points: Point, baseline: int | None = 2) -> SessionOutcome:
    return sum_up(SessionFacts(END, baseline), points, [])


def test_a_session_that_nobody_spoke_of_says_nothing() -> None:
    outcome = summed()
    told = (outcome.peak_soreness, outcome.peak_at_hours, outcome.hours_to_baseline)
    assert told == (None, None, None)
    assert (outcome.hydration_total_ml, outcome.intense_activity) == (None, None)
    assert outcome.alcohol_avoided == "unknown"


def test_the_peak_is_the_first_of_the_highest() -> None:
    outcome = summed(at(2, soreness=5), at(8, soreness=7), at(20, soreness=7), at(30, soreness=2))
    assert (outcome.peak_soreness, outcome.peak_at_hours) == (7, 8.0)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(19.9, 6)], None),
        ([(20, 6)], 6),
        ([(35.9, 6)], 6),
        ([(36, 6)], None),
        ([(21, 6), (25, 4), (30, 1)], 4),
    ],
)
def test_the_24_hour_answer_is_the_nearest_in_its_window(
    points: list[tuple[float, int]], expected: int | None
) -> None:
    outcome = summed(*(at(hours, soreness=soreness) for hours, soreness in points))
    assert outcome.soreness_at_24_hours == expected


@pytest.mark.parametrize(
    ("points", "baseline", "hours"),
    [
        ([(10, 5), (24, 3), (48, 2)], 2, 24.0),
        ([(10, 5), (24, 3), (30, 4), (48, 2)], 2, 48.0),
        ([(10, 5), (24, 4)], 2, None),
        ([(10, 2)], 0, 10.0),
        ([(10, 3)], None, None),
    ],
)
def test_soreness_is_back_when_it_stays_settled(
    points: list[tuple[float, int]], baseline: int | None, hours: float | None
) -> None:
    outcome = summed(*(at(when, soreness=soreness) for when, soreness in points), baseline=baseline)
    assert outcome.hours_to_baseline == hours


@pytest.mark.parametrize(
    ("said", "avoided"),
    [
        ([], "unknown"),
        ([(6, "no")], "unknown"),
        ([(19.9, "no")], "unknown"),
        ([(20, "no")], "yes"),
        ([(50, "no")], "yes"),
        ([(6, "yes"), (24, "no")], "no"),
        ([(36, "yes")], "no"),
        ([(24, "no"), (36.1, "yes")], "yes"),
        ([(40, "yes")], "unknown"),
        ([(24, "not_answered")], "unknown"),
    ],
)
def test_alcohol_in_the_window(said: list[tuple[float, str]], avoided: str) -> None:
    points = [at(hours, alcohol=answer) for hours, answer in said]
    assert find_alcohol_avoided(END, points) == avoided


def test_fluids_and_activity_are_those_of_the_first_day() -> None:
    outcome = summed(
        at(3, hydration_ml=300, activities=["stretching"]),
        at(24, hydration_ml=700, activities=[]),
        at(24.1, hydration_ml=5000, activities=["intense_activity", "stretching"]),
    )
    assert (outcome.hydration_total_ml, outcome.intense_activity, outcome.stretching_count) == (
        1000,
        False,
        2,
    )


@pytest.mark.parametrize(
    ("check", "open_for", "became"),
    [
        (CheckOutcome.ANSWERED, -1, ReminderOutcome.ANSWERED),
        (CheckOutcome.HANDED_OVER, 1, ReminderOutcome.AWAITED),
        (CheckOutcome.HANDED_OVER, 0, ReminderOutcome.MISSED),
        (CheckOutcome.NOT_ASKED, -1, ReminderOutcome.NOT_ASKED),
        (CheckOutcome.NOT_DELIVERED, -1, ReminderOutcome.NOT_DELIVERED),
        (CheckOutcome.NOT_DUE, 1, ReminderOutcome.UPCOMING),
    ],
)
def test_what_became_of_a_question(check: CheckOutcome, open_for: int, became: ReminderOutcome) -> None:
    assert find_reminder_outcome(check, END + timedelta(hours=open_for), END) is became


# usual pain before each visit; gain, first gain and review due at the last one
@pytest.mark.parametrize(
    ("pains", "gain", "first_gain", "review_due"),
    [
        ([6], None, None, False),
        ([6, 5], False, None, False),
        ([6, 4], True, 2, False),  # 2 points
        ([3, 2], True, 2, False),  # a third
        ([4, 3], False, None, False),  # a quarter, and one point
        ([0, 0], False, None, False),
        ([6, 4, 6], False, 2, False),
        ([6, 6, 6, 5], False, None, True),
        ([6, 6, 6, 4], True, 4, False),
        ([2, 2, 2, 2], False, None, False),  # mild pain needs no review
        ([6, 6, None, None], None, None, False),
        ([None, 6, 6, 6], None, None, False),
        ([6, 6, 6, 6, 6], False, None, True),
    ],
)
def test_response_by_visit(
    pains: list[int | None], gain: bool | None, first_gain: int | None, review_due: bool
) -> None:
    course = [TreatedSession(END + timedelta(weeks=week), pain) for week, pain in enumerate(pains)]
    last = find_responses(course, thresholds_of())[-1]
    assert (last.gain, last.first_gain_at_visit, last.review_due) == (gain, first_gain, review_due)
    assert last.visit_number == len(pains)
