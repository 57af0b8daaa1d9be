"""R9 the course is not helping, R10 each session leaves the patient sorer: looked at when a session is recorded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType

from tracker.alerts.rules.facts import (
    Answer,
    Finding,
    SessionFacts,
    answers_since,
    hours_between,
    make_finding,
)
from tracker.alerts.rules.thresholds import Thresholds
from tracker.alerts.vocabulary import COURSE_RULES, Rule
from tracker.protocols.soreness import is_settled


@dataclass(frozen=True, slots=True)
class TreatedSession:
    """One session of a course: usual pain before it, and how sore the area was after it, as far as it was told.

    `settled_after` is in hours since its end; None: not settled at the last answer, given `heard_after`.
    """

    ended_at: datetime
    usual_pain: int | None = None
    peak: int | None = None
    settled_after: float | None = None
    heard_after: float | None = None


@dataclass(frozen=True, slots=True)
class CourseReview:
    """The rules that hold now, and the finding when one of them is news."""

    held: tuple[Rule, ...]
    finding: Finding | None


def look_back(session: SessionFacts, answers: Sequence[Answer], usual_pain: int | None) -> TreatedSession:
    """Sum up one session: its peak, and the first answer from which on all were settled."""
    since = answers_since(session, answers)
    settled_after = None
    for answer in reversed(since):
        if not is_settled(answer.soreness, session.baseline_soreness):
            break
        settled_after = hours_between(session.ended_at, answer.at)
    return TreatedSession(
        session.ended_at,
        usual_pain,
        max((answer.soreness for answer in since), default=None),
        settled_after,
        hours_between(session.ended_at, since[-1].at) if since else None,
    )


def review_course(
    course: Sequence[TreatedSession],
    thresholds: Thresholds,
    told: Mapping[str, int] = MappingProxyType({}),
    allowed: Collection[Rule] = COURSE_RULES,
) -> CourseReview:
    """Look at all sessions of a patient, oldest first, the newest just recorded and not yet answered.

    `told` holds the number of the session at which a rule was last told in this course.
    """
    sentences = {
        Rule.COURSE_NOT_HELPING: _not_helping(course, thresholds),
        Rule.GETTING_SORER: _getting_sorer(course[:-1], thresholds),
    }
    held = tuple(rule for rule in COURSE_RULES if rule in allowed and sentences[rule])
    number = len(course)
    news = [rule for rule in held if _is_news(rule, number, told, thresholds)]
    if not news:
        return CourseReview(held, None)
    inputs: dict[str, object] = {
        "session_number": number,
        "rules": [rule.value for rule in held],
        "told": {**told, **{rule.value: number for rule in news}},
        "usual_pain": [session.usual_pain for session in course],
        "peak_soreness": [session.peak for session in course],
        "settled_after_hours": [_rounded(session.settled_after) for session in course],
        "thresholds": thresholds.values(),
    }
    reason = " ".join(sentences[rule] or "" for rule in held)
    return CourseReview(held, make_finding(held[0], reason, inputs, course[-1].ended_at))


def _is_news(rule: Rule, number: int, told: Mapping[str, int], limits: Thresholds) -> bool:
    """Once in a course; that it does not help is said again after three sessions."""
    if rule.value not in told:
        return True
    return rule is Rule.COURSE_NOT_HELPING and number - told[rule.value] >= limits.not_helping_again.value


def _not_helping(course: Sequence[TreatedSession], limits: Thresholds) -> str | None:
    """R9: return the sentence; None when it does not hold or usual pain was not told before both sessions."""
    number = len(course)
    if number < limits.not_helping_session.value:
        return None
    first, newest = course[0].usual_pain, course[-1].usual_pain
    if first is None or newest is None or newest < limits.not_helping_pain.value:
        return None
    drop = first - newest
    points, percent = limits.not_helping_points.value, limits.not_helping_percent.value
    if drop >= points or drop * 100 >= first * percent:
        return None
    return (
        f"Usual pain {newest}/10 before session {number}, {first}/10 before session 1: "
        f"down by less than {points} points and {percent} %."
    )


def _getting_sorer(course: Sequence[TreatedSession], limits: Thresholds) -> str | None:
    """R10: return the sentence for the latest sessions in a row, each sorer than the one before; else None."""
    count = limits.sorer_sessions.value
    row = course[-count:]
    if len(row) < count:
        return None
    which = f"sessions {len(course) - count + 1} to {len(course)}"
    peaks = [session.peak for session in row if session.peak is not None]
    if len(peaks) == count and _climbs(peaks, limits.sorer_peak.value):
        return f"Soreness peaked higher after each of {which}: {_listed(peaks)} of 10."
    hours = _hours_to_settle(row)
    if len(hours) == count and _climbs(hours, limits.sorer_hours.value):
        return f"Soreness took longer to settle after each of {which}: {_listed(hours)} h."
    return None


def _hours_to_settle(row: Sequence[TreatedSession]) -> list[float]:
    """Return the hours of each session; the last may still be sore, then it took at least until its last answer."""
    *earlier, newest = row
    hours = [session.settled_after for session in earlier]
    last = newest.heard_after if newest.settled_after is None else newest.settled_after
    return [value for value in (*hours, last) if value is not None]


def _climbs(values: Sequence[float], rise: int) -> bool:
    """Say whether each value is above the one before, and the last above the first by at least so much."""
    return all(later > earlier for earlier, later in pairwise(values)) and values[-1] - values[0] >= rise


def _listed(values: Sequence[float]) -> str:
    *first, last = (str(int(value)) for value in values)
    return f"{', '.join(first)} and {last}"


def _rounded(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 1)
