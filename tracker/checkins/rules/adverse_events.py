"""Unwanted effects of needling: what counts as one, when it began and how long it was told of, and its rate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt
from types import MappingProxyType

from tracker.checkins.rules.bodies import SideEffect
from tracker.checkins.rules.items import SideEffectCode, SideEffectSeverity
from tracker.safety.catalogue import CATALOGUE, FlagGroup

# Two-sided 95 % of a normal distribution.
Z_95 = 1.959964
PER = 1000


class EventKind(StrEnum):
    """What happened, in the words of the register."""

    BLEEDING = "bleeding"
    BRUISING = "bruising"
    FATIGUE = "fatigue"
    FAINT = "faint"
    HEADACHE = "headache"
    NAUSEA = "nausea"
    DROWSINESS = "drowsiness"
    LUNG_SIGNS = "lung_signs"
    NERVE_SIGNS = "nerve_signs"
    INFECTION_SIGNS = "infection_signs"
    LASTING_PAIN = "lasting_pain"
    NEEDLE_LEFT_IN = "needle_left_in"
    OTHER_WARNING_SIGN = "other_warning_sign"
    UNUSUAL = "unusual"


@dataclass(frozen=True, slots=True)
class Onset:
    """One effect after one session: hours since its end when it was first and last told of, at its worst."""

    code: str
    severity: str
    onset_hours: float
    last_hours: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Sessions with an event among all, per 1,000, and the 95 % interval of that by Wilson's method."""

    per_1000: float
    low: float
    high: float


_EFFECTS = {SideEffectCode.DIZZINESS: EventKind.FAINT, SideEffectCode.OTHER: EventKind.UNUSUAL}
_GROUPS = {
    FlagGroup.BREATHING: EventKind.LUNG_SIGNS,
    FlagGroup.SPINAL_NERVES: EventKind.NERVE_SIGNS,
    FlagGroup.NERVES: EventKind.NERVE_SIGNS,
    FlagGroup.INFECTION: EventKind.INFECTION_SIGNS,
    FlagGroup.SEVERE_INFECTION: EventKind.INFECTION_SIGNS,
    FlagGroup.PAIN: EventKind.LASTING_PAIN,
    FlagGroup.NEEDLE: EventKind.NEEDLE_LEFT_IN,
    FlagGroup.UNUSUAL: EventKind.UNUSUAL,
}
_FLAGS = {
    "large_or_growing_bruise": EventKind.BRUISING,
    "bleeding_restarted": EventKind.BLEEDING,
    "fainted_now_well": EventKind.FAINT,
    "collapse": EventKind.FAINT,
    "worst_headache": EventKind.HEADACHE,
    "vomiting": EventKind.NAUSEA,
}
# What each side effect and each red flag is counted as.
KIND_OF_EFFECT: Mapping[str, EventKind] = MappingProxyType(
    {code.value: _EFFECTS.get(code) or EventKind(code.value) for code in SideEffectCode}
)
KIND_OF_FLAG: Mapping[str, EventKind] = MappingProxyType(
    {
        code: _FLAGS.get(code) or _GROUPS.get(flag.group, EventKind.OTHER_WARNING_SIGN)
        for code, flag in CATALOGUE.items()
    }
)


def find_onsets(ended_at: datetime, told: Iterable[tuple[datetime, Sequence[SideEffect]]]) -> list[Onset]:
    """Return each side effect that was told of after a session, the first one first."""
    found: dict[str, Onset] = {}
    for at, effects in sorted(told, key=lambda one: one[0]):
        hours = hours_since(ended_at, at)
        for effect in effects:
            code, severity = effect["code"], effect["severity"]
            known = found.get(code)
            first = known.onset_hours if known else hours
            worst = max(severity, known.severity, key=_SEVERITIES.index) if known else severity
            found[code] = Onset(code, worst, first, hours)
    return list(found.values())


_SEVERITIES = [severity.value for severity in SideEffectSeverity]


def kinds_told(side_effects: Sequence[SideEffect], red_flags: Sequence[str]) -> set[EventKind]:
    """Return what one report tells of, each kind once."""
    effects = {KIND_OF_EFFECT[effect["code"]] for effect in side_effects}
    return effects | {KIND_OF_FLAG[code] for code in red_flags if code in KIND_OF_FLAG}


def rate_of(events: int, sessions: int) -> Rate:
    """Return the rate per 1,000 sessions with its 95 % interval; there must be a session."""
    share, z2 = events / sessions, Z_95**2
    middle = (share + z2 / (2 * sessions)) / (1 + z2 / sessions)
    spread = sqrt(share * (1 - share) / sessions + z2 / (4 * sessions**2)) * Z_95 / (1 + z2 / sessions)
    low, high = max(0.0, middle - spread), min(1.0, middle + spread)
    return Rate(*(round(PER * value, 1) for value in (share, low if events else 0.0, high)))


def hours_since(ended_at: datetime, at: datetime) -> float:
    """Return elapsed hours to one decimal."""
    return round((at - ended_at) / timedelta(hours=1), 1)
