import pytest

from tracker.safety.catalogue import (
    BODY_REGIONS,
    CATALOGUE,
    CHEST_REGIONS,
    SPINE_REGIONS,
    FlagClass,
    FlagGroup,
    ScreenItem,
    classify,
    has_unknown,
    screen,
    worst,
)

EMERGENCY = [
    "shortness_of_breath",
    "pain_on_breathing",
    "chest_pain",
    "new_dry_cough",
    "blue_lips",
    "saddle_numbness",
    "cannot_pass_urine",
    "bladder_or_bowel_control_lost",
    "both_legs_weak",
    "severe_spine_pain_with_weakness",
    "worst_headache",
    "stiff_neck",
    "collapse",
    "face_arm_speech",
    "face_or_throat_swelling",
    "fever_with_severe_back_pain",
    "confusion_with_fever",
    "growing_weakness",
]
SAME_DAY = [
    "spreading_redness",
    "pus_or_heat_at_needle_site",
    "fever",
    "new_numbness_or_tingling",
    "new_weakness",
    "foot_drop",
    "large_or_growing_bruise",
    "bleeding_restarted",
    "fainted_now_well",
    "vomiting",
    "needle_left_in",
    "severe_pain_not_easing",
    "pain_waking_at_night",
    "pregnancy_bleeding",
    "something_unusual",
]
BREATHING = {"shortness_of_breath", "pain_on_breathing", "chest_pain", "new_dry_cough", "blue_lips"}
SPINE = {
    "saddle_numbness",
    "cannot_pass_urine",
    "bladder_or_bowel_control_lost",
    "both_legs_weak",
    "severe_spine_pain_with_weakness",
    "worst_headache",
    "stiff_neck",
    "growing_weakness",
}


def test_the_catalogue_holds_the_codes_of_the_care_flow_in_their_order() -> None:
    assert list(CATALOGUE) == EMERGENCY + SAME_DAY


@pytest.mark.parametrize("code", EMERGENCY)
def test_emergency_codes_are_emergencies(code: str) -> None:
    assert [(flag.code, flag.flag_class) for flag in classify([code])] == [(code, "emergency")]


@pytest.mark.parametrize("code", SAME_DAY)
def test_same_day_codes_are_same_day(code: str) -> None:
    assert [(flag.code, flag.flag_class) for flag in classify([code])] == [(code, "same_day")]


def test_a_group_never_mixes_classes() -> None:
    for group in FlagGroup:
        assert len({flag.flag_class for flag in CATALOGUE.values() if flag.group is group}) == 1


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], []),
        (["fever", "collapse"], ["fever", "collapse"]),
        (["fever", "collapse", "fever"], ["fever", "collapse"]),
        (["from_a_newer_app"], ["something_unusual"]),
        (["from_a_newer_app", "another_one", "something_unusual"], ["something_unusual"]),
        (["", "vomiting"], ["something_unusual", "vomiting"]),
    ],
)
def test_reported_codes_keep_their_order_and_none_is_lost(codes: list[str], expected: list[str]) -> None:
    assert [flag.code for flag in classify(codes)] == expected


@pytest.mark.parametrize(
    ("codes", "unknown"),
    [([], False), (["something_unusual"], False), (["fever", "from_a_newer_app"], True), (["Fever"], True)],
)
def test_unknown_codes_are_noticed(codes: list[str], unknown: bool) -> None:
    assert has_unknown(codes) is unknown


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], None),
        (["fever"], FlagClass.SAME_DAY),
        (["fever", "blue_lips"], FlagClass.EMERGENCY),
        (["blue_lips", "fever"], FlagClass.EMERGENCY),
        (["from_a_newer_app"], FlagClass.SAME_DAY),
    ],
)
def test_the_worst_class_counts(codes: list[str], expected: FlagClass | None) -> None:
    assert worst(classify(codes)) is expected


@pytest.mark.parametrize("region", [*BODY_REGIONS, "somewhere_new"])
def test_the_screen_never_hides_a_flag(region: str) -> None:
    codes = [item.flag.code for item in screen([region])]
    assert sorted(codes) == sorted(EMERGENCY + SAME_DAY)


@pytest.mark.parametrize(
    ("regions", "first"),
    [
        (["shoulder"], BREATHING),
        (["ribs"], BREATHING),
        (["lower_back"], SPINE),
        (["neck"], BREATHING | SPINE),
        (["calf", "upper_back"], BREATHING | SPINE),
        (["ribs", "lower_back"], BREATHING | SPINE),
    ],
)
def test_the_screen_starts_with_the_flags_of_the_needled_regions(regions: list[str], first: set[str]) -> None:
    assert {item.flag.code for item in screen(regions)[: len(first)]} == first


@pytest.mark.parametrize("regions", [[], ["calf"], ["somewhere_new"]])
def test_the_screen_without_a_matching_region_is_the_catalogue(regions: list[str]) -> None:
    assert screen(regions) == tuple(ScreenItem(flag, asked_first=False) for flag in CATALOGUE.values())


@pytest.mark.parametrize("region", sorted(SPINE_REGIONS))
def test_after_any_spine_the_questions_about_nerves_come_first(region: str) -> None:
    asked = {item.flag.code for item in screen([region]) if item.asked_first}
    assert asked >= {*SPINE, "new_numbness_or_tingling", "new_weakness", "foot_drop"}


@pytest.mark.parametrize(
    ("day", "asked"),
    [(None, False), (0, False), (2, False), (3, True), (5, True), (7, True), (8, False)],
)
def test_signs_of_infection_come_first_from_day_3_to_day_7(day: int | None, asked: bool) -> None:
    infection = {
        "spreading_redness", "pus_or_heat_at_needle_site", "fever", "fever_with_severe_back_pain",
        "confusion_with_fever",
    }  # fmt: skip
    first = {item.flag.code for item in screen(["calf"], day) if item.asked_first}
    assert first == (infection if asked else set())
    assert len(screen(["calf"], day)) == len(CATALOGUE)


def test_needling_the_neck_asks_about_breathing_before_nerves() -> None:
    assert [item.flag.code for item in screen(["neck"])[:6]] == EMERGENCY[:6]


def test_chest_and_spine_are_regions_of_the_body() -> None:
    assert {"neck", "shoulder", "upper_back", "ribs"} == CHEST_REGIONS
    assert set(BODY_REGIONS) > CHEST_REGIONS | SPINE_REGIONS
    assert len(set(BODY_REGIONS)) == 15
