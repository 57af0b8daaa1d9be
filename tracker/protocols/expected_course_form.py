"""The JSON form of an expected course, as a clinic publishes it, read with every fault told at once."""

from collections.abc import Mapping
from itertools import pairwise
from typing import TypedDict

from tracker.protocols.expected_course import LABEL, CoursePoint, ExpectedCourse
from tracker.protocols.soreness import SETTLED_AT_MOST
from tracker.protocols.structured import FaultReader, InvalidData

TEXT_LENGTH = 500
FEWEST_POINTS, MOST_POINTS = 2, 20
# Patients are asked for a week; a curve may say something of two.
LAST_HOUR = 14 * 24
MOST_ABOVE, MOST_BELOW = 10, -10
# Earlier is the expected soreness of every session; later hides most of the days that are asked.
EARLIEST_SETTLED, LATEST_SETTLED = 36, 72
# A band that is wider than the smallest change a patient notices would call a lasting rise expected.
MOST_ABOVE_WHEN_SETTLED = SETTLED_AT_MOST

_MEMBERS = ("points", "settled_after_hours", "source", "author")
_BOUNDS = {"hours": (0, LAST_HOUR), "lower": (MOST_BELOW, MOST_ABOVE), "upper": (0, MOST_ABOVE)}


class InvalidCourse(InvalidData):
    """An expected course that cannot be used."""


class WrittenPoint(TypedDict):
    """One point of the curve in the JSON form."""

    hours: int
    lower: float
    upper: float


class WrittenCourse(TypedDict):
    """The JSON form of an expected course."""

    label: str
    points: list[WrittenPoint]
    settled_after_hours: int
    source: str
    author: str


def expected_course_from(data: object) -> ExpectedCourse:
    """Read the JSON form; a label in it is not read, for it is always the same. Raises InvalidCourse."""
    reader = _Reader()
    course = reader.read(data)
    if course is None:
        raise InvalidCourse(reader.faults)
    return course


def expected_course_to(course: ExpectedCourse) -> WrittenCourse:
    """Return the JSON form, with the label under which a curve is shown."""
    return {
        "label": LABEL,
        "points": [
            {"hours": point.hours, "lower": point.lower, "upper": point.upper} for point in course.points
        ],
        "settled_after_hours": course.settled_after_hours,
        "source": course.source,
        "author": course.author,
    }


class _Reader(FaultReader):
    def read(self, data: object) -> ExpectedCourse | None:
        known = self.members(data, "#", {*_MEMBERS, "label"})
        settled = self._number(
            known, "settled_after_hours", "#", EARLIEST_SETTLED, LATEST_SETTLED, whole=True
        )
        points = self._points(known.get("points"))
        if settled is not None and points:
            self._check_end(points, int(settled))
        source, author = (
            self.text(known, name, "#", f"Say the {name} of this curve", TEXT_LENGTH)
            for name in ("source", "author")
        )
        if self.faults or settled is None:
            return None
        return ExpectedCourse(tuple(points), int(settled), source, author)

    def _points(self, given: object) -> list[CoursePoint]:
        if not isinstance(given, list) or not FEWEST_POINTS <= len(given) <= MOST_POINTS:
            detail = f"Give a list of {FEWEST_POINTS} to {MOST_POINTS} points."
            self.refuse("#/points", "invalid", detail)
            return []
        found = [self._point(value, f"#/points/{number}") for number, value in enumerate(given)]
        points = [point for point in found if point is not None]
        if found[0] is not None and found[0].hours != 0:
            self.refuse("#/points/0/hours", "out_of_range", "The first point stands at 0 hours.")
        for number, (before, after) in enumerate(pairwise(found), start=1):
            if before is not None and after is not None and after.hours <= before.hours:
                detail = "Must be later than the point before it."
                self.refuse(f"#/points/{number}/hours", "out_of_order", detail)
        return points if len(points) == len(found) else []

    def _point(self, given: object, pointer: str) -> CoursePoint | None:
        item = self.members(given, pointer, set(_BOUNDS))
        read = {
            name: self._number(item, name, pointer, *bounds, whole=name == "hours")
            for name, bounds in _BOUNDS.items()
        }
        hours, lower, upper = (read[name] for name in _BOUNDS)
        if hours is None or lower is None or upper is None:
            return None
        if lower > upper:
            self.refuse(f"{pointer}/lower", "out_of_order", "Must not be above the upper bound.")
        return CoursePoint(int(hours), lower, upper)

    def _check_end(self, points: list[CoursePoint], settled: int) -> None:
        """Hold the curve against its own word that soreness has settled by then."""
        if points[-1].hours < settled:
            detail = (
                f"The last point must stand at {settled} hours or later, when soreness should have settled."
            )
            self.refuse(f"#/points/{len(points) - 1}/hours", "out_of_range", detail)
        for number, point in enumerate(points):
            if point.hours >= settled and point.upper > MOST_ABOVE_WHEN_SETTLED:
                detail = f"Must be at most {MOST_ABOVE_WHEN_SETTLED} once soreness should have settled."
                self.refuse(f"#/points/{number}/upper", "out_of_range", detail)

    def _number(
        self, item: Mapping[str, object], name: str, pointer: str, lowest: int, highest: int, *, whole: bool
    ) -> float | None:
        value = item.get(name)
        kind = "whole number" if whole else "number"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            self.refuse(f"{pointer}/{name}", "invalid", f"Give a {kind}.")
        elif not lowest <= value <= highest:
            detail = f"Must lie between {lowest} and {highest}."
            self.refuse(f"{pointer}/{name}", "out_of_range", detail)
        else:
            return value
        return None
