import pytest

from tracker.alerts.vocabulary import Rule, Severity, family_of, severity_of


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
    assert (severity_of(rule), family_of(rule)) == (severity, family)


@pytest.mark.parametrize(
    ("rule", "severity"),
    [(Rule.RED_FLAG_EMERGENCY, Severity.EMERGENCY), (Rule.RED_FLAG_SAME_DAY, Severity.URGENT)],
)
def test_each_red_flag_item_is_a_family(rule: Rule, severity: Severity) -> None:
    assert severity_of(rule) is severity
    assert family_of(rule, "fever") == "red_flag:fever"
    with pytest.raises(ValueError, match="catalogue code"):
        family_of(rule)


def test_severities_are_ordered_by_how_long_they_can_wait() -> None:
    ordered = [Severity.EMERGENCY, Severity.URGENT, Severity.ATTENTION, Severity.ROUTINE]
    assert sorted(Severity, key=lambda severity: severity.rank) == ordered
