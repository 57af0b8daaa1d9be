"""The last check before a hand-over, with a check_24h of 10:00-22:00 UTC unless a case says otherwise."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from itertools import chain, combinations, product
from typing import Any
from uuid import UUID

import pytest

from tracker.delivery.vocabulary import Reason
from tracker.local_time.quiet import QuietHours
from tracker.local_time.zones import zone
from tracker.protocols.catalog import STANDARD_AFTERCARE, Condition
from tracker.reminders.rules.due import (
    Answers,
    Decision,
    Defer,
    Expire,
    PromptFacts,
    Send,
    Suppress,
    decide,
    find_end,
    is_wanted,
)
from tracker.reminders.rules.spacing import Neighbour

ENDED = datetime(2026, 6, 1, 14, tzinfo=UTC)
NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
NAP = QuietHours(time(13), time(15))
ASLEEP = QuietHours(time(11), time(21, 59))
ASLEEP_TOO_LONG = QuietHours(time(11), time(22))


def prompt(step: str = "check_24h", **changes: Any) -> PromptFacts:
    facts: dict[str, Any] = {
        "step": STANDARD_AFTERCARE.get_step(step),
        "occurrence": 0,
        "not_before": NOON - 2 * HOUR,
        "not_after": NOON + 10 * HOUR,
        "quiet": QuietHours(enabled=False),
        "zone": zone("UTC"),
        "answers": Answers(ended_at=ENDED),
    }
    return PromptFacts(**(facts | changes))


def sent(after: timedelta, importance: int = 0) -> Neighbour:
    """A prompt that left so long after noon; by default a more important one."""
    return Neighbour(id=UUID(int=1), importance=importance, next_at=NOON, accepted_at=NOON + after)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Send()),
        ({"task_completed": True}, Suppress(Reason.ANSWERED)),
        ({"task_completed": True, "occurrence": 1}, Suppress(Reason.ANSWERED)),
        ({"session_stands": False}, Suppress(Reason.CANCELLED)),
        ({"consent_given": False}, Suppress(Reason.CONSENT_WITHDRAWN)),
        ({"patient_active": False}, Suppress(Reason.PATIENT_INACTIVE)),
        ({"routine_paused": True}, Suppress(Reason.PAUSED_BY_PATIENT)),
        ({"routine_paused": True, "occurrence": 1}, Suppress(Reason.PAUSED_BY_PATIENT)),
        ({"routine_paused": True, "patient_active": False}, Suppress(Reason.PATIENT_INACTIVE)),
        ({"routine_paused": True, "task_completed": True}, Suppress(Reason.ANSWERED)),
        ({"routine_paused": True, "not_before": NOON + SECOND}, Defer(NOON + SECOND, Reason.NOT_OPEN)),
        ({"routine_paused": True, "not_before": NOON}, Suppress(Reason.PAUSED_BY_PATIENT)),
        ({"routine_paused": True, "not_after": NOON}, Expire()),
        ({"step": "hydration"}, Suppress(Reason.NOT_ASKED_FOR)),
        ({"step": "hydration", "opted_in": True}, Send()),
        ({"quiet": NAP}, Send()),
        ({"quiet": ASLEEP}, Defer(NOON + 10 * HOUR - timedelta(minutes=1), Reason.DEFERRED_QUIET)),
        pytest.param({"quiet": ASLEEP_TOO_LONG}, Suppress(Reason.QUIET_NO_WINDOW), id="T20"),
        ({"quiet": ASLEEP, "occurrence": 1}, Suppress(Reason.QUIET_NO_WINDOW)),
        ({"quiet": ASLEEP, "exempt_until": NOON + SECOND}, Send()),
        (
            {"quiet": ASLEEP_TOO_LONG, "exempt_until": NOON},
            Suppress(Reason.QUIET_NO_WINDOW),
        ),
    ],
)
def test_a_prompt_is_sent_unless_something_speaks_against_it(
    changes: Mapping[str, Any], expected: Decision
) -> None:
    assert decide(prompt(**changes), NOON) == expected


@pytest.mark.parametrize("step", [step.key for step in STANDARD_AFTERCARE.steps])
@pytest.mark.parametrize("occurrence", [0, 1])
def test_a_pause_of_the_patient_leaves_only_the_48_h_check(step: str, occurrence: int) -> None:
    paused = prompt(step, occurrence=occurrence, routine_paused=True, opted_in=True)
    expected = Send() if step == "check_48h" else Suppress(Reason.PAUSED_BY_PATIENT)
    assert decide(paused, NOON) == expected
    goes_on = prompt(step, occurrence=occurrence, opted_in=True)
    assert decide(goes_on, NOON) != Suppress(Reason.PAUSED_BY_PATIENT)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOON - 2 * HOUR - SECOND, Defer(NOON - 2 * HOUR, Reason.NOT_OPEN)),
        (NOON - 2 * HOUR, Send()),
        (NOON + 10 * HOUR - SECOND, Send()),
        (NOON + 10 * HOUR, Expire()),
        pytest.param(NOON + timedelta(days=3), Expire(), id="T21-worker-down-for-three-days"),
    ],
)
def test_nothing_leaves_outside_its_window(now: datetime, expected: Decision) -> None:
    assert decide(prompt(), now) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"session_stands": False, "consent_given": False, "not_after": NOON}, Expire()),
        (
            {"session_stands": False, "consent_given": False, "task_completed": True},
            Suppress(Reason.CANCELLED),
        ),
        ({"consent_given": False, "quiet": ASLEEP}, Suppress(Reason.CONSENT_WITHDRAWN)),
        ({"task_completed": True, "quiet": ASLEEP}, Suppress(Reason.ANSWERED)),
        (
            {"quiet": ASLEEP, "neighbours": (sent(-HOUR),)},  # by the evening it stands alone
            Defer(NOON + 10 * HOUR - timedelta(minutes=1), Reason.DEFERRED_QUIET),
        ),
    ],
)
def test_what_is_final_is_asked_before_what_may_change(
    changes: Mapping[str, Any], expected: Decision
) -> None:
    assert decide(prompt(**changes), NOON) == expected


FLAGS = {
    "session_stands": False, "consent_given": False, "patient_active": False,
    "task_completed": True, "routine_paused": True,
}  # fmt: skip


@pytest.mark.parametrize("quiet", [QuietHours(enabled=False), NAP, ASLEEP, ASLEEP_TOO_LONG], ids=repr)
@pytest.mark.parametrize("step", ["check_24h", "check_48h", "hydration"])
def test_what_ends_at_the_claim_would_end_for_the_same_reason_at_the_hand_over(
    step: str, quiet: QuietHours
) -> None:
    ended = 0
    for wrong in chain.from_iterable(combinations(FLAGS, number) for number in range(3)):
        for occurrence, now in product((0, 1), (NOON - 3 * HOUR, NOON, NOON + 10 * HOUR)):
            facts = prompt(step, occurrence=occurrence, quiet=quiet, **{flag: FLAGS[flag] for flag in wrong})
            if reason := find_end(facts, now):
                assert decide(facts, now) == Suppress(reason)
                ended += 1
    assert ended > 50


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"session_stands": False}, Reason.CANCELLED),
        ({"session_stands": False, "not_after": NOON}, None),  # that it expires is said elsewhere
        ({"task_completed": True, "quiet": ASLEEP}, Reason.ANSWERED),
        ({"routine_paused": True}, Reason.PAUSED_BY_PATIENT),
        ({"routine_paused": True, "step": "check_48h"}, None),
        # Until it leaves at all, the pause may be over.
        ({"routine_paused": True, "quiet": ASLEEP}, None),
        ({"routine_paused": True, "not_before": NOON + SECOND}, None),
        ({"routine_paused": True, "occurrence": 1}, None),
        ({"routine_paused": True, "occurrence": 1, "snoozed": True}, Reason.PAUSED_BY_PATIENT),
        ({"answers": Answers(ended_at=ENDED, soreness_at_24h=0), "step": "second_look"}, None),
    ],
)
def test_a_claimed_prompt_ends_only_by_what_its_row_and_its_patient_tell(
    changes: Mapping[str, Any], reason: Reason | None
) -> None:
    assert find_end(prompt(**changes), NOON) is reason


@pytest.mark.parametrize(
    ("asked_at", "expected"),
    [
        (None, Send()),  # the check itself never left: its repeat is the first question
        (NOON - 3 * HOUR, Send()),
        (NOON - 3 * HOUR + timedelta(minutes=15), Send()),  # the slack of a late hand-over
        (NOON - 2.5 * HOUR, Defer(NOON + 0.5 * HOUR, Reason.NOT_OPEN)),
        (NOON, Defer(NOON + 3 * HOUR, Reason.NOT_OPEN)),
        (NOON + 7 * HOUR, Suppress(Reason.SPACING)),  # no room is left in the window
    ],
)
def test_a_repeat_keeps_its_distance_from_a_check_that_was_asked_late(
    asked_at: datetime | None, expected: Decision
) -> None:
    assert decide(prompt(occurrence=1, repeats_after=asked_at), NOON) == expected


def answers(**changes: Any) -> Answers:
    return Answers(ended_at=ENDED, **changes)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (answers(), True),  # nobody answered
        (answers(soreness_at_24h=1), False),
        (answers(soreness_at_24h=2), True),
        (answers(soreness_at_24h=4, baseline=3), False),
        (answers(soreness_at_24h=5, baseline=3), True),
        (answers(soreness_at_24h=0, chest_region=True), True),
        (answers(last_soreness=0, last_at=ENDED + 8 * HOUR), True),  # an answer, but not at 24 h
    ],
)
def test_a_second_look_is_wanted_after_silence_soreness_or_a_chest_region(
    known: Answers, expected: bool
) -> None:
    assert is_wanted(Condition.NEEDS_SECOND_LOOK, known) is expected
    assert decide(prompt("second_look", answers=known), NOON) == (
        Send() if expected else Suppress(Reason.SETTLED)
    )


@pytest.mark.parametrize(
    ("known", "at_72_h", "on_day_7"),
    [
        (answers(), True, False),
        (answers(last_soreness=2, last_at=ENDED + 44 * HOUR), False, False),
        (answers(last_soreness=2, last_at=ENDED + 44 * HOUR - SECOND), True, False),
        (answers(last_soreness=3, last_at=ENDED + 48 * HOUR), True, True),
        (answers(last_soreness=3, last_at=ENDED + 48 * HOUR, baseline=2), False, False),
        (answers(last_soreness=3, last_at=ENDED + 24 * HOUR), True, True),
    ],
)
def test_later_checks_are_wanted_until_soreness_has_settled(
    known: Answers, at_72_h: bool, on_day_7: bool
) -> None:
    for step, expected in (("check_72h", at_72_h), ("check_day_7", on_day_7)):
        decision = decide(prompt(step, answers=known), NOON)
        assert decision == (Send() if expected else Suppress(Reason.SETTLED)), step


@pytest.mark.parametrize("condition", [Condition.ALWAYS, Condition.APPOINTMENT_EXISTS])
def test_what_is_always_wanted_does_not_depend_on_answers(condition: Condition) -> None:
    assert is_wanted(condition, answers(soreness_at_24h=0, last_soreness=0, last_at=ENDED + 48 * HOUR))
