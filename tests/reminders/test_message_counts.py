"""How many messages a patient gets, over every end of a session, and what no plan may ever do."""

from datetime import datetime, time, timedelta
from functools import cache, partial
from itertools import combinations, pairwise, product

import pytest

from tracker.delivery.vocabulary import Reason
from tracker.local_time.quiet import QuietHours, next_allowed
from tracker.local_time.zones import zone
from tracker.protocols.catalog import STANDARD_AFTERCARE, Condition
from tracker.reminders.rules.prompts import PlannedPrompt, plan_prompts

instant = datetime.fromisoformat
STEP = timedelta(minutes=5)
ENDS_OF_A_DAY = [STEP * count for count in range(24 * 12)]
SIX_HOURS = timedelta(hours=6)

PLACES = [
    pytest.param("America/New_York", "2026-03-07T05:00Z", id="clocks-go-forward"),
    pytest.param("America/New_York", "2026-10-31T04:00Z", id="clocks-go-back"),
    pytest.param("Australia/Lord_Howe", "2026-10-02T13:30Z", id="half-an-hour-forward"),
    pytest.param("Asia/Kathmandu", "2026-05-01T18:15Z", id="no-change"),
]
QUIETS = [
    pytest.param(QuietHours(), id="default"),
    pytest.param(QuietHours(enabled=False), id="none"),
    pytest.param(QuietHours(time(9), time(17)), id="night-worker"),
    pytest.param(QuietHours(time(13), time(15)), id="nap"),
    pytest.param(QuietHours(time(18), time(10)), id="long-night"),
]
REGIONS = [
    pytest.param(frozenset({"calf"}), id="calf"),
    pytest.param(frozenset({"calf", "neck"}), id="neck"),
]

everywhere = pytest.mark.parametrize(("place", "midnight"), PLACES)
whatever_quiet = pytest.mark.parametrize("quiet", QUIETS)
wherever_needled = pytest.mark.parametrize("regions", REGIONS)


@cache
def plans_of_a_day(
    place: str,
    midnight: str,
    quiet: QuietHours,
    regions: frozenset[str],
    opted_in: frozenset[str] = frozenset(),
) -> list[tuple[datetime, tuple[PlannedPrompt, ...]]]:
    """Plan a session for every fifth minute of a day, each recorded as it ended."""
    ends = [instant(midnight) + since_midnight for since_midnight in ENDS_OF_A_DAY]
    plan = partial(
        plan_prompts, STANDARD_AFTERCARE, zone=zone(place), quiet=quiet, regions=regions, opted_in=opted_in
    )
    return [(ended_at, plan(ended_at=ended_at, planned_at=ended_at)) for ended_at in ends]


def is_sent_to_a_settled_patient(prompt: PlannedPrompt, chest: bool) -> bool:
    step = STANDARD_AFTERCARE.get_step(prompt.step_key)
    wanted = {Condition.ALWAYS, Condition.NEEDS_SECOND_LOOK} if chest else {Condition.ALWAYS}
    return step.only_if in wanted and not step.is_repeat(prompt.occurrence)


def is_sent_to_a_silent_patient(prompt: PlannedPrompt) -> bool:
    return STANDARD_AFTERCARE.get_step(prompt.step_key).only_if is not Condition.NOT_SETTLED


@everywhere
@whatever_quiet
@wherever_needled
def test_a_patient_gets_few_messages(
    place: str, midnight: str, quiet: QuietHours, regions: frozenset[str]
) -> None:
    one_more = 1 if "neck" in regions else 0
    for ended_at, prompts in plans_of_a_day(place, midnight, quiet, regions):
        sent = [prompt for prompt in prompts if prompt.due_at]
        settled = [prompt for prompt in sent if is_sent_to_a_settled_patient(prompt, bool(one_more))]
        assert len(settled) <= 5 + one_more, ended_at
        assert sum(map(is_sent_to_a_silent_patient, sent)) <= 9 + one_more, ended_at


@everywhere
@whatever_quiet
@wherever_needled
def test_every_prompt_stands_inside_its_window_and_outside_quiet_hours(
    place: str, midnight: str, quiet: QuietHours, regions: frozenset[str]
) -> None:
    for ended_at, prompts in plans_of_a_day(place, midnight, quiet, regions):
        for prompt in prompts:
            if prompt.due_at is None:
                assert prompt.reason in (Reason.SPACING, Reason.QUIET_NO_WINDOW)
                continue
            assert prompt.not_before <= prompt.due_at < prompt.not_after, (ended_at, prompt)
            if prompt.step_key != "aftercare_card":
                assert next_allowed(prompt.due_at, quiet, zone(place)) == prompt.due_at, (ended_at, prompt)


@everywhere
@whatever_quiet
@wherever_needled
def test_no_two_prompts_stand_closer_than_six_hours(
    place: str, midnight: str, quiet: QuietHours, regions: frozenset[str]
) -> None:
    for ended_at, prompts in plans_of_a_day(place, midnight, quiet, regions):
        spaced = [prompt for prompt in prompts if prompt.due_at and prompt.step_key != "aftercare_card"]
        for one, other in combinations(spaced, 2):
            assert one.due_at
            assert other.due_at
            apart = abs(one.due_at - other.due_at)
            assert apart >= SIX_HOURS or one.step_key == other.step_key, (ended_at, one, other)


@everywhere
@wherever_needled
def test_what_must_be_asked_is_always_asked_at_default_quiet_hours(
    place: str, midnight: str, regions: frozenset[str]
) -> None:
    needed = {"check_24h", "check_48h", "infection_question", "aftercare_card"}
    needed |= {"chest_check"} if "neck" in regions else set()
    for ended_at, prompts in plans_of_a_day(place, midnight, QuietHours(), regions):
        sent = {prompt.step_key for prompt in prompts if prompt.due_at and prompt.occurrence == 0}
        assert needed <= sent, ended_at


@everywhere
def test_the_second_look_is_planned_after_every_session_of_a_working_day(place: str, midnight: str) -> None:
    for ended_at, prompts in plans_of_a_day(place, midnight, QuietHours(), frozenset({"neck"})):
        if time(7) <= ended_at.astimezone(zone(place)).time() < time(20):
            (look,) = (prompt for prompt in prompts if prompt.step_key == "second_look")
            assert look.due_at, ended_at


@everywhere
@whatever_quiet
def test_a_plan_stands_in_order_of_time(place: str, midnight: str, quiet: QuietHours) -> None:
    for _, prompts in plans_of_a_day(place, midnight, quiet, frozenset()):
        moments = [prompt.due_at or prompt.nominal_at for prompt in prompts]
        assert all(earlier <= later for earlier, later in pairwise(moments))


@pytest.mark.parametrize(
    ("regions", "opted_in", "at_noon", "leave"),
    [  # two days after each of 288 ends of a day
        (frozenset({"calf"}), frozenset({"hydration"}), 72, 576),
        (frozenset({"calf", "neck"}), frozenset({"hydration"}), 12, 564),
        (frozenset({"calf"}), frozenset({"stretching"}), 72, 576),
        (frozenset({"calf"}), frozenset({"hydration", "stretching"}), 72, 721),
    ],
)
def test_what_a_patient_switched_on_nearly_always_has_its_minute(
    regions: frozenset[str], opted_in: frozenset[str], at_noon: int, leave: int
) -> None:
    """Those that could stay at noon are all that left before a day's prompt might take another minute."""
    plans = plans_of_a_day("Asia/Kathmandu", "2026-05-01T18:15Z", QuietHours(), regions, opted_in)
    wanted = [prompt for _, prompts in plans for prompt in prompts if prompt.step_key in opted_in]
    assert len(wanted) == 576 * len(opted_in)
    assert sum(prompt.reason is Reason.ON_TIME for prompt in wanted) == at_noon
    assert sum(prompt.due_at is not None for prompt in wanted) == leave


@everywhere
@whatever_quiet
@wherever_needled
def test_what_a_patient_switched_on_takes_nobodys_place(
    place: str, midnight: str, quiet: QuietHours, regions: frozenset[str]
) -> None:
    both = frozenset({"hydration", "stretching"})
    with_them = plans_of_a_day(place, midnight, quiet, regions, both)
    for (ended_at, more), (_, usual) in zip(
        with_them, plans_of_a_day(place, midnight, quiet, regions), strict=True
    ):
        daily = [prompt for prompt in more if prompt.step_key in both]
        assert sorted(set(more) - set(daily), key=repr) == sorted(usual, key=repr), ended_at
        firm = [prompt for prompt in more if is_certain(prompt)]
        for one, other in product([prompt for prompt in daily if prompt.due_at], firm):
            assert one.due_at
            assert other.due_at
            assert one is other or abs(one.due_at - other.due_at) >= SIX_HOURS, (ended_at, one, other)
            assert one.not_before <= one.due_at < one.not_after, (ended_at, one)
            assert next_allowed(one.due_at, quiet, zone(place)) == one.due_at, (ended_at, one)


def is_certain(prompt: PlannedPrompt) -> bool:
    step = STANDARD_AFTERCARE.get_step(prompt.step_key)
    firm = step.only_if in (Condition.ALWAYS, Condition.PATIENT_OPTED_IN)
    certain = firm and step.takes_part_in_spacing and not step.is_repeat(prompt.occurrence)
    return certain and prompt.due_at is not None
