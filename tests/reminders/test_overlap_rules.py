"""Up to four sessions in ten days, any zone, any quiet hours, any answers: what no patient may ever get."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from itertools import combinations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as some

from tests.reminders.overlap import HOUR, Course, Row
from tracker.protocols.quiet import QuietHours, next_allowed
from tracker.protocols.zones import zone

START = datetime(2026, 3, 2, tzinfo=UTC)
ZONE_NAMES = (files("tzdata") / "zones").read_text(encoding="utf-8").split()
CALF, NECK = frozenset({"calf"}), frozenset({"neck"})
AT_LEAST = timedelta(hours=5, minutes=45)  # six hours, less what a hand-over may be late
AFTER_ITS_CHECK = timedelta(hours=2, minutes=45)
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
    spaced = [row for row in course.sent if row.step.takes_part_in_spacing]
    for first, second in combinations(spaced, 2):
        assert first.accepted_at
        assert second.accepted_at
        apart = second.accepted_at - first.accepted_at
        if is_main_of_48h(second):
            asked_both = is_main_of_48h(first) and second.asks_at(first.accepted_at)
            assert apart >= AT_LEAST or not asked_both or not apart  # the first was still in flight
        elif asked(first, second, course):
            assert apart >= AFTER_ITS_CHECK
        else:
            assert apart >= AT_LEAST, (first, second)


@COURSES
@given(courses())
def test_every_48h_check_is_asked_in_its_window_unless_answered_or_quiet_throughout(course: Course) -> None:
    for session, ended_at in enumerate(course.ends):
        opens, closes = ended_at + 44 * HOUR, ended_at + 60 * HOUR
        answered = any(one == session and opens <= at < closes for one, at, _ in course.answers)
        if next_allowed(opens, course.quiet, course.zone) < closes and not answered:
            (row,) = (row for row in course.rows if row.session == session and is_main_of_48h(row))
            asked_at = [one.accepted_at for one in course.sent if one.id in (row.id, row.merged_into)]
            assert [at for at in asked_at if at and opens <= at < closes]


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
    for row in course.sent:
        assert row.accepted_at
        assert row.asks_at(row.accepted_at)
        exempt = (
            row.planned.step_key == "aftercare_card" and row.accepted_at - row.planned.nominal_at < HOUR / 2
        )
        assert exempt or next_allowed(row.accepted_at, course.quiet, course.zone) == row.accepted_at


@COURSES
@given(courses())
def test_what_is_merged_was_asked_by_a_message_that_left(course: Course) -> None:
    for row in course.rows:
        if row.merged_into:
            (asking,) = (other for other in course.sent if other.id == row.merged_into)
            assert asking.accepted_at
            assert row.asks_at(asking.accepted_at)
            assert asking.step.importance_of(asking.planned.occurrence) <= row.step.importance_of(
                row.planned.occurrence
            )


def is_main_of_48h(row: Row) -> bool:
    return row.check[1] == "check_48h" and row.planned.occurrence == 0


def asked(first: Row, second: Row, course: Course) -> bool:
    """Say whether the second is the repeat of a check that the first asked."""
    return first.check == second.check or any(
        row.check == second.check and row.merged_into == first.id for row in course.rows
    )
