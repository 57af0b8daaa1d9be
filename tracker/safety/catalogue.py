"""The warning signs after needling: one list for screen, report, check-in and replay."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tracker.protocols.catalog import CHEST_REGIONS as CHEST_REGIONS


class FlagClass(StrEnum):
    """How fast help is needed for a red flag (care-flow.md 3)."""

    EMERGENCY = "emergency"
    SAME_DAY = "same_day"


class FlagGroup(StrEnum):
    """Red flags that are answered with the same advice (rows of clinical.md 4)."""

    BREATHING = "breathing"
    SPINAL_NERVES = "spinal_nerves"
    HEAD_AND_SPINE = "head_and_spine"
    COLLAPSE = "collapse"
    ALLERGY = "allergy"
    SEVERE_INFECTION = "severe_infection"
    INFECTION = "infection"
    NERVES = "nerves"
    BLEEDING = "bleeding"
    UNWELL = "unwell"
    NEEDLE = "needle"
    PAIN = "pain"
    PREGNANCY = "pregnancy"
    UNUSUAL = "unusual"


@dataclass(frozen=True, slots=True)
class RedFlag:
    """One tickable warning sign; `regions` are the needled regions after which it is asked first."""

    code: str
    flag_class: FlagClass
    regions: frozenset[str]
    group: FlagGroup


BODY_REGIONS = (
    "neck",
    "shoulder",
    "upper_back",
    "ribs",
    "lower_back",
    "buttock",
    "hip",
    "thigh",
    "knee",
    "calf",
    "foot",
    "arm",
    "forearm",
    "hand",
    "jaw",
)
# Regions over the spinal canal.
SPINE_REGIONS = frozenset({"neck", "upper_back", "lower_back"})

# Infections show from the first day to the seventh (clinical basis, section 4); asked again when they are likely.
INFECTION_DAYS = range(3, 8)
INFECTION_GROUPS = frozenset({FlagGroup.INFECTION, FlagGroup.SEVERE_INFECTION})

UNKNOWN_BECOMES = "something_unusual"

_CODES: tuple[tuple[FlagClass, FlagGroup, frozenset[str], tuple[str, ...]], ...] = (
    (
        FlagClass.EMERGENCY,
        FlagGroup.BREATHING,
        CHEST_REGIONS,
        ("shortness_of_breath", "pain_on_breathing", "chest_pain", "new_dry_cough", "blue_lips"),
    ),
    (
        FlagClass.EMERGENCY,
        FlagGroup.SPINAL_NERVES,
        SPINE_REGIONS,
        ("saddle_numbness", "cannot_pass_urine", "bladder_or_bowel_control_lost", "both_legs_weak"),
    ),
    (
        FlagClass.EMERGENCY,
        FlagGroup.HEAD_AND_SPINE,
        SPINE_REGIONS,
        ("severe_spine_pain_with_weakness", "worst_headache", "stiff_neck"),
    ),
    (FlagClass.EMERGENCY, FlagGroup.COLLAPSE, frozenset(), ("collapse", "face_arm_speech")),
    (FlagClass.EMERGENCY, FlagGroup.ALLERGY, frozenset(), ("face_or_throat_swelling",)),
    (
        FlagClass.EMERGENCY,
        FlagGroup.SEVERE_INFECTION,
        frozenset(),
        ("fever_with_severe_back_pain", "confusion_with_fever"),
    ),
    (FlagClass.EMERGENCY, FlagGroup.SPINAL_NERVES, SPINE_REGIONS, ("growing_weakness",)),
    (
        FlagClass.SAME_DAY,
        FlagGroup.INFECTION,
        frozenset(),
        ("spreading_redness", "pus_or_heat_at_needle_site", "fever"),
    ),
    (
        FlagClass.SAME_DAY,
        FlagGroup.NERVES,
        SPINE_REGIONS,
        ("new_numbness_or_tingling", "new_weakness", "foot_drop"),
    ),
    (
        FlagClass.SAME_DAY,
        FlagGroup.BLEEDING,
        frozenset(),
        ("large_or_growing_bruise", "bleeding_restarted"),
    ),
    (FlagClass.SAME_DAY, FlagGroup.UNWELL, frozenset(), ("fainted_now_well", "vomiting")),
    (FlagClass.SAME_DAY, FlagGroup.NEEDLE, frozenset(), ("needle_left_in",)),
    (
        FlagClass.SAME_DAY,
        FlagGroup.PAIN,
        frozenset(),
        ("severe_pain_not_easing", "pain_waking_at_night"),
    ),
    (FlagClass.SAME_DAY, FlagGroup.PREGNANCY, frozenset(), ("pregnancy_bleeding",)),
    (FlagClass.SAME_DAY, FlagGroup.UNUSUAL, frozenset(), (UNKNOWN_BECOMES,)),
)

# Every red flag by its code, in the order of care-flow.md 3, emergencies first.
CATALOGUE: Mapping[str, RedFlag] = MappingProxyType(
    {
        code: RedFlag(code, flag_class, regions, group)
        for flag_class, group, regions, codes in _CODES
        for code in codes
    }
)


def has_unknown(codes: Iterable[str]) -> bool:
    """Tell whether a code is not in the catalogue; such a report is answered like an emergency."""
    return any(code not in CATALOGUE for code in codes)


def classify(codes: Iterable[str]) -> tuple[RedFlag, ...]:
    """Return the red flags of the codes in their order, each once; unknown ones become something_unusual."""
    known = dict.fromkeys(code if code in CATALOGUE else UNKNOWN_BECOMES for code in codes)
    return tuple(CATALOGUE[code] for code in known)


def worst(flags: Iterable[RedFlag]) -> FlagClass | None:
    """Return the class that needs the fastest help, or None when there is no flag."""
    found = {flag.flag_class for flag in flags}
    return next((flag_class for flag_class in FlagClass if flag_class in found), None)


@dataclass(frozen=True, slots=True)
class ScreenItem:
    """One sign of the screen; what is asked first belongs to what was needled, or to this day after it."""

    flag: RedFlag
    asked_first: bool


def screen(regions: Iterable[str], day: int | None = None) -> tuple[ScreenItem, ...]:
    """Return every red flag, those of the needled regions first and, on days 3 to 7, those of an infection.

    `day` counts the patient's local days since the session's; None: there is no session.
    """
    needled = frozenset(regions)
    groups = INFECTION_GROUPS if day in INFECTION_DAYS else frozenset()
    items = [
        ScreenItem(flag, bool(flag.regions & needled) or flag.group in groups) for flag in CATALOGUE.values()
    ]
    return tuple(sorted(items, key=lambda item: not item.asked_first))
