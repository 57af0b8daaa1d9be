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
from tracker.alerts.rules.lifecycle import (
    ExistingAlert,
    Family,
    Nothing,
    Raise,
    Refresh,
    Resolve,
    Transition,
    mark,
)
from tracker.alerts.rules.thresholds import (
    MEANINGFUL_CHANGE,
    MILD,
    NOISE,
    POINTS,
    Bounds,
    DeclaredRule,
    Setting,
    Thresholds,
)
from tracker.alerts.vocabulary import CLOSED, AlertStatus, Rule, Severity
from tracker.protocols.soreness import is_settled

FAMILY = "course"

COURSE_CHANGE = "Ostelo et al., Spine 2008;33:90: less than 2 of 10 points and less than 30 %"
COURSE_REVIEW = "convention: three sessions of treatment are behind, and a plan is reviewed every three"
STILL_IN_PAIN = "convention: below 3 of 10 pain is mild enough to say that the course has helped"
DAILY_CHECKS = "convention: checks are a day apart, so a smaller difference may be the schedule's"
IN_A_ROW = "convention: three sessions in a row are more than one bad day"

NOT_HELPING_SESSION = Setting(
    "not_helping_session",
    4,
    "number of the session",
    COURSE_REVIEW,
    bounds=Bounds(3, 8, "two sessions say too little; after eight a plan is long overdue a review"),
)
NOT_HELPING_POINTS = Setting(
    "not_helping_points", 2, "points of usual pain", COURSE_CHANGE, bounds=Bounds(1, 3, NOISE)
)
NOT_HELPING_PERCENT = Setting(
    "not_helping_percent",
    30,
    "% of usual pain",
    COURSE_CHANGE,
    bounds=Bounds(15, 50, "half of the meaningful change, up to the change called substantial"),
)
NOT_HELPING_PAIN = Setting("not_helping_pain", 3, POINTS, STILL_IN_PAIN, bounds=Bounds(2, 5, MILD))
NOT_HELPING_AGAIN = Setting(
    "not_helping_again",
    3,
    "sessions",
    COURSE_REVIEW,
    bounds=Bounds(2, 8, "each session would repeat it; after eight it would be forgotten"),
)
SORER_PEAK = Setting(
    "sorer_peak", 2, "points from first to last session", MEANINGFUL_CHANGE, bounds=Bounds(1, 4, NOISE)
)
SORER_HOURS = Setting(
    "sorer_hours",
    24,
    "hours from first to last session",
    DAILY_CHECKS,
    bounds=Bounds(12, 72, "checks are 12 h to a day apart; soreness lasts three days"),
)
SORER_SESSIONS = Setting(
    "sorer_sessions",
    3,
    "sessions in a row",
    IN_A_ROW,
    bounds=Bounds(3, 6, "two sessions are no trend; more than six are a course"),
)

COURSE_NOT_HELPING = DeclaredRule(
    Rule.COURSE_NOT_HELPING,
    Severity.ROUTINE,
    FAMILY,
    (NOT_HELPING_SESSION, NOT_HELPING_POINTS, NOT_HELPING_PERCENT, NOT_HELPING_PAIN, NOT_HELPING_AGAIN),
    optional=True,
)
GETTING_SORER = DeclaredRule(
    Rule.GETTING_SORER, Severity.ROUTINE, FAMILY, (SORER_PEAK, SORER_HOURS, SORER_SESSIONS), optional=True
)
COURSE = Family(FAMILY, (COURSE_NOT_HELPING, GETTING_SORER))


_DECLARED = {declared.rule: declared for declared in COURSE.rules}


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
    limits: Thresholds,
    told: Mapping[str, int] = MappingProxyType({}),
    allowed: Collection[Rule] = tuple(_DECLARED),
) -> CourseReview:
    """Look at all sessions of a patient, oldest first, the newest just recorded and not yet answered.

    `told` holds the number of the session at which a rule was last told in this course.
    """
    sentences = {
        Rule.COURSE_NOT_HELPING: _not_helping(course, limits),
        Rule.GETTING_SORER: _getting_sorer(course[:-1], limits),
    }
    held = tuple(rule for rule in _DECLARED if rule in allowed and sentences[rule])
    number = len(course)
    news = [rule for rule in held if _is_news(rule, number, told, limits)]
    if not news:
        return CourseReview(held, None)
    inputs: dict[str, object] = {
        "session_number": number,
        "rules": [rule.value for rule in held],
        "told": {**told, **{rule.value: number for rule in news}},
        "usual_pain": [session.usual_pain for session in course],
        "peak_soreness": [session.peak for session in course],
        "settled_after_hours": [_rounded(session.settled_after) for session in course],
        "thresholds": limits.values(),
    }
    reason = " ".join(sentences[rule] or "" for rule in held)
    return CourseReview(held, make_finding(_DECLARED[held[0]], reason, inputs, course[-1].ended_at))


def merge_course(existing: ExistingAlert | None, finding: Finding | None, holds: bool) -> Transition:
    """Raise what is news about a course of treatment; one alert holds for the whole course.

    `holds` says whether any rule is still true: what is told already is no news, and no reason to close.
    """
    if finding is not None:
        if existing is None or existing.status in CLOSED:
            return Raise(finding)
        return Refresh(finding, notify=False)
    if existing is None or existing.status in CLOSED:
        return Nothing()
    if holds:
        return mark(existing, settling=False, note="It holds again.")
    note = "With the newest session it no longer holds."
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Resolve(note)
    return mark(existing, settling=True, note=note)


def _is_news(rule: Rule, number: int, told: Mapping[str, int], limits: Thresholds) -> bool:
    """Once in a course; that it does not help is said again after three sessions."""
    if rule.value not in told:
        return True
    return rule is Rule.COURSE_NOT_HELPING and number - told[rule.value] >= limits[NOT_HELPING_AGAIN]


def _not_helping(course: Sequence[TreatedSession], limits: Thresholds) -> str | None:
    """R9: return the sentence; None when it does not hold or usual pain was not told before both sessions."""
    number = len(course)
    if number < limits[NOT_HELPING_SESSION]:
        return None
    first, newest = course[0].usual_pain, course[-1].usual_pain
    if first is None or newest is None or newest < limits[NOT_HELPING_PAIN]:
        return None
    drop = first - newest
    points, percent = limits[NOT_HELPING_POINTS], limits[NOT_HELPING_PERCENT]
    if drop >= points or drop * 100 >= first * percent:
        return None
    return (
        f"Usual pain {newest}/10 before session {number}, {first}/10 before session 1: "
        f"down by less than {points} points and {percent} %."
    )


def _getting_sorer(course: Sequence[TreatedSession], limits: Thresholds) -> str | None:
    """R10: return the sentence for the latest sessions in a row, each sorer than the one before; else None."""
    count = limits[SORER_SESSIONS]
    row = course[-count:]
    if len(row) < count:
        return None
    which = f"sessions {len(course) - count + 1} to {len(course)}"
    peaks = [session.peak for session in row if session.peak is not None]
    if len(peaks) == count and _climbs(peaks, limits[SORER_PEAK]):
        return f"Soreness peaked higher after each of {which}: {_listed(peaks)} of 10."
    hours = _hours_to_settle(row)
    if len(hours) == count and _climbs(hours, limits[SORER_HOURS]):
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
