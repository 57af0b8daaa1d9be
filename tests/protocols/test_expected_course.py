"""Golden tables of the expected course: where answers stand, and how a clinic's own curve is read."""

from typing import Any

import pytest

from tracker.protocols.expected_course import DEFAULT_COURSE, LABEL
from tracker.protocols.expected_course_form import InvalidCourse, expected_course_from, expected_course_to
from tracker.protocols.soreness import is_settled

HOURS = (0.5, 6, 12, 20, 24, 30, 36, 44, 47.9, 48, 60, 72, 168)
SEVERE = 7  # what ships: such a score is expected by no curve
B, IN, A, L = "below", "inside", "above", "late"

# name, baseline, soreness at HOURS, where each of them stands
TRAJECTORIES: list[tuple[str, int, tuple[int, ...], tuple[str, ...]]] = [
    ("none at all", 0, (0,) * 13, (IN,) * 13),
    ("as most are", 0, (4, 3, 3, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0), (IN,) * 13),
    ("sore at first", 0, (6, 5, 4, 4, 3, 3, 2, 2, 2, 2, 2, 1, 1), (A, A, IN, A, IN, A, *(IN,) * 7)),
    ("does not settle", 0, (3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3), (*(IN,) * 5, *(A,) * 4, *(L,) * 4)),
    ("comes back", 1, (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 4, 4, 4), (*(IN,) * 10, L, L, L)),
    ("sore before", 5, (6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6), (IN,) * 13),
    ("severe, as before", 8, (8, 8, 8, 9, 9, 9, 8, 8, 8, 8, 8, 8, 9), (IN,) * 13),
    ("severe, and was not", 5, (7,) * 13, (*(A,) * 9, *(L,) * 4)),
    ("helped at once", 4, (3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2), (B,) * 13),
    ("helped slowly", 4, (4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3), (IN,) * 13),
]  # fmt: skip


@pytest.mark.parametrize(("name", "baseline", "said", "expected"), TRAJECTORIES)
def test_each_answer_of_a_trajectory_has_its_place(
    name: str, baseline: int, said: tuple[int, ...], expected: tuple[str, ...]
) -> None:
    found = [
        DEFAULT_COURSE.position(soreness, baseline, hours, SEVERE)
        for soreness, hours in zip(said, HOURS, strict=True)
    ]
    assert [place and place.value for place in found] == list(expected), name


def test_without_a_baseline_or_before_the_end_there_is_nothing_to_compare() -> None:
    assert DEFAULT_COURSE.position(3, None, 24, SEVERE) is None
    assert DEFAULT_COURSE.position(3, 2, -0.1, SEVERE) is None
    assert DEFAULT_COURSE.band(None, SEVERE) == ()


@pytest.mark.parametrize("baseline", range(11))
@pytest.mark.parametrize("soreness", range(11))
def test_late_is_what_has_not_settled(soreness: int, baseline: int) -> None:
    place = DEFAULT_COURSE.position(soreness, baseline, 48, SEVERE)
    assert (place == "late") is not is_settled(soreness, baseline)


@pytest.mark.parametrize("baseline", range(11))
def test_the_band_lies_on_the_scale_and_narrows(baseline: int) -> None:
    band = DEFAULT_COURSE.band(baseline, SEVERE)
    assert [point.hours for point in band] == [*range(0, 72, 6), 72]
    assert all(0 <= point.lower <= point.upper <= 10 for point in band)
    uppers = [point.upper for point in band]
    assert uppers == sorted(uppers, reverse=True)


CURVE: dict[str, Any] = {
    "points": [{"hours": 0, "lower": 0, "upper": 4}, {"hours": 60, "lower": -1.5, "upper": 1}],
    "settled_after_hours": 60,
    "source": "Our last 200 sessions",
    "author": "Dr Owner",
}


def test_what_is_written_is_read_again() -> None:
    assert expected_course_from(expected_course_to(DEFAULT_COURSE)) == DEFAULT_COURSE
    assert expected_course_to(expected_course_from(CURVE)) == CURVE | {"label": LABEL}


def test_a_clinics_own_curve_places_answers() -> None:
    own = expected_course_from(CURVE)
    assert [own.position(3, 0, hours, SEVERE) for hours in (0, 20, 21, 59, 60)] == [
        "inside", "inside", "above", "above", "late",
    ]  # fmt: skip


def points(*given: tuple[Any, Any, Any]) -> list[dict[str, Any]]:
    return [dict(zip(("hours", "lower", "upper"), one, strict=True)) for one in given]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"points": "no"}, ["#/points invalid"]),
        ({"points": points((0, 0, 1))}, ["#/points invalid"]),
        ({"points": points((1, 0, 4), (72, 0, 1))}, ["#/points/0/hours out_of_range"]),
        ({"points": points((0, 0, 4), (0, 0, 1), (72, 0, 1))}, ["#/points/1/hours out_of_order"]),
        ({"points": points((0, 5, 4), (72, 0, 1))}, ["#/points/0/lower out_of_order"]),
        ({"points": points((0, 0, 4), (59, 0, 1))}, ["#/points/1/hours out_of_range"]),
        ({"points": points((0, 0, 4), (60, 0, 2))}, []),
        ({"points": points((0, 0, 4), (60, 0, 2.1))}, ["#/points/1/upper out_of_range"]),
        ({"points": points((0, -10, 10), (336, 0, 1))}, []),
        ({"points": points((0, -11, 11), (337, 0, 1))},
         ["#/points/0/lower out_of_range", "#/points/0/upper out_of_range", "#/points/1/hours out_of_range"]),
        ({"points": points((0, float("nan"), 1), (60, "0", True))},
         ["#/points/0/lower out_of_range", "#/points/1/lower invalid", "#/points/1/upper invalid"]),
        ({"points": points((0, 0, 4), (60.5, 0, 1))}, ["#/points/1/hours invalid"]),
        ({"settled_after_hours": 36}, []),
        ({"settled_after_hours": 35, "points": points((0, 0, 4), (72, 0, 1))},
         ["#/settled_after_hours out_of_range"]),
        ({"settled_after_hours": 73}, ["#/settled_after_hours out_of_range"]),
        ({"source": " ", "author": None, "colour": "red"},
         ["#/colour unknown_field", "#/source required", "#/author required"]),
    ],
)  # fmt: skip
def test_all_faults_of_a_curve_are_told_at_once(changes: dict[str, Any], faults: list[str]) -> None:
    try:
        expected_course_from(CURVE | changes)
        found = []
    except InvalidCourse as refused:
        found = [f"{fault.pointer} {fault.code}" for fault in refused.faults]
    assert found == faults


@pytest.mark.parametrize("data", [None, [], "curve", {}])
def test_what_is_no_curve_is_refused(data: object) -> None:
    with pytest.raises(InvalidCourse):
        expected_course_from(data)
