from datetime import UTC, datetime

import pytest

from tracker.alerts.rules.families import DECLARED, FAMILIES
from tracker.alerts.rules.red_flags import TickedFlag, assess_red_flags, family_of_item
from tracker.alerts.vocabulary import Rule, Severity


@pytest.mark.parametrize(
    ("rule", "severity", "family"),
    [
        (Rule.CONTACT_REQUEST, Severity.ATTENTION, "contact"),
        (Rule.SEVERE, Severity.ATTENTION, "soreness"),
        (Rule.PERSISTS, Severity.ATTENTION, "soreness"),
        (Rule.WORSENS, Severity.ATTENTION, "soreness"),
        (Rule.STIFFNESS, Severity.ROUTINE, "stiffness"),
        (Rule.MISSED_CHECKS, Severity.ROUTINE, "missed"),
        (Rule.COURSE_NOT_HELPING, Severity.ROUTINE, "course"),
        (Rule.GETTING_SORER, Severity.ROUTINE, "course"),
    ],
)
def test_each_rule_has_its_severity_and_family(rule: Rule, severity: Severity, family: str) -> None:
    assert (DECLARED[rule].severity, DECLARED[rule].family) == (severity, family)


def test_every_rule_is_declared_once_by_the_family_it_names() -> None:
    declared = [(each.rule, each.family) for family in FAMILIES for each in family.rules]
    assert sorted(rule for rule, _ in declared) == sorted(Rule)
    assert [family for _, family in declared] == [family.key for family in FAMILIES for _ in family.rules]
    assert len({family.key for family in FAMILIES}) == len(FAMILIES)


@pytest.mark.parametrize(
    ("rule", "severity"),
    [(Rule.RED_FLAG_EMERGENCY, Severity.EMERGENCY), (Rule.RED_FLAG_SAME_DAY, Severity.URGENT)],
)
def test_each_red_flag_item_is_a_family(rule: Rule, severity: Severity) -> None:
    at = datetime(2026, 11, 2, 10, tzinfo=UTC)
    (found,) = assess_red_flags([TickedFlag("fever", "Fever", severity is Severity.EMERGENCY)], at)
    assert (found.rule, found.severity, found.family) == (rule, severity, "red_flag:fever")
    assert found.family == family_of_item("fever")
    with pytest.raises(ValueError, match="catalogue code"):
        assess_red_flags([TickedFlag("", "Fever", severity is Severity.EMERGENCY)], at)


def test_severities_are_ordered_by_how_long_they_can_wait() -> None:
    ordered = [Severity.EMERGENCY, Severity.URGENT, Severity.ATTENTION, Severity.ROUTINE]
    assert sorted(Severity, key=lambda severity: severity.rank) == ordered
