from datetime import time

import pytest

from tracker.local_time.windows import After, FirstAt, OnDay
from tracker.protocols.catalog import CHEST_REGIONS, STANDARD_AFTERCARE, Clock, get_protocol

PROMPTS = [step for step in STANDARD_AFTERCARE.steps if step.prompt]
MIDNIGHT = time(0)


def hours(count: int) -> After:
    return After(count * 60)


@pytest.mark.parametrize(
    ("key", "clock", "opens", "prompt", "closes"),
    [
        ("aftercare_card", Clock.ELAPSED, hours(0), hours(0), hours(6)),
        ("chest_check", Clock.ELAPSED, hours(2), hours(4), hours(16)),
        ("alcohol_evening", Clock.LOCAL, hours(0), FirstAt(time(18), 120, 1320), hours(24)),
        ("check_24h", Clock.ELAPSED, hours(20), hours(24), hours(36)),
        ("second_look", Clock.ELAPSED, hours(28), hours(36), hours(44)),
        ("check_48h", Clock.ELAPSED, hours(44), hours(48), hours(60)),
        ("check_72h", Clock.ELAPSED, hours(68), hours(72), hours(84)),
        ("infection_question", Clock.LOCAL, OnDay(5, MIDNIGHT), OnDay(5, time(19)), OnDay(6, time(12))),
        ("check_day_7", Clock.LOCAL, OnDay(7, MIDNIGHT), OnDay(7, time(19)), OnDay(8, time(12))),
        ("hydration", Clock.LOCAL, OnDay(0, MIDNIGHT), OnDay(0, time(12)), OnDay(1, MIDNIGHT)),
        ("stretching", Clock.LOCAL, OnDay(0, MIDNIGHT), OnDay(0, time(12)), OnDay(1, MIDNIGHT)),
        ("appointment", Clock.LOCAL, OnDay(-1, MIDNIGHT), OnDay(-1, time(18)), hours(0)),
        ("alcohol_window", Clock.ELAPSED, hours(0), None, hours(24)),
        ("rest_of_day", Clock.LOCAL, hours(0), None, OnDay(1, MIDNIGHT)),
    ],
)
def test_standard_aftercare_asks_what_the_care_flow_says(
    key: str, clock: Clock, opens: object, prompt: object, closes: object
) -> None:
    step = STANDARD_AFTERCARE.get_step(key)
    assert (step.clock, step.opens, step.prompt, step.closes) == (clock, opens, prompt, closes)


def test_standard_aftercare_holds_nothing_else() -> None:
    assert len(STANDARD_AFTERCARE.steps) == 14
    assert len({step.key for step in STANDARD_AFTERCARE.steps}) == 14


def test_the_importance_of_prompts_is_the_care_flows_order() -> None:
    spaced = [step for step in PROMPTS if step.takes_part_in_spacing]
    order = [step.key for step in sorted(spaced, key=lambda step: step.importance)]
    assert order[:4] == ["check_48h", "chest_check", "check_24h", "second_look"]
    assert len({step.importance for step in PROMPTS}) == len(PROMPTS)


def test_only_the_two_main_checks_are_repeated() -> None:
    repeats = {step.key: step.repeat_minutes for step in PROMPTS if step.repeat_minutes}
    assert repeats == {"check_24h": 180, "check_48h": 180}


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        (frozenset(), False),
        ({"lower_back", "buttock"}, False),
        ({"lower_back", "ribs"}, True),
        *(({region}, True) for region in CHEST_REGIONS),
    ],
)
def test_the_chest_check_belongs_to_chest_regions(regions: frozenset[str], expected: bool) -> None:
    keys = {step.key for step in STANDARD_AFTERCARE.steps_after(regions, opted_in=set())}
    assert ("chest_check" in keys) is expected
    assert not keys & {"hydration", "stretching", "appointment"}


def test_a_step_that_a_patient_switched_on_joins_the_protocol() -> None:
    keys = {step.key for step in STANDARD_AFTERCARE.steps_after(set(), opted_in={"stretching"})}
    assert "stretching" in keys
    assert "hydration" not in keys


def test_a_protocol_is_found_by_key_and_version() -> None:
    assert get_protocol("standard_aftercare", 1) is STANDARD_AFTERCARE
    for key, version in (("standard_aftercare", 2), ("other", 1)):
        with pytest.raises(LookupError):
            get_protocol(key, version)
    with pytest.raises(LookupError, match="no step check_36h"):
        STANDARD_AFTERCARE.get_step("check_36h")
