"""The expected course of soreness after a session: a clinic's setting, and where an answer stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from tracker.protocols.soreness import SETTLED_ABOVE_BASELINE, SETTLED_AT_MOST

LABEL = "A setting of the clinic, not a norm."
HIGHEST = 10
# How finely a band is drawn, in hours.
BAND_STEP = 6


class CoursePosition(StrEnum):
    """Where an answer stands against the expected course; `late`: above it when it should have settled."""

    BELOW = "below"
    INSIDE = "inside"
    ABOVE = "above"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """The bounds at one hour after the session, in points of 0-10 above the baseline."""

    hours: int
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class BandPoint:
    """The bounds at one hour after a session of one patient, in points of 0-10."""

    hours: int
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class ExpectedCourse:
    """A curve through points in order of hours, the first at 0; straight between them, level after the last.

    From `settled_after_hours` on soreness should be back near the baseline.
    """

    points: tuple[CoursePoint, ...]
    settled_after_hours: int
    source: str
    author: str

    def bounds_at(self, hours: float, baseline: int, severe_from: int) -> tuple[float, float]:
        """Return the lowest and the highest answer (0-10) that is expected so many hours after the session.

        What counts as settled is never too high, and what is severe never expected unless it was there before.
        """
        lower, upper = self._offsets(hours)
        settled = max(SETTLED_AT_MOST, baseline + SETTLED_ABOVE_BASELINE)
        highest = max(settled, min(baseline + upper, severe_from - 1))
        highest = min(highest, HIGHEST)
        return min(max(0, baseline + lower), highest), highest

    def position(
        self, soreness: int, baseline: int | None, hours: float, severe_from: int
    ) -> CoursePosition | None:
        """Place an answer; None without a baseline or before the session's end: there is nothing to compare."""
        if baseline is None or hours < 0:
            return None
        lowest, highest = self.bounds_at(hours, baseline, severe_from)
        if soreness < lowest:
            return CoursePosition.BELOW
        if soreness <= highest:
            return CoursePosition.INSIDE
        return CoursePosition.LATE if hours >= self.settled_after_hours else CoursePosition.ABOVE

    def band(self, baseline: int | None, severe_from: int) -> Sequence[BandPoint]:
        """Return the bounds every 6 hours and at each point of the curve; without a baseline there is no band."""
        if baseline is None:
            return ()
        drawn = {point.hours for point in self.points} | set(range(0, self.points[-1].hours, BAND_STEP))
        return [BandPoint(hours, *self.bounds_at(hours, baseline, severe_from)) for hours in sorted(drawn)]

    def _offsets(self, hours: float) -> tuple[float, float]:
        for before, after in pairwise(self.points):
            if hours < after.hours:
                share = (hours - before.hours) / (after.hours - before.hours)
                return _between(before.lower, after.lower, share), _between(before.upper, after.upper, share)
        return self.points[-1].lower, self.points[-1].upper


def _between(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


# Rounded outwards to whole points, which is what patients answer in.
DEFAULT_COURSE = ExpectedCourse(
    points=(
        CoursePoint(0, 0, 5),
        CoursePoint(24, -1, 3),
        CoursePoint(48, -1, 1),
        CoursePoint(72, -1, 1),
    ),
    settled_after_hours=48,
    source=(
        "Post-needling soreness in trials, fitted by a simulation: mean 2.8, 1.3, 0.6 and 0.4 of 10 "
        "at 0, 24, 48 and 72 h, with answers spread by 1.9, 1.3, 1.2 and 1.1 points; about eight of ten answers "
        "lie inside. From 48 h on what counts as settled: 1 point above the baseline."
    ),
    author="Recovery Tracker defaults",
)
