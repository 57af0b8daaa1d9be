"""The families of alert rules, each declared in its own file; what lists rules or numbers walks over them."""

from collections.abc import Mapping
from types import MappingProxyType

from tracker.alerts.rules.contact_requests import CONTACT
from tracker.alerts.rules.course_review import COURSE
from tracker.alerts.rules.lifecycle import Family, ScoreFamily
from tracker.alerts.rules.missed import MISSED
from tracker.alerts.rules.red_flags import RED_FLAGS
from tracker.alerts.rules.soreness import SORENESS, settings_of
from tracker.alerts.rules.stiffness import STIFFNESS
from tracker.alerts.rules.thresholds import DeclaredRule, Preset, Thresholds
from tracker.alerts.vocabulary import Rule

FAMILIES: tuple[Family, ...] = (RED_FLAGS, CONTACT, SORENESS, STIFFNESS, MISSED, COURSE)
SCORE_FAMILIES = tuple(family for family in FAMILIES if isinstance(family, ScoreFamily))

DECLARED: Mapping[Rule, DeclaredRule] = MappingProxyType(
    {declared.rule: declared for family in FAMILIES for declared in family.rules}
)
OPTIONAL_RULES = frozenset(declared.rule for declared in DECLARED.values() if declared.optional)

_DEFAULTS = Thresholds(tuple(setting for declared in DECLARED.values() for setting in declared.settings))


def thresholds_of(preset: Preset = Preset.SENSITIVE) -> Thresholds:
    """Return every number as it ships with a preset."""
    return _DEFAULTS.changed(*settings_of(preset))
