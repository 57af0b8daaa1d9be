"""What one session came to: peak, settling, what was kept to; and how usual pain answered visit by visit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tracker.alerts.rules.alcohol import alcohol_in_window
from tracker.alerts.rules.course_review import (
    NOT_HELPING_PERCENT,
    NOT_HELPING_POINTS,
    TreatedSession,
    look_back,
    review_course,
)
from tracker.alerts.rules.facts import Answer, SessionFacts, hours_between
from tracker.alerts.rules.missed import CheckOutcome
from tracker.alerts.rules.thresholds import Thresholds
from tracker.alerts.vocabulary import Rule
from tracker.checkins.rules.adverse_events import Onset, find_onsets
from tracker.checkins.rules.items import Activity
from tracker.checkins.vocabulary import Alcohol
from tracker.local_time.windows import After
from tracker.protocols.catalog import CHECK_24H, CHECK_48H, Step

# Fluids and activity are compared over the same span after every session.
FIRST_DAY = 24.0


class AlcoholAvoided(StrEnum):
    """Whether the alcohol window passed without any; unknown: nobody said so for all of it."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ReminderOutcome(StrEnum):
    """What became of one question of the plan."""

    ANSWERED = "answered"
    MISSED = "missed"
    AWAITED = "awaited"
    NOT_DELIVERED = "not_delivered"
    NOT_ASKED = "not_asked"
    UPCOMING = "upcoming"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one check-in says."""

    check_in_id: UUID
    recorded_at: datetime
    soreness: int | None = None
    stiffness: int | None = None
    usual_pain: int | None = None
    hydration_ml: int | None = None
    alcohol: str | None = None
    activities: Sequence[str] | None = None
    side_effects: Sequence[Mapping[str, Any]] = ()
    red_flags: Sequence[str] | None = None
    note: str | None = None
    course_position: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOutcome:
    """The numbers of one session; soreness is 0 to 10, hours count from its end, None: not told."""

    check_in_count: int
    expected_check_in_count: int
    answered_check_in_count: int
    alcohol_avoided: AlcoholAvoided
    baseline_soreness: int | None
    peak_soreness: int | None
    peak_at_hours: float | None
    soreness_at_24_hours: int | None
    soreness_at_48_hours: int | None
    hours_to_baseline: float | None
    hydration_total_ml: int | None
    stretching_count: int
    intense_activity: bool | None
    side_effects: Sequence[Onset]


@dataclass(frozen=True, slots=True)
class Response:
    """Usual pain before one visit against that before the first; None: not told before one of them."""

    visit_number: int
    usual_pain_before: int | None
    change_from_first: int | None
    gain: bool | None
    first_gain_at_visit: int | None
    review_due: bool


def sum_up(facts: SessionFacts, points: Sequence[Point], asked: Sequence[ReminderOutcome]) -> SessionOutcome:
    """Sum up one session from all that was said after it and what became of its questions."""
    answers = [Answer(p.recorded_at, p.soreness) for p in points if p.soreness is not None]
    course = look_back(facts, answers, None)
    peaks = [answer for answer in answers if answer.soreness == course.peak]
    first_day = [p for p in points if hours_between(facts.ended_at, p.recorded_at) <= FIRST_DAY]
    drunk = [p.hydration_ml for p in first_day if p.hydration_ml is not None]
    done = [p.activities for p in first_day if p.activities is not None]
    return SessionOutcome(
        check_in_count=len(points),
        expected_check_in_count=sum(o in _ASKED for o in asked),
        answered_check_in_count=asked.count(ReminderOutcome.ANSWERED),
        alcohol_avoided=find_alcohol_avoided(facts.ended_at, points),
        baseline_soreness=facts.baseline_soreness,
        peak_soreness=course.peak,
        peak_at_hours=_hours(facts, peaks[0].at) if peaks else None,
        soreness_at_24_hours=_soreness_at(CHECK_24H, facts, answers),
        soreness_at_48_hours=_soreness_at(CHECK_48H, facts, answers),
        hours_to_baseline=None if course.settled_after is None else round(course.settled_after, 1),
        hydration_total_ml=sum(drunk) if drunk else None,
        stretching_count=sum(Activity.STRETCHING in (p.activities or ()) for p in points),
        intense_activity=any(Activity.INTENSE_ACTIVITY in said for said in done) if done else None,
        side_effects=find_onsets(facts.ended_at, ((p.recorded_at, p.side_effects) for p in points)),
    )


# Only who was asked can have stayed silent.
_ASKED = (ReminderOutcome.ANSWERED, ReminderOutcome.MISSED)


def find_reminder_outcome(check: CheckOutcome, closes_at: datetime, now: datetime) -> ReminderOutcome:
    """Say what became of a question: one that was handed over is missed once its window has closed."""
    if check is CheckOutcome.HANDED_OVER:
        return ReminderOutcome.MISSED if now >= closes_at else ReminderOutcome.AWAITED
    return ReminderOutcome.UPCOMING if check is CheckOutcome.NOT_DUE else ReminderOutcome(check.value)


def find_alcohol_avoided(ended_at: datetime, points: Sequence[Point]) -> AlcoholAvoided:
    """Say whether alcohol was avoided: "no" counts from the 24 h check on, which asks about the whole window."""
    said = [(p.alcohol, p.recorded_at) for p in points]
    if alcohol_in_window([at for answer, at in said if answer == Alcohol.YES], ended_at) is not None:
        return AlcoholAvoided.NO
    opens, _at, _closes = _span(CHECK_24H)
    late = [at for answer, at in said if answer == Alcohol.NO and hours_between(ended_at, at) >= opens]
    return AlcoholAvoided.YES if late else AlcoholAvoided.UNKNOWN


def find_responses(course: Sequence[TreatedSession], limits: Thresholds) -> list[Response]:
    """Hold usual pain before each visit against that before the first one, visits oldest first.

    A gain is the smallest change that means something; from the review visit on a course without one is due
    for review, as the alert rule has it.
    """
    found: list[Response] = []
    first_gain: int | None = None
    for number, visit in enumerate(course, start=1):
        gain = _is_gain(course[0].usual_pain, visit.usual_pain, limits) if number > 1 else None
        first_gain = number if gain and first_gain is None else first_gain
        change = None
        if visit.usual_pain is not None and course[0].usual_pain is not None:
            change = visit.usual_pain - course[0].usual_pain
        held = review_course(course[:number], limits, allowed={Rule.COURSE_NOT_HELPING}).held
        found.append(Response(number, visit.usual_pain, change, gain, first_gain, bool(held)))
    return found


def _is_gain(first: int | None, now: int | None, limits: Thresholds) -> bool | None:
    if first is None or now is None:
        return None
    drop = first - now
    by_points = drop >= limits[NOT_HELPING_POINTS]
    return by_points or (drop > 0 and drop * 100 >= first * limits[NOT_HELPING_PERCENT])


def _soreness_at(check: Step, facts: SessionFacts, answers: Sequence[Answer]) -> int | None:
    """Return the answer nearest to the hour of a check, among those inside its window."""
    opens, at, closes = _span(check)
    inside = [answer for answer in answers if opens <= hours_between(facts.ended_at, answer.at) < closes]
    nearest = min(inside, key=lambda answer: abs(hours_between(facts.ended_at, answer.at) - at), default=None)
    return nearest.soreness if nearest else None


def _span(check: Step) -> tuple[float, float, float]:
    """Return when a check opens, is due and closes, in hours since the session's end."""
    moments = (check.opens, check.prompt, check.closes)
    opens, at, closes = (moment.minutes / 60 for moment in moments if isinstance(moment, After))
    return opens, at, closes


def _hours(facts: SessionFacts, at: datetime) -> float:
    return round(hours_between(facts.ended_at, at), 1)
