"""Prompts of one patient that come close: a check_24h of 10:00-22:00 UTC at noon, unless a case says otherwise."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from tracker.delivery.vocabulary import Reason
from tracker.local_time.quiet import QuietHours
from tracker.local_time.zones import zone
from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.reminders.rules.due import Answers, Decision, Defer, Merge, PromptFacts, Send, Suppress, decide
from tracker.reminders.rules.spacing import Neighbour

NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ONE, TWO = UUID(int=1), UUID(int=2)
TO_THE_SLACK = 6 * HOUR - 15 * MINUTE
CHECK_48H, CHEST_CHECK, CHECK_24H, SECOND_LOOK, REPEAT, CHECK_72H = range(1, 7)
SPACED = Suppress(Reason.SPACING)


def prompt(step: str, *neighbours: Neighbour, **changes: Any) -> PromptFacts:
    facts: dict[str, Any] = {
        "step": STANDARD_AFTERCARE.get_step(step),
        "occurrence": 0,
        "not_before": NOON - 2 * HOUR,
        "not_after": NOON + 10 * HOUR,
        "quiet": QuietHours(enabled=False),
        "zone": zone("UTC"),
        "answers": Answers(ended_at=NOON - 24 * HOUR),
        "neighbours": neighbours,
    }
    return PromptFacts(**(facts | changes))


def sent(importance: int, after: timedelta, which: UUID = ONE) -> Neighbour:
    """A prompt that left so long after noon."""
    return Neighbour(id=which, importance=importance, next_at=NOON + after, accepted_at=NOON + after)


def coming(importance: int, after: timedelta, **changes: Any) -> Neighbour:
    """A prompt that a worker will take so long after noon."""
    return Neighbour(id=ONE, importance=importance, next_at=NOON + after, **changes)


def later(after: timedelta) -> Defer:
    return Defer(NOON + after, Reason.SPACING)


@pytest.mark.parametrize(
    ("step", "other", "expected"),
    [
        ("check_24h", sent(CHECK_48H, -HOUR), Merge(ONE)),
        ("check_24h", sent(CHECK_24H, -HOUR), Merge(ONE)),  # two sessions on one day
        ("check_24h", sent(CHECK_24H, -2 * HOUR), Merge(ONE)),  # asked as its window opened
        ("check_24h", sent(CHECK_24H, -2 * HOUR - SECOND), later(4 * HOUR - 15 * MINUTE - SECOND)),
        ("check_24h", sent(CHECK_72H, -HOUR), later(5 * HOUR - 15 * MINUTE)),  # less important: no substitute
        ("check_24h", sent(CHECK_48H, -TO_THE_SLACK + SECOND), later(SECOND + 59 * SECOND)),
        ("check_24h", sent(CHECK_48H, -TO_THE_SLACK), Send()),
        ("infection_question", sent(CHECK_24H, -HOUR), Merge(ONE)),
        ("alcohol_evening", sent(9, timedelta(0)), Merge(ONE)),  # once an evening
        ("check_48h", sent(CHECK_24H, -HOUR), Send()),
        ("check_48h", sent(CHECK_48H, -HOUR), Merge(ONE)),  # both are asked
        ("check_48h", sent(CHECK_48H, -3 * HOUR), Send()),  # its window had not opened
        ("aftercare_card", sent(CHECK_48H, -HOUR), Send()),
    ],
)
def test_what_was_asked_a_short_time_ago_is_not_asked_again(
    step: str, other: Neighbour, expected: Decision
) -> None:
    assert decide(prompt(step, other), NOON) == expected


@pytest.mark.parametrize(
    ("step", "other", "expected"),
    [
        ("check_24h", coming(CHECK_48H, 3 * HOUR), later(3 * HOUR)),
        ("check_24h", coming(CHECK_48H, TO_THE_SLACK - SECOND), later(TO_THE_SLACK - SECOND)),
        ("check_24h", coming(CHECK_48H, TO_THE_SLACK), Send()),
        ("check_24h", coming(CHECK_48H, timedelta(0)), later(MINUTE)),  # another sender holds it
        ("check_24h", coming(CHECK_48H, 3 * HOUR, wanted=False), Send()),
        ("check_24h", coming(CHECK_24H, 3 * HOUR), Send()),  # who comes first asks for both
        ("check_24h", coming(CHECK_72H, MINUTE), Send()),
        ("check_24h", coming(CHECK_72H, MINUTE, in_flight=True), later(MINUTE)),
        ("check_48h", coming(CHECK_48H, MINUTE), Send()),
        ("check_48h", coming(CHECK_48H, MINUTE, in_flight=True), later(MINUTE)),
        ("check_48h", coming(CHECK_48H, 10 * HOUR, in_flight=True), Send()),
        ("check_48h", coming(CHECK_24H, MINUTE, in_flight=True), Send()),
        ("aftercare_card", coming(CHECK_48H, HOUR), Send()),
    ],
)
def test_what_is_less_important_waits_for_what_comes_soon(
    step: str, other: Neighbour, expected: Decision
) -> None:
    assert decide(prompt(step, other), NOON) == expected


@pytest.mark.parametrize(
    ("not_after", "quiet", "occurrence", "expected"),
    [
        (NOON + 3 * HOUR + SECOND, QuietHours(enabled=False), 0, later(3 * HOUR)),
        (NOON + 3 * HOUR, QuietHours(enabled=False), 0, SPACED),
        (NOON + 10 * HOUR, QuietHours(time(14), time(18)), 0, later(6 * HOUR)),
        (NOON + 6 * HOUR, QuietHours(time(14), time(18)), 0, SPACED),
        (NOON + 10 * HOUR, QuietHours(time(14), time(18)), 1, SPACED),  # a repeat wakes nobody twice
    ],
)
def test_waiting_ends_with_the_window(
    not_after: datetime, quiet: QuietHours, occurrence: int, expected: Decision
) -> None:
    facts = prompt(
        "check_24h", coming(CHECK_48H, 3 * HOUR), not_after=not_after, quiet=quiet, occurrence=occurrence
    )
    assert decide(facts, NOON) == expected


def test_of_several_the_one_that_asked_last_is_named_and_the_first_turn_is_taken() -> None:
    both = sent(CHECK_48H, -2 * HOUR), sent(CHEST_CHECK, -HOUR, TWO)
    assert decide(prompt("check_24h", *both), NOON) == Merge(TWO)
    mixed = sent(CHECK_72H, -HOUR, TWO), coming(CHECK_48H, 2 * HOUR)
    assert decide(prompt("check_24h", *mixed), NOON) == later(2 * HOUR)  # it may be asked with that one


@pytest.mark.parametrize(
    ("not_after", "expected"),
    [
        (NOON + 2 * HOUR, Merge(ONE)),  # nothing is left of its window, but it was asked
        (NOON + 2 * HOUR + SECOND, Defer(NOON + 2 * HOUR, Reason.DEFERRED_QUIET)),
    ],
)
def test_what_quiet_hours_hold_for_good_may_have_been_asked(not_after: datetime, expected: Decision) -> None:
    facts = prompt(
        "check_24h", sent(CHECK_48H, -HOUR), not_after=not_after, quiet=QuietHours(time(11), time(14))
    )
    assert decide(facts, NOON) == expected


def test_a_plan_that_was_not_there_yet_was_not_shown() -> None:
    facts = prompt("check_24h", sent(CHECK_48H, -HOUR), shown_since=NOON - 30 * MINUTE)
    assert decide(facts, NOON) == later(5 * HOUR - 15 * MINUTE)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (sent(CHECK_48H, -15 * MINUTE), Send()),
        (sent(CHECK_48H, -14 * MINUTE), Merge(ONE)),
        (coming(CHECK_48H, 15 * MINUTE), Send()),
        (coming(CHECK_48H, 14 * MINUTE), later(14 * MINUTE)),
    ],
)
def test_a_moment_that_the_patient_chose_is_kept_to_a_quarter_of_an_hour(
    other: Neighbour, expected: Decision
) -> None:
    assert decide(prompt("check_24h", other, snoozed=True), NOON) == expected
    again = prompt("check_24h", other, snoozed=True, occurrence=2, repeats_after=NOON)
    assert decide(again, NOON) == expected  # no repeat: it keeps no distance from its check


def test_a_repeat_is_less_important_than_a_check_that_is_certain() -> None:
    for importance, expected in ((SECOND_LOOK, Merge(ONE)), (REPEAT, Merge(ONE)), (CHECK_72H, later(HOUR))):
        facts = prompt(
            "check_48h", sent(importance, HOUR - TO_THE_SLACK), occurrence=1, not_before=NOON - 6 * HOUR
        )
        assert decide(facts, NOON) == expected
