"""R9 and R10 at each side of every edge, and the one alert of a course."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from tracker.alerts.rules.course_review import (
    CourseReview,
    TreatedSession,
    look_back,
    merge_course,
    review_course,
)
from tracker.alerts.rules.facts import Answer, SessionFacts
from tracker.alerts.rules.families import thresholds_of
from tracker.alerts.rules.lifecycle import ExistingAlert
from tracker.alerts.vocabulary import AlertStatus, Rule, Severity

FIRST = datetime(2026, 9, 7, 10, tzinfo=UTC)
NOT_HELPING, SORER = Rule.COURSE_NOT_HELPING, Rule.GETTING_SORER
OPEN, ACKNOWLEDGED, RESOLVED, WITHDRAWN = AlertStatus


def week(number: int) -> datetime:
    return FIRST + timedelta(weeks=number)


def review(course: list[TreatedSession], told: Mapping[str, int] | None = None) -> CourseReview:
    return review_course(course, thresholds_of(), told or {})


def pains(*scores: int | None) -> list[TreatedSession]:
    return [TreatedSession(week(number), score) for number, score in enumerate(scores)]


def peaks(*scores: int | None) -> list[TreatedSession]:
    """Sessions with these peaks, and one just recorded."""
    return [*(TreatedSession(week(number), peak=score) for number, score in enumerate(scores)), *pains(None)]


def hours(*after: tuple[float | None, float]) -> list[TreatedSession]:
    """Sessions that settled after so many hours and were last heard of after so many, and one just recorded."""
    course = [TreatedSession(week(0), settled_after=settled, heard_after=heard) for settled, heard in after]
    return [*course, *pains(None)]


@pytest.mark.parametrize(
    ("course", "holds"),
    [
        (pains(6, None, None, 5), True),
        (pains(6, None, None, 4), False),
        (pains(6, 6, 6), False),
        (pains(6, 6, 6, 6), True),
        (pains(6, None, None, None, 6), True),
        (pains(6, None, None, 8), True),
        # Down by 1 point of 3 is 33 %, of 4 is 25 %.
        (pains(4, None, None, 3), True),
        (pains(3, None, None, 2), False),
        (pains(3, None, None, 3), True),
        (pains(2, None, None, 2), False),
        (pains(10, None, None, 8), False),
        (pains(10, None, None, 9), True),
        (pains(None, 6, 6, 6), False),
        (pains(6, 6, 6, None), False),
        (pains(0, None, None, 3), True),
        ([], False),
    ],
)
def test_a_course_that_does_not_help_is_reviewed(course: list[TreatedSession], holds: bool) -> None:
    assert review(course).held == ((NOT_HELPING,) if holds else ())


@pytest.mark.parametrize(
    ("course", "holds"),
    [
        (peaks(3, 4, 5), True),
        (peaks(3, 4), False),
        (peaks(3, 3, 5), False),
        (peaks(3, 5, 4), False),
        (peaks(3, 4, 4), False),
        (peaks(9, 3, 4, 5), True),
        (peaks(3, 4, 5, 5), False),
        (peaks(3, None, 5), False),
        (hours((24, 48), (36, 48), (48, 72)), True),
        (hours((24, 48), (36, 48), (47.9, 72)), False),
        (hours((24, 48), (24, 48), (72, 72)), False),
        # Still sore at the last answer: it took at least so long.
        (hours((24, 48), (36, 48), (None, 72)), True),
        (hours((24, 48), (None, 60), (72, 90)), False),
    ],
)
def test_a_patient_who_gets_sorer_with_each_session_is_reviewed(
    course: list[TreatedSession], holds: bool
) -> None:
    assert review(course).held == ((SORER,) if holds else ())


@pytest.mark.parametrize(
    ("scores", "peak", "settled", "heard"),
    [
        ([], None, None, None),
        ([(24, 5), (48, 2), (72, 1)], 5, 48, 72),
        ([(24, 2), (36, 5), (48, 1)], 5, 48, 48),
        ([(24, 5), (48, 4)], 5, None, 48),
        ([(24, 0)], 0, 24, 24),
        ([(-3, 9), (24, 1)], 1, 24, 24),
    ],
)
def test_a_session_is_summed_up_by_its_peak_and_when_it_had_settled(
    scores: list[tuple[float, int]], peak: int | None, settled: float | None, heard: float | None
) -> None:
    answers = [Answer(FIRST + timedelta(hours=at), score) for at, score in scores]
    summed = look_back(SessionFacts(FIRST, 1), answers, usual_pain=4)
    assert summed == TreatedSession(FIRST, 4, peak, settled, heard)


def test_what_is_told_is_one_sentence_for_each_rule() -> None:
    course = [
        TreatedSession(week(0), 6, 3, 24, 48),
        TreatedSession(week(1), 6, 4, 30, 48),
        TreatedSession(week(2), 6, 6, 48, 48),
        TreatedSession(week(3), 5),
    ]
    finding = review(course).finding
    assert finding is not None
    assert (finding.rule, finding.severity, finding.family) == (NOT_HELPING, Severity.ROUTINE, "course")
    assert finding.reason == (
        "Usual pain 5/10 before session 4, 6/10 before session 1: down by less than 2 points and 30 %. "
        "Soreness peaked higher after each of sessions 1 to 3: 3, 4 and 6 of 10."
    )
    assert finding.inputs["told"] == {"course_not_helping": 4, "getting_sorer": 4}


def test_hours_to_settle_are_told_when_the_peaks_say_nothing() -> None:
    finding = review(hours((24, 48), (36, 48), (None, 72))).finding
    assert finding is not None
    assert finding.reason == "Soreness took longer to settle after each of sessions 1 to 3: 24, 36 and 72 h."


@pytest.mark.parametrize(
    ("number", "told", "news"),
    [
        (4, {}, True),
        (5, {}, True),
        (4, {"course_not_helping": 4}, False),
        (5, {"course_not_helping": 4}, False),
        (6, {"course_not_helping": 4}, False),
        (7, {"course_not_helping": 4}, True),
        (5, {"getting_sorer": 4}, True),
    ],
)
def test_that_it_does_not_help_is_said_again_after_three_sessions(
    number: int, told: dict[str, int], news: bool
) -> None:
    assert (review(pains(*[6] * number), told).finding is not None) is news


def test_getting_sorer_is_said_once_in_a_course() -> None:
    course = peaks(1, 2, 3, 4, 5, 6, 7, 8)
    assert review(course).finding is not None
    assert review(course, {"getting_sorer": 4}).finding is None


def test_a_rule_that_is_off_neither_holds_nor_tells() -> None:
    found = review_course(pains(6, 6, 6, 6), thresholds_of(), allowed={SORER})
    assert found == CourseReview((), None)


@pytest.mark.parametrize(
    ("status", "course", "told", "expected"),
    [
        (None, pains(6, 6, 6, 6), {}, "Raise"),
        (None, pains(6, 6, 6, 2), {}, "Nothing"),
        (OPEN, pains(6, 6, 6, 6), {"course_not_helping": 4}, "Nothing"),
        (OPEN, pains(6, 6, 6, 2), {"course_not_helping": 4}, "MarkSettling"),
        (ACKNOWLEDGED, pains(6, 6, 6, 2), {"course_not_helping": 4}, "Resolve"),
        (OPEN, [*peaks(1, 2, 3)], {"course_not_helping": 4}, "Refresh"),
        (RESOLVED, pains(*[6] * 6), {"course_not_helping": 4}, "Nothing"),
        (RESOLVED, pains(*[6] * 7), {"course_not_helping": 4}, "Raise"),
    ],
)
def test_one_alert_holds_for_the_course(
    status: AlertStatus | None, course: list[TreatedSession], told: dict[str, int], expected: str
) -> None:
    found = review(course, told)
    existing = ExistingAlert(status, NOT_HELPING, week(3)) if status else None
    assert type(merge_course(existing, found.finding, bool(found.held))).__name__ == expected
