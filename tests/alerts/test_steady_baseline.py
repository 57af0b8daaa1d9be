"""What soreness is held against over a course of sessions, as a therapist reads it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scene import ENDED, Scene

WEEK = 24 * 7


def reasons(scene: Scene) -> list[str]:
    return [alert["reason"] for alert in scene.alerts() if alert["rule"] == "persists"]


def treat_weekly(scene: Scene, *baselines: int | None) -> None:
    for week, baseline in enumerate(baselines):
        scene.at(week * WEEK)
        changes: dict[str, Any] = {"ended_at": (ENDED + timedelta(days=7 * week)).isoformat()}
        scene.treat(baseline_soreness=baseline, **changes)


@pytest.mark.parametrize(
    ("baselines", "expected"),
    [
        # 4 of 10 is no more than the 4 before this session; it is more than the usual 1.
        ([4], []),
        ([1, 4], ["4/10 at 48 h; 1/10 before the last 2 sessions; expected to have settled by 48 h."]),
        ([1, 2, 4], ["4/10 at 48 h; 2/10 before the last 3 sessions; expected to have settled by 48 h."]),
        ([1, 4, 4], []),
        ([0, 4, 4, 4], []),
    ],
)
def test_one_odd_baseline_hides_no_soreness(scene: Scene, baselines: list[int], expected: list[str]) -> None:
    treat_weekly(scene, *baselines)
    scene.say((len(baselines) - 1) * WEEK + 48, soreness=4)
    assert reasons(scene) == expected


def test_a_later_session_changes_nothing_about_an_earlier_one(scene: Scene) -> None:
    treat_weekly(scene, 4)
    scene.say(48, soreness=4)
    scene.at(72)
    scene.treat(baseline_soreness=0, ended_at=(ENDED + timedelta(hours=72)).isoformat())
    assert reasons(scene) == []
