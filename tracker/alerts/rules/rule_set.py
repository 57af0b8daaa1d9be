"""What one published version of a clinic's protocol says about alerts, as values and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict

from tracker.alerts.rules.families import DECLARED, thresholds_of
from tracker.alerts.rules.thresholds import Preset, Setting, Thresholds
from tracker.alerts.vocabulary import RULE_SET_VERSION, Rule
from tracker.protocols.structured import FaultReader, InvalidData

TEXT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The preset, the numbers, which optional rules are off, and the label of the version they stand in."""

    preset: Preset = Preset.SENSITIVE
    thresholds: Thresholds = field(default_factory=thresholds_of)
    switched_off: frozenset[Rule] = frozenset()
    version: str = RULE_SET_VERSION

    def is_on(self, rule: Rule) -> bool:
        """Say whether a rule may raise an alert."""
        return rule not in self.switched_off


DEFAULT = RuleSet()


class InvalidRuleSet(InvalidData):
    """A rule set that cannot be used."""


class WrittenSetting(TypedDict):
    """One number in the JSON form."""

    name: str
    value: int
    unit: str
    source: str
    author: str


class WrittenRule(TypedDict):
    """One rule in the JSON form, with the numbers that are set under it."""

    key: str
    enabled: bool
    parameters: list[WrittenSetting]


class WrittenRuleSet(TypedDict):
    """The full JSON form: every rule and every number."""

    preset: str
    alert_rules: list[WrittenRule]


def rule_set_from(data: object, version: str = RULE_SET_VERSION) -> RuleSet:
    """Read the JSON form; what it does not name keeps its preset's value. Raises InvalidRuleSet with every fault."""
    reader = _Reader()
    rule_set = reader.read(data)
    if reader.faults:
        raise InvalidRuleSet(reader.faults)
    return replace(rule_set, version=version)


def rule_set_to(rule_set: RuleSet) -> WrittenRuleSet:
    """Return the full JSON form: every rule and every number with its unit, source and author."""
    return {
        "preset": rule_set.preset.value,
        "alert_rules": [
            {
                "key": rule.value,
                "enabled": rule_set.is_on(rule),
                "parameters": [
                    _written(rule_set.thresholds.named(each.name)) for each in DECLARED[rule].settings
                ],
            }
            for rule in Rule
        ],
    }


def _written(setting: Setting) -> WrittenSetting:
    return {
        "name": setting.name,
        "value": setting.value,
        "unit": setting.unit,
        "source": setting.source,
        "author": setting.author,
    }


# A file is read here as nobody has seen it, so this does not lean on the schema that bodies were held against.
class _Reader(FaultReader):
    def read(self, data: object) -> RuleSet:
        known = self.members(data, "#", {"preset", "alert_rules"})
        preset = self._preset(known)
        switched_off, given, places = set(), list[Setting](), dict[str, str]()
        for rule, item, pointer in self._rules(known):
            if not self._enabled(rule, item, pointer):
                switched_off.add(rule)
            for setting, place in self._settings(rule, item, pointer):
                if setting.name in places:
                    self.refuse(f"{place}/value", "repeated", f"{setting.name} is set twice; set it once.")
                places[setting.name] = place
                given.append(setting)
        thresholds = thresholds_of(preset).changed(*given)
        self._check_order(thresholds, places)
        return RuleSet(preset, thresholds, frozenset(switched_off))

    def _preset(self, known: Mapping[str, object]) -> Preset:
        given = known.get("preset", Preset.SENSITIVE)
        for preset in Preset:
            if given == preset.value:
                return preset
        self.refuse("#/preset", "unknown_value", f"Choose one of {', '.join(Preset)}.")
        return Preset.SENSITIVE

    def _rules(self, known: Mapping[str, object]) -> list[tuple[Rule, Mapping[str, object], str]]:
        found: dict[Rule, tuple[Mapping[str, object], str]] = {}
        for number, given in enumerate(self.list_of(known.get("alert_rules", []), "#/alert_rules")):
            pointer = f"#/alert_rules/{number}"
            item = self.members(given, pointer, {"key", "enabled", "parameters"})
            rule = next((rule for rule in Rule if rule.value == item.get("key")), None)
            if rule is None:
                self.refuse(f"{pointer}/key", "unknown_value", f"Choose one of {', '.join(Rule)}.")
            elif rule in found:
                self.refuse(f"{pointer}/key", "repeated", f"{rule} stands here twice; keep one.")
            else:
                found[rule] = (item, pointer)
        return [(rule, item, pointer) for rule, (item, pointer) in found.items()]

    def _enabled(self, rule: Rule, item: Mapping[str, object], pointer: str) -> bool:
        enabled = item.get("enabled", True)
        if not isinstance(enabled, bool):
            self.refuse(f"{pointer}/enabled", "invalid", "Say true or false.")
        elif not enabled and not DECLARED[rule].optional:
            self.refuse(f"{pointer}/enabled", "always_on", f"{rule} may not be switched off.")
        return enabled is not False

    def _settings(self, rule: Rule, item: Mapping[str, object], pointer: str) -> list[tuple[Setting, str]]:
        given = self.list_of(item.get("parameters", []), f"{pointer}/parameters")
        places = ((f"{pointer}/parameters/{number}", value) for number, value in enumerate(given))
        read = ((self._setting(rule, value, place), place) for place, value in places)
        return [(setting, place) for setting, place in read if setting is not None]

    def _setting(self, rule: Rule, given: object, pointer: str) -> Setting | None:
        item = self.members(given, pointer, {"name", "value", "unit", "source", "author"})
        named = {each.name: each for each in DECLARED[rule].settings}
        declared = next((each for name, each in named.items() if name == item.get("name")), None)
        if declared is None:
            known = ", ".join(named) or "none"
            self.refuse(f"{pointer}/name", "unknown_value", f"{rule} has these parameters: {known}.")
            return None
        value = self._value(declared, item, pointer)
        unit = item.get("unit", declared.unit)
        if unit != declared.unit:
            self.refuse(f"{pointer}/unit", "unknown_value", f"{declared.name} is counted in {declared.unit}.")
        source, author = (
            self.text(item, name, pointer, f"Say the {name} of this number", TEXT_LENGTH)
            for name in ("source", "author")
        )
        if value is None or unit != declared.unit or not source or not author:
            return None
        return replace(declared, value=value, source=source, author=author)

    def _value(self, declared: Setting, item: Mapping[str, object], pointer: str) -> int | None:
        value, bounds = item.get("value"), declared.bounds
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(f"{pointer}/value", "invalid", "Give a whole number.")
        elif not bounds.holds(value):
            detail = f"Must be between {bounds.lowest} and {bounds.highest} {declared.unit}: {bounds.reason}."
            self.refuse(f"{pointer}/value", "out_of_range", detail)
        else:
            return value
        return None

    def _check_order(self, thresholds: Thresholds, places: Mapping[str, str]) -> None:
        for setting in thresholds:
            larger = setting.not_above
            if larger is not None and setting.value > thresholds.named(larger).value:
                place = places.get(setting.name) or places.get(larger, "#")
                detail = f"{setting.name} may not be larger than {larger}."
                self.refuse(f"{place}/value", "out_of_order", detail)
