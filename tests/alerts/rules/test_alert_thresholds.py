from dataclasses import fields

import pytest

from tracker.alerts.rules.thresholds import (
    ALWAYS_SEVERE,
    MISSED_AFTER,
    MISSED_AFTER_CHEST,
    Preset,
    Threshold,
    Thresholds,
    thresholds_of,
)

EVERY_THRESHOLD: list[Threshold] = [
    ALWAYS_SEVERE,
    MISSED_AFTER,
    MISSED_AFTER_CHEST,
    *(getattr(Thresholds(), field.name) for field in fields(Thresholds)),
]


@pytest.mark.parametrize(
    ("preset", "at_once", "on_second"),
    [(Preset.QUIET, 5, 4), (Preset.STANDARD, 4, 3), (Preset.SENSITIVE, 3, 3)],
)
def test_a_preset_changes_two_numbers_only(preset: Preset, at_once: int, on_second: int) -> None:
    expected = Thresholds().values() | {"persists_at_once": at_once, "persists_on_second": on_second}
    assert thresholds_of(preset).values() == expected


def test_sensitive_is_the_default() -> None:
    assert thresholds_of() == thresholds_of(Preset.SENSITIVE) == Thresholds()


@pytest.mark.parametrize("threshold", EVERY_THRESHOLD, ids=lambda threshold: threshold.name)
def test_every_number_says_unit_source_and_author(threshold: Threshold) -> None:
    assert threshold.unit
    assert threshold.source
    assert threshold.author


def test_every_threshold_carries_the_name_it_is_found_by() -> None:
    assert all(getattr(Thresholds(), field.name).name == field.name for field in fields(Thresholds))


def test_what_is_always_severe_cannot_be_configured() -> None:
    assert ALWAYS_SEVERE.value == 9
    assert not any("always" in field.name or "flag" in field.name for field in fields(Thresholds))
