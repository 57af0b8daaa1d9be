from datetime import UTC, datetime, timedelta

import pytest

from tracker.alerts.rules.red_flags import TickedFlag, assess_red_flags
from tracker.alerts.vocabulary import Rule, Severity

ENDED = datetime(2026, 11, 2, 10, tzinfo=UTC)
BREATH = TickedFlag("shortness_of_breath", "Short of breath", is_emergency=True)
FEVER = TickedFlag("fever", "Fever of 38 C or more", is_emergency=False)


@pytest.mark.parametrize(
    ("flag", "hours", "sentence"),
    [
        (
            BREATH,
            3.0,
            "Reported 'Short of breath' 3 h after the session; "
            "the patient was told to call the emergency number.",
        ),
        (
            FEVER,
            700.0,
            "Reported 'Fever of 38 C or more' 700 h after the session; "
            "the patient was told to call the clinic today.",
        ),
        (
            BREATH,
            0.5,
            "Reported 'Short of breath' within an hour after the session; "
            "the patient was told to call the emergency number.",
        ),
        (
            BREATH,
            0.0,
            "Reported 'Short of breath' within an hour after the session; "
            "the patient was told to call the emergency number.",
        ),
        (
            BREATH,
            1.0,
            "Reported 'Short of breath' 1 h after the session; "
            "the patient was told to call the emergency number.",
        ),
        (BREATH, -2.0, "Reported 'Short of breath'; the patient was told to call the emergency number."),
    ],
)
def test_the_reason_names_the_item_the_time_and_the_advice(
    flag: TickedFlag, hours: float, sentence: str
) -> None:
    (finding,) = assess_red_flags([flag], ENDED + timedelta(hours=hours), ENDED)
    assert finding.reason == sentence


def test_a_red_flag_needs_no_session() -> None:
    (finding,) = assess_red_flags([BREATH], ENDED)
    assert finding.reason == "Reported 'Short of breath'; the patient was told to call the emergency number."
    assert finding.inputs["hours_since_session"] is None


@pytest.mark.parametrize(
    ("flag", "rule", "severity", "family"),
    [
        (BREATH, Rule.RED_FLAG_EMERGENCY, Severity.EMERGENCY, "red_flag:shortness_of_breath"),
        (FEVER, Rule.RED_FLAG_SAME_DAY, Severity.URGENT, "red_flag:fever"),
    ],
)
def test_each_class_has_its_rule_severity_and_family(
    flag: TickedFlag, rule: Rule, severity: Severity, family: str
) -> None:
    (finding,) = assess_red_flags([flag], ENDED, ENDED)
    assert (finding.rule, finding.severity, finding.family) == (rule, severity, family)


def test_every_item_is_a_finding_of_its_own_and_a_double_tick_is_one() -> None:
    findings = assess_red_flags([BREATH, FEVER, BREATH], ENDED, ENDED, check_in_id="c1")
    assert [finding.inputs["code"] for finding in findings] == ["shortness_of_breath", "fever"]
    assert [finding.inputs["check_in_ids"] for finding in findings] == [["c1"], ["c1"]]


def test_no_tick_is_no_finding() -> None:
    assert assess_red_flags([], ENDED, ENDED) == ()
