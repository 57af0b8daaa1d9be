"""The one table of what a check-in may hold, with the bounds that the schemas read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tracker.checkins.vocabulary import Alcohol
from tracker.safety.catalogue import CATALOGUE


class ItemKind(StrEnum):
    """How an item is answered."""

    SCALE = "scale"
    WHOLE = "whole"
    NUMBER = "number"
    CHOICE = "choice"
    CODES = "codes"
    TEXT = "text"


class SideEffectCode(StrEnum):
    """Harmless things that patients notice; whatever may be a warning sign is a red flag instead."""

    BRUISING = "bruising"
    BLEEDING = "bleeding"
    FATIGUE = "fatigue"
    DIZZINESS = "dizziness"
    HEADACHE = "headache"
    NAUSEA = "nausea"
    DROWSINESS = "drowsiness"
    OTHER = "other"


class SideEffectSeverity(StrEnum):
    """How much a side effect troubles the patient."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class Activity(StrEnum):
    """What the patient did since the session."""

    STRETCHING = "stretching"
    INTENSE_ACTIVITY = "intense_activity"


SCALE_MINIMUM = 0
SCALE_MAXIMUM = 10
HYDRATION_MAXIMUM_ML = 10_000
STANDARD_DRINKS_MAXIMUM = 100
NOTE_MAXIMUM_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class CheckInItem:
    """One item of a check-in: bounds are inclusive, of a text its length, of codes how many.

    The key is its column, its member on the wire and its question in the texts of a pack; `about` is what the
    contract says of it.
    """

    key: str
    kind: ItemKind
    minimum: int
    maximum: int
    codes: tuple[str, ...] = ()
    about: str = ""


def _scale(key: str, about: str = "") -> CheckInItem:
    return CheckInItem(key, ItemKind.SCALE, SCALE_MINIMUM, SCALE_MAXIMUM, about=about)


def _codes(key: str, most: int, codes: Iterable[str], about: str = "") -> CheckInItem:
    return CheckInItem(key, ItemKind.CODES, 0, most, tuple(codes), about)


# Every item of care-flow.md 2, in the order of the contract.
ITEMS: Mapping[str, CheckInItem] = MappingProxyType(
    {
        item.key: item
        for item in (
            _scale("soreness", "How sore is the area that was needled, right now? Not the usual back pain."),
            _scale("stiffness"),
            _scale("usual_pain"),
            CheckInItem(
                "hydration_ml",
                ItemKind.WHOLE,
                0,
                HYDRATION_MAXIMUM_ML,
                about="This entry alone; the day is summed.",
            ),
            CheckInItem(
                "alcohol", ItemKind.CHOICE, 1, 1, tuple(Alcohol), about="Any alcohol since the session?"
            ),
            CheckInItem("standard_drinks", ItemKind.NUMBER, 0, STANDARD_DRINKS_MAXIMUM),
            _codes("side_effects", 20, SideEffectCode),
            _codes(
                "red_flags",
                50,
                CATALOGUE,
                'Codes of the red-flag screen; an empty list is the answer "none of these".',
            ),
            _codes("activities", 10, Activity),
            CheckInItem(
                "note",
                ItemKind.TEXT,
                0,
                NOTE_MAXIMUM_LENGTH,
                about="Read in clinic hours: it puts a routine item on the therapist's list.",
            ),
        )
    }
)

# What the columns of a check-in hold that says nothing.
NOTHING_SAID: Mapping[str, object] = MappingProxyType({**dict.fromkeys(ITEMS), "side_effects": []})
