"""R2 severe, R3 persists, R4 worsens: one alert about soreness, with the most important reason on top."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.alerts.rules.facts import (
    Answer,
    Finding,
    SessionFacts,
    answers_since,
    hours_between,
    make_finding,
)
from tracker.alerts.thresholds import ALWAYS_SEVERE, Thresholds
from tracker.alerts.vocabulary import SORENESS_RULES, Rule


@dataclass(frozen=True, slots=True)
class Replay:
    """The latest answer that raised something, and whether that is the newest answer."""

    finding: Finding | None
    is_newest: bool


@dataclass(frozen=True, slots=True)
class _Course:
    """The answers since the session, oldest first, seen from the newest of them."""

    answers: Sequence[Answer]
    session: SessionFacts
    limits: Thresholds

    @property
    def newest(self) -> Answer:
        return self.answers[-1]

    def hours(self, answer: Answer) -> float:
        return hours_between(self.session.ended_at, answer.at)

    def rise(self, answer: Answer) -> int:
        # A missing baseline counts as no soreness: rather one alert too many than one too few.
        return answer.soreness - (self.session.baseline_soreness or 0)

    def is_severe(self, answer: Answer) -> bool:
        limits = self.limits
        return (
            answer.soreness >= limits.severe_soreness.value and self.rise(answer) >= limits.severe_rise.value
        )

    def is_unsettled(self, answer: Answer, soreness: int) -> bool:
        return (
            answer.soreness >= soreness
            and self.rise(answer) >= self.limits.persists_rise.value
            and self.hours(answer) >= self.limits.persists_from.value
        )

    def partners(self) -> list[Answer]:
        """Return the answers 4 to 30 h before the newest, edges included: near enough to confirm it."""
        shortest, longest = self.limits.second_after.value, self.limits.second_within.value
        return [a for a in self.answers[:-1] if shortest <= hours_between(a.at, self.newest.at) <= longest]

    def lowest(self) -> Answer | None:
        """Return the lowest answer from 12 h on, the newest included; the later one of equals."""
        late = [a for a in self.answers if self.hours(a) >= self.limits.lowest_from.value]
        return min(reversed(late), key=lambda a: a.soreness, default=None)


def assess_soreness(
    answers: Sequence[Answer], session: SessionFacts, thresholds: Thresholds
) -> Finding | None:
    """Say what the newest answer, seen with the earlier ones, should tell the therapist, if anything.

    Answers from before the session's end are ignored; a missing baseline counts as 0.
    """
    since = answers_since(session, answers)
    return _assess(_Course(since, session, thresholds)) if since else None


def _assess(course: _Course) -> Finding | None:
    grounds = {
        Rule.SEVERE: _severe(course),
        Rule.WORSENS: _worsens(course),
        Rule.PERSISTS: _persists(course),
    }
    held = [rule for rule in SORENESS_RULES if grounds[rule] is not None]
    return _report(course, held, grounds) if held else None


def replay_soreness(answers: Sequence[Answer], session: SessionFacts, thresholds: Thresholds) -> Replay:
    """Read the answers as if each had come in order, and return the latest one that raises something.

    A late or edited answer thus counts at its own time, and for every later answer it changes.
    """
    since = answers_since(session, answers)
    for length in range(len(since), 0, -1):
        finding = _assess(_Course(since[:length], session, thresholds))
        if finding is not None:
            return Replay(finding, is_newest=length == len(since))
    return Replay(None, is_newest=True)


def _severe(course: _Course) -> list[Answer] | None:
    """R2: return the earlier answers it rests on; None when it does not hold."""
    newest = course.newest
    if newest.soreness >= ALWAYS_SEVERE.value:
        return []
    if not course.is_severe(newest):
        return None
    if course.hours(newest) >= course.limits.severe_from.value:
        return []
    return _confirmation(answer for answer in course.partners() if course.is_severe(answer))


def _persists(course: _Course) -> list[Answer] | None:
    """R3: both answers of a pair must be late enough and above baseline; None when it does not hold."""
    at_once, on_second = course.limits.persists_at_once.value, course.limits.persists_on_second.value
    if course.is_unsettled(course.newest, at_once):
        return []
    if not course.is_unsettled(course.newest, on_second):
        return None
    return _confirmation(answer for answer in course.partners() if course.is_unsettled(answer, on_second))


def _worsens(course: _Course) -> list[Answer] | None:
    """R4: a rise over the lowest answer since 12 h or the baseline, whichever is higher; else None."""
    newest, limits = course.newest, course.limits
    if newest.soreness < limits.worsens_soreness.value or course.hours(newest) < limits.worsens_from.value:
        return None
    lowest = course.lowest()
    if lowest is None:
        return None
    reference = max(lowest.soreness, course.session.baseline_soreness or 0)
    return [lowest] if newest.soreness - reference >= limits.worsens_rise.value else None


def _confirmation(partners: Iterable[Answer]) -> list[Answer] | None:
    """Return the latest partner as the one that confirms the newest answer; None without any."""
    return list(partners)[-1:] or None


def _report(course: _Course, held: list[Rule], grounds: dict[Rule, list[Answer] | None]) -> Finding:
    rest = [answer for rule in held for answer in grounds[rule] or []]
    evidence = [course.newest, *rest]
    inputs: dict[str, object] = {
        "soreness": course.newest.soreness,
        "hours_since_session": round(course.hours(course.newest), 2),
        "baseline_soreness": course.session.baseline_soreness,
        "rules": [rule.value for rule in held],
        "earlier": [{"soreness": a.soreness, "hours_since_session": round(course.hours(a), 2)} for a in rest],
        "check_in_ids": list(dict.fromkeys(a.check_in_id for a in evidence if a.check_in_id is not None)),
        "thresholds": course.limits.values(),
    }
    return make_finding(held[0], _sentence(course, held, grounds), inputs, course.newest.at)


def _sentence(course: _Course, held: list[Rule], grounds: dict[Rule, list[Answer] | None]) -> str:
    """Say score, time and change first, then the baseline, then what makes it worth a look."""
    head = _score(course, course.newest)
    if lowest := grounds[Rule.WORSENS]:
        head += f", up from {_score(course, lowest[0])}"
    elif confirmed_by := grounds[held[0]]:
        head += f", after {_score(course, confirmed_by[0])}"
    baseline = course.session.baseline_soreness
    parts = [head, "no baseline" if baseline is None else f"{baseline}/10 before the session"]
    if Rule.SEVERE in held:
        parts.append(_severity_remark(course))
    if Rule.PERSISTS in held:
        parts.append("expected to have settled by 48 h")
    return "; ".join(parts) + "."


def _severity_remark(course: _Course) -> str:
    if course.newest.soreness >= ALWAYS_SEVERE.value:
        return f"{ALWAYS_SEVERE.value}/10 and above is always reported"
    return f"severe from {course.limits.severe_soreness.value}/10"


def _score(course: _Course, answer: Answer) -> str:
    return f"{answer.soreness}/10 at {int(course.hours(answer))} h"
