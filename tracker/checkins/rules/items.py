"""The one table of what a check-in may hold, with the bounds that the schemas read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tracker.checkins.vocabulary import Alcohol
from tracker.safety.catalogue import CATALOGUE


class ItemKind(StrEnum):
    """How an item is answered."""

    SCALE = "scale"
    AMOUNT = "amount"
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
    """One item of a check-in: bounds are inclusive, for a text they are its length in characters."""

    key: str
    kind: ItemKind
    csv_name: str
    minimum: int | None = None
    maximum: int | None = None
    codes: tuple[str, ...] = ()

    @property
    def text_key(self) -> str:
        """Return the key of the question in the pack's `check_in` texts."""
        return self.key

    def answer_key(self, answer: str) -> str:
        """Return the key of an answer's wording: a code, or `lowest` and `highest` of a scale."""
        return f"{self.key}.{answer}"


def _scale(key: str) -> CheckInItem:
    return CheckInItem(key, ItemKind.SCALE, key, SCALE_MINIMUM, SCALE_MAXIMUM)


# Every item of care-flow.md 2, in the order in which it is asked.
ITEMS: Mapping[str, CheckInItem] = MappingProxyType(
    {
        item.key: item
        for item in (
            CheckInItem("red_flags", ItemKind.CODES, "red_flags", codes=tuple(CATALOGUE)),
            _scale("soreness"),
            _scale("stiffness"),
            _scale("usual_pain"),
            CheckInItem("side_effects", ItemKind.CODES, "side_effects", codes=tuple(SideEffectCode)),
            CheckInItem("alcohol", ItemKind.CHOICE, "alcohol", codes=tuple(Alcohol)),
            CheckInItem("standard_drinks", ItemKind.AMOUNT, "standard_drinks", 0, STANDARD_DRINKS_MAXIMUM),
            CheckInItem("hydration_ml", ItemKind.AMOUNT, "hydration_ml", 0, HYDRATION_MAXIMUM_ML),
            CheckInItem("activities", ItemKind.CODES, "activities", codes=tuple(Activity)),
            CheckInItem("note", ItemKind.TEXT, "note", 0, NOTE_MAXIMUM_LENGTH),
        )
    }
)
