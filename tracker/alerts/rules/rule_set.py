"""What one published version of a clinic's protocol says about alerts, as values and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from tracker.alerts.rules.bounds import BOUNDS
from tracker.alerts.rules.thresholds import Preset, Threshold, Thresholds, thresholds_of
from tracker.alerts.vocabulary import OPTIONAL_RULES, RULE_SET_VERSION, Rule
from tracker.protocols.structured import FaultReader, InvalidData

TEXT_LENGTH = 300

# (the number that may not be larger, the number it is held against)
_ORDERED = (("persists_on_second", "persists_at_once"), ("second_after", "second_within"))


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The preset, the numbers, which optional rules are off, and the label of the version they stand in."""

    preset: Preset = Preset.SENSITIVE
    thresholds: Thresholds = field(default_factory=Thresholds)
    switched_off: frozenset[Rule] = frozenset()
    version: str = RULE_SET_VERSION

    def is_on(self, rule: Rule) -> bool:
        """Say whether a rule may raise an alert."""
        return rule not in self.switched_off


DEFAULT = RuleSet()


class InvalidRuleSet(InvalidData):
    """A rule set that cannot be used."""


def rule_set_from(data: object, version: str = RULE_SET_VERSION) -> RuleSet:
    """Read the JSON form; what it does not name keeps its preset's value. Raises InvalidRuleSet with every fault."""
    reader = _Reader()
    rule_set = reader.read(data)
    if reader.faults:
        raise InvalidRuleSet(reader.faults)
    return replace(rule_set, version=version)


def rule_set_to(rule_set: RuleSet) -> dict[str, Any]:
    """Return the full JSON form: every rule and every number with its unit, source and author."""
    return {
        "preset": rule_set.preset.value,
        "alert_rules": [
            {
                "key": rule.value,
                "enabled": rule_set.is_on(rule),
                "parameters": [_shown(getattr(rule_set.thresholds, name)) for name in parameters_of(rule)],
            }
            for rule in Rule
        ],
    }


def parameters_of(rule: Rule) -> list[str]:
    """Return the names of the numbers that are set under a rule, in the order of the thresholds."""
    return [item.name for item in fields(Thresholds) if BOUNDS[item.name].rule is rule]


def _shown(threshold: Threshold) -> dict[str, Any]:
    names = ("name", "value", "unit", "source", "author")
    return {name: getattr(threshold, name) for name in names}


class _Reader(FaultReader):
    def read(self, data: object) -> RuleSet:
        known = self.members(data, "#", {"preset", "alert_rules"})
        preset = self._preset(known)
        thresholds, switched_off = thresholds_of(preset), set()
        places: dict[str, str] = {}
        for rule, item, pointer in self._rules(known):
            if not self._enabled(rule, item, pointer):
                switched_off.add(rule)
            for threshold, place in self._parameters(rule, item, pointer):
                if threshold.name in places:
                    self.refuse(f"{place}/value", "repeated", f"{threshold.name} is set twice; set it once.")
                places[threshold.name] = place
                thresholds = replace(thresholds, **{threshold.name: threshold})
        self._check_order(thresholds, places)
        return RuleSet(preset, thresholds, frozenset(switched_off))

    def _preset(self, known: Mapping[str, Any]) -> Preset:
        given = known.get("preset", Preset.SENSITIVE)
        if given in [preset.value for preset in Preset]:
            return Preset(given)
        self.refuse("#/preset", "unknown_value", f"Choose one of {', '.join(Preset)}.")
        return Preset.SENSITIVE

    def _rules(self, known: Mapping[str, Any]) -> list[tuple[Rule, Mapping[str, Any], str]]:
        found: list[tuple[Rule, Mapping[str, Any], str]] = []
        for number, given in enumerate(self.list_of(known.get("alert_rules", []), "#/alert_rules")):
            pointer = f"#/alert_rules/{number}"
            item = self.members(given, pointer, {"key", "enabled", "parameters"})
            key = item.get("key")
            if key not in [rule.value for rule in Rule]:
                self.refuse(f"{pointer}/key", "unknown_value", f"Choose one of {', '.join(Rule)}.")
            elif any(rule is Rule(key) for rule, _, _ in found):
                self.refuse(f"{pointer}/key", "repeated", f"{key} stands here twice; keep one.")
            else:
                found.append((Rule(key), item, pointer))
        return found

    def _enabled(self, rule: Rule, item: Mapping[str, Any], pointer: str) -> bool:
        enabled = item.get("enabled", True)
        if not isinstance(enabled, bool):
            self.refuse(f"{pointer}/enabled", "invalid", "Say true or false.")
        elif not enabled and rule not in OPTIONAL_RULES:
            self.refuse(f"{pointer}/enabled", "always_on", f"{rule} may not be switched off.")
        return enabled is not False

    def _parameters(self, rule: Rule, item: Mapping[str, Any], pointer: str) -> list[tuple[Threshold, str]]:
        given = self.list_of(item.get("parameters", []), f"{pointer}/parameters")
        places = ((f"{pointer}/parameters/{number}", value) for number, value in enumerate(given))
        read = ((self._threshold(rule, value, place), place) for place, value in places)
        return [(threshold, place) for threshold, place in read if threshold is not None]

    def _threshold(self, rule: Rule, given: object, pointer: str) -> Threshold | None:
        item = self.members(given, pointer, {"name", "value", "unit", "source", "author"})
        name, faults = item.get("name"), len(self.faults)
        if name not in parameters_of(rule):
            known = ", ".join(parameters_of(rule)) or "none"
            self.refuse(f"{pointer}/name", "unknown_value", f"{rule} has these parameters: {known}.")
            return None
        default: Threshold = getattr(Thresholds(), str(name))
        self._check_value(default, item, pointer)
        if item.get("unit", default.unit) != default.unit:
            self.refuse(f"{pointer}/unit", "unknown_value", f"{name} is counted in {default.unit}.")
        for member in ("source", "author"):
            text = item.get(member)
            if not isinstance(text, str) or not text.strip() or len(text) > TEXT_LENGTH:
                detail = f"Say the {member} of this number, in at most {TEXT_LENGTH} characters."
                self.refuse(f"{pointer}/{member}", "required", detail)
        if len(self.faults) > faults:
            return None
        return replace(default, value=item["value"], source=item["source"], author=item["author"])

    def _check_value(self, default: Threshold, item: Mapping[str, Any], pointer: str) -> None:
        value, bounds = item.get("value"), BOUNDS[default.name]
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(f"{pointer}/value", "invalid", "Give a whole number.")
        elif not bounds.holds(value):
            detail = f"Must be between {bounds.lowest} and {bounds.highest} {default.unit}: {bounds.reason}."
            self.refuse(f"{pointer}/value", "out_of_range", detail)

    def _check_order(self, thresholds: Thresholds, places: Mapping[str, str]) -> None:
        for smaller, larger in _ORDERED:
            if getattr(thresholds, smaller).value > getattr(thresholds, larger).value:
                place = places.get(smaller) or places.get(larger, "#")
                self.refuse(f"{place}/value", "out_of_order", f"{smaller} may not be larger than {larger}.")
