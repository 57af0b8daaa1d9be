"""Up to four sessions in ten days, any zone, any quiet hours, any answers: what no patient may ever get."""

from collections import Counter
from datetime import UTC, datetime, time
from importlib.resources import files
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as some

from tests.reminders import overlap
from tests.reminders.overlap import HOUR, Course
from tracker.local_time.quiet import QuietHours
from tracker.local_time.zones import zone

START = datetime(2026, 3, 2, tzinfo=UTC)
ZONE_NAMES = (files("tzdata") / "zones").read_text(encoding="utf-8").split()
CALF, NECK = frozenset({"calf"}), frozenset({"neck"})
COURSES = settings(max_examples=150, deadline=None, derandomize=True)

half_hours = some.integers(0, 47).map(lambda half: time(half // 2, 30 * (half % 2)))
quiet_hours = some.one_of(
    some.just(QuietHours()), some.builds(QuietHours, half_hours, half_hours, some.booleans())
)


@some.composite
def courses(draw: some.DrawFn) -> Course:
    """Draw a course and play it."""
    count = draw(some.integers(1, 4))
    hours = some.integers(0, 240).map(lambda hour: START + hour * HOUR)
    ends = sorted(draw(some.lists(hours, min_size=count, max_size=count)))
    answer = some.tuples(some.integers(0, count - 1), some.integers(1, 200), some.integers(0, 10))
    said = sorted(draw(some.lists(answer, max_size=12)), key=lambda one: one[1])
    course = Course(
        zone=zone(draw(some.sampled_from(ZONE_NAMES))),
        quiet=draw(quiet_hours),
        ends=ends,
        regions=draw(some.lists(some.sampled_from([CALF, NECK]), min_size=count, max_size=count)),
        answers=[(session, ends[session] + hour * HOUR, soreness) for session, hour, soreness in said],
        order=Random(draw(some.integers(0, 2**16))),
    )
    course.play()
    return course


@COURSES
@given(courses())
def test_messages_keep_six_hours_apart_but_where_the_table_says_otherwise(course: Course) -> None:
    overlap.assert_apart(course)


@COURSES
@given(courses())
def test_every_48h_check_is_asked_in_its_window_unless_answered_or_quiet_throughout(course: Course) -> None:
    overlap.assert_every_48h_check_asked(course)


@COURSES
@given(courses())
def test_no_session_sends_more_than_it_would_alone(course: Course) -> None:
    sent = Counter(row.session for row in course.sent)
    assert len({(row.session, row.planned.step_key, row.planned.occurrence) for row in course.sent}) == len(
        course.sent
    )
    for session, regions in enumerate(course.regions):
        assert sent[session] <= 10 + (regions == NECK)  # nine of a silent patient, and the seventh day
        alone = Course(
            course.zone, course.quiet, [course.ends[session]], [regions],
            [(0, at, soreness) for one, at, soreness in course.answers if one == session], Random(0),
        )  # fmt: skip
        alone.play()
        assert sent[session] <= len(alone.sent)


@COURSES
@given(courses())
def test_nothing_leaves_in_quiet_hours_or_outside_its_window(course: Course) -> None:
    overlap.assert_nothing_at_a_wrong_hour(course)


@COURSES
@given(courses())
def test_what_is_merged_was_asked_by_a_message_that_left(course: Course) -> None:
    overlap.assert_merged_was_asked(course)
