import pytest

from tracker.alerts.rules.alcohol import ALCOHOL_ANSWERED_BY, ALCOHOL_REMARK_WITHIN
from tracker.alerts.rules.families import DECLARED, thresholds_of
from tracker.alerts.rules.missed import MISSED_AFTER, MISSED_AFTER_CHEST
from tracker.alerts.rules.second_answers import SECOND_ANSWER_WITHIN
from tracker.alerts.rules.soreness import ALWAYS_SEVERE
from tracker.alerts.rules.thresholds import Preset, Threshold
from tracker.alerts.vocabulary import Rule

EVERY_THRESHOLD: list[Threshold] = [
    ALWAYS_SEVERE,
    MISSED_AFTER,
    MISSED_AFTER_CHEST,
    ALCOHOL_ANSWERED_BY,
    ALCOHOL_REMARK_WITHIN,
    SECOND_ANSWER_WITHIN,
    *thresholds_of(),
]


@pytest.mark.parametrize(
    ("preset", "at_once", "on_second"),
    [(Preset.QUIET, 5, 4), (Preset.STANDARD, 4, 3), (Preset.SENSITIVE, 3, 3)],
)
def test_a_preset_changes_two_numbers_only(preset: Preset, at_once: int, on_second: int) -> None:
    expected = thresholds_of().values() | {"persists_at_once": at_once, "persists_on_second": on_second}
    assert thresholds_of(preset).values() == expected


def test_sensitive_is_the_default() -> None:
    declared = [setting for rule in DECLARED.values() for setting in rule.settings]
    assert thresholds_of() == thresholds_of(Preset.SENSITIVE)
    assert list(thresholds_of()) == declared


@pytest.mark.parametrize("threshold", EVERY_THRESHOLD, ids=lambda threshold: threshold.name)
def test_every_number_says_unit_source_and_author(threshold: Threshold) -> None:
    assert threshold.unit
    assert threshold.source
    assert threshold.author


def test_every_number_has_a_name_of_its_own() -> None:
    assert len({threshold.name for threshold in EVERY_THRESHOLD}) == len(EVERY_THRESHOLD)
    assert all(thresholds_of().named(setting.name) == setting for setting in thresholds_of())


def test_what_is_always_severe_cannot_be_configured() -> None:
    assert ALWAYS_SEVERE.value == 9
    assert not any("always" in name or "flag" in name for name in thresholds_of().values())
    assert not any(DECLARED[rule].settings for rule in (Rule.RED_FLAG_EMERGENCY, Rule.RED_FLAG_SAME_DAY))
