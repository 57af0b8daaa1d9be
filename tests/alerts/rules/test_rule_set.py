"""A clinic's rule set: written in full, read with every fault at once, never deaf."""

from typing import Any

import pytest

from tracker.alerts.rules.families import DECLARED, OPTIONAL_RULES, thresholds_of
from tracker.alerts.rules.rule_set import (
    DEFAULT,
    InvalidRuleSet,
    RuleSet,
    rule_set_from,
    rule_set_to,
)
from tracker.alerts.rules.soreness import PERSISTS_AT_ONCE
from tracker.alerts.rules.thresholds import Preset, Setting
from tracker.alerts.vocabulary import Rule

SETTINGS = [
    pytest.param(rule, setting, id=setting.name)
    for rule, declared in DECLARED.items()
    for setting in declared.settings
]


def parameter(name: str, value: object, **changes: object) -> dict[str, object]:
    return {"name": name, "value": value, "source": "our own audit", "author": "Dr Okafor"} | changes


def with_rule(rule: str, **members: object) -> dict[str, Any]:
    return {"alert_rules": [{"key": rule, **members}]}


def faults(data: object) -> dict[str, str]:
    with pytest.raises(InvalidRuleSet) as caught:
        rule_set_from(data)
    return {fault.pointer: fault.code for fault in caught.value.faults}


def test_nothing_said_is_the_sensitive_preset_with_every_rule() -> None:
    assert rule_set_from({}) == DEFAULT == RuleSet()
    assert DEFAULT.preset is Preset.SENSITIVE
    assert all(DEFAULT.is_on(rule) for rule in Rule)


@pytest.mark.parametrize("preset", Preset)
def test_a_preset_brings_its_two_numbers(preset: Preset) -> None:
    assert rule_set_from({"preset": preset.value}).thresholds == thresholds_of(preset)


def test_what_is_named_replaces_the_preset_and_nothing_else() -> None:
    data = {"preset": "quiet"} | with_rule("persists", parameters=[parameter("persists_at_once", 4)])
    read = rule_set_from(data, version="Our aftercare 3")
    expected = thresholds_of(Preset.QUIET).values() | {"persists_at_once": 4}
    assert read.thresholds.values() == expected
    set_by_clinic = read.thresholds.named("persists_at_once")
    assert (set_by_clinic.source, set_by_clinic.author) == ("our own audit", "Dr Okafor")
    assert set_by_clinic.unit == PERSISTS_AT_ONCE.unit
    assert read.version == "Our aftercare 3"


@pytest.mark.parametrize("preset", Preset)
def test_what_is_written_in_full_reads_back_the_same(preset: Preset) -> None:
    switched_off = with_rule("stiffness", enabled=False, parameters=[parameter("stiffness_score", 8)])
    rule_set = rule_set_from({"preset": preset.value} | switched_off)
    written = rule_set_to(rule_set)
    assert rule_set_from(written) == rule_set
    assert [rule["key"] for rule in written["alert_rules"]] == [rule.value for rule in Rule]
    assert sum(len(rule["parameters"]) for rule in written["alert_rules"]) == len(SETTINGS)


@pytest.mark.parametrize("rule", Rule)
def test_only_optional_rules_may_be_switched_off(rule: Rule) -> None:
    data = with_rule(rule.value, enabled=False)
    if rule in OPTIONAL_RULES:
        assert not rule_set_from(data).is_on(rule)
    else:
        assert faults(data) == {"#/alert_rules/0/enabled": "always_on"}


def test_the_optional_rules_are_those_that_hide_nobody_in_trouble() -> None:
    expected = {Rule.STIFFNESS, Rule.MISSED_CHECKS, Rule.COURSE_NOT_HELPING, Rule.GETTING_SORER}
    assert expected == OPTIONAL_RULES


@pytest.mark.parametrize(("rule", "setting"), SETTINGS)
def test_every_number_has_bounds_that_hold_its_default_and_say_why(rule: Rule, setting: Setting) -> None:
    bounds = setting.bounds
    assert bounds.lowest < bounds.highest
    assert bounds.holds(setting.value)
    assert bounds.reason


def test_every_number_stands_under_one_rule() -> None:
    names = [setting.name for declared in DECLARED.values() for setting in declared.settings]
    assert sorted(names) == sorted(thresholds_of().values())
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("rule", "setting"), SETTINGS)
def test_a_value_is_taken_at_its_bounds_and_refused_beyond(rule: Rule, setting: Setting) -> None:
    name, bounds = setting.name, setting.bounds
    together = {"persists_on_second": "persists_at_once", "persists_at_once": "persists_on_second"}
    for value, safe in (
        (bounds.lowest - 1, False),
        (bounds.lowest, True),
        (bounds.highest, True),
        (bounds.highest + 1, False),
    ):
        given = [parameter(name, value)]
        if safe and name in together:  # the two numbers of one rule keep their order
            other = thresholds_of().named(together[name])
            given.append(parameter(other.name, min(value, other.bounds.highest)))
        data = with_rule(rule.value, parameters=given)
        if safe:
            assert rule_set_from(data).thresholds.named(name).value == value
            assert rule_set_from(data).thresholds[setting] == value
        else:
            assert faults(data) == {"#/alert_rules/0/parameters/0/value": "out_of_range"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, {"#": "invalid"}),
        ([], {"#": "invalid"}),
        ({"presets": "quiet"}, {"#/presets": "unknown_field"}),
        ({"preset": "loud"}, {"#/preset": "unknown_value"}),
        ({"preset": None}, {"#/preset": "unknown_value"}),
        ({"preset": ["quiet"]}, {"#/preset": "unknown_value"}),
        ({"alert_rules": {}}, {"#/alert_rules": "invalid"}),
        (
            {"alert_rules": ["persists"]},
            {"#/alert_rules/0": "invalid", "#/alert_rules/0/key": "unknown_value"},
        ),
        (with_rule("low_fluid"), {"#/alert_rules/0/key": "unknown_value"}),
        (with_rule("severe", enable=True), {"#/alert_rules/0/enable": "unknown_field"}),
        (with_rule("severe", enabled="yes"), {"#/alert_rules/0/enabled": "invalid"}),
        (with_rule("severe", parameters={}), {"#/alert_rules/0/parameters": "invalid"}),
        (
            with_rule("severe", parameters=[parameter("persists_at_once", 4)]),
            {"#/alert_rules/0/parameters/0/name": "unknown_value"},
        ),
        (
            with_rule("red_flag_emergency", parameters=[parameter("always_severe", 10)]),
            {"#/alert_rules/0/parameters/0/name": "unknown_value"},
        ),
        (
            with_rule("severe", parameters=[parameter("severe_from", True)]),
            {"#/alert_rules/0/parameters/0/value": "invalid"},
        ),
        (
            with_rule("severe", parameters=[parameter("severe_from", 12.5)]),
            {"#/alert_rules/0/parameters/0/value": "invalid"},
        ),
        (
            with_rule("severe", parameters=[parameter("severe_from", 12, unit="days")]),
            {"#/alert_rules/0/parameters/0/unit": "unknown_value"},
        ),
        (
            with_rule("severe", parameters=[{"name": "severe_from", "value": 12}]),
            {
                "#/alert_rules/0/parameters/0/source": "required",
                "#/alert_rules/0/parameters/0/author": "required",
            },
        ),
        (
            with_rule("severe", parameters=[parameter("severe_from", 12, source=" ", author="x" * 301)]),
            {
                "#/alert_rules/0/parameters/0/source": "required",
                "#/alert_rules/0/parameters/0/author": "required",
            },
        ),
        (
            with_rule("severe", parameters=[parameter("severe_from", 12), parameter("severe_from", 8)]),
            {"#/alert_rules/0/parameters/1/value": "repeated"},
        ),
        (
            {"alert_rules": [{"key": "severe"}, {"key": "severe"}]},
            {"#/alert_rules/1/key": "repeated"},
        ),
        (
            with_rule("persists", parameters=[parameter("persists_on_second", 4)]),
            {"#/alert_rules/0/parameters/0/value": "out_of_order"},
        ),
        (
            {"preset": "quiet"} | with_rule("persists", parameters=[parameter("persists_at_once", 3)]),
            {"#/alert_rules/0/parameters/0/value": "out_of_order"},
        ),
    ],
)
def test_each_fault_is_told_where_it_stands(data: object, expected: dict[str, str]) -> None:
    assert faults(data) == expected


def test_all_faults_are_told_at_once_and_the_error_can_be_read() -> None:
    data = {
        "preset": "loud",
        "alert_rules": [
            {"key": "severe", "enabled": False, "parameters": [parameter("severe_soreness", 10)]},
            {"key": "nothing"},
        ],
    }
    with pytest.raises(InvalidRuleSet, match="#/preset: Choose one of quiet") as caught:
        rule_set_from(data)
    assert [fault.pointer for fault in caught.value.faults] == [
        "#/preset",
        "#/alert_rules/1/key",
        "#/alert_rules/0/enabled",
        "#/alert_rules/0/parameters/0/value",
    ]
    assert "9 is always severe" in str(caught.value)
