"""Which courses need a therapist: read off the course itself, so that no rule can be tuned to noise."""

from dataclasses import dataclass

from tracker.replay.simulation.true_course import Course

LASTS = 12  # hours that a rise or a severe level must last; shorter ones are rebounds
HORIZON = 168  # hours
PERSISTS_AT, PERSISTS_LEVEL, SERIOUS_LEVEL = 48, 2.0, 3.0
WORSE_BY, WORSE_LEVEL, WORSE_FROM = 2.0, 3.0, 24
SEVERE_LEVEL, SEVERE_FROM = 7.0, 12


@dataclass(frozen=True, slots=True)
class Need:
    """Why a course needs action, since which hour, and whether it is more than a mild lag."""

    kind: str
    onset: float
    serious: bool


def find_need(course: Course) -> Need | None:
    """Return the weightiest kind and the earliest onset of all that hold; None when nothing is needed."""
    found: dict[str, float] = {}
    if course.complication:
        found["complication"] = course.complication.at
    if _may_last(course):
        levels = [course.level(hour) for hour in range(HORIZON + 1)]
        found |= _find_in(levels)
    else:
        levels = []
    if not found:
        return None
    kind = next(name for name in ("complication", "severe", "worsen", "persist") if name in found)
    serious = kind != "persist" or levels[PERSISTS_AT] >= SERIOUS_LEVEL
    return Need(kind, min(found.values()), serious)


def _may_last(course: Course) -> bool:
    """Whether the hours are worth walking: a course that only fades and is low by now needs nothing."""
    adds = course.aggravation or course.complication or course.peak_at
    return (
        bool(adds) or course.level(PERSISTS_AT) >= PERSISTS_LEVEL or course.level(SEVERE_FROM) >= SEVERE_LEVEL
    )


def _find_in(levels: list[float]) -> dict[str, float]:
    found: dict[str, float] = {}
    if levels[PERSISTS_AT] >= PERSISTS_LEVEL:
        found["persist"] = PERSISTS_AT
    lowest, worse = levels[0], []
    for level in levels:
        lowest = min(lowest, level)
        worse.append(level >= WORSE_LEVEL and level - lowest >= WORSE_BY)
    severe = [level >= SEVERE_LEVEL for level in levels]
    for kind, holds, since in (("worsen", worse, WORSE_FROM), ("severe", severe, SEVERE_FROM)):
        onset = _lasting(holds, since)
        if onset is not None:
            found[kind] = onset
    return found


def _lasting(holds: list[bool], since: int) -> int | None:
    """Return the first hour from which it holds for 12 hours on end."""
    run = 0
    for hour in range(since, len(holds)):
        run = run + 1 if holds[hour] else 0
        if run > LASTS:
            return hour - LASTS
    return None
