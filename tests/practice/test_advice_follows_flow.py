"""The numbers that a clinic publishes hold for its advice as for its alerts: one set, one answer."""

from typing import Any

import pytest

from tests.practice.test_protocol_versions import WHO, published
from tests.scene import Scene


def moved(rule: str, **numbers: int) -> list[dict[str, Any]]:
    return [
        {
            "key": rule,
            "parameters": [{"name": name, "value": value, **WHO} for name, value in numbers.items()],
        }
    ]


@pytest.mark.parametrize(
    ("rule", "numbers", "hours", "soreness", "advised"),
    [
        ("persists", {}, 45.9, 4, "expected"),
        ("persists", {}, 46, 4, "recheck"),
        ("persists", {"persists_from": 36}, 35.9, 4, "expected"),
        ("persists", {"persists_from": 36}, 36, 4, "recheck"),
        ("persists", {"persists_from": 72}, 46, 4, "expected"),
        ("persists", {"persists_from": 72}, 71.9, 4, "expected"),
        ("persists", {"persists_from": 72}, 72, 4, "recheck"),
        ("severe", {}, 3, 6, "expected"),
        ("severe", {}, 3, 7, "recheck"),
        ("severe", {"severe_soreness": 5}, 3, 4, "expected"),
        ("severe", {"severe_soreness": 5}, 3, 5, "recheck"),
        ("severe", {"severe_soreness": 8}, 3, 7, "expected"),
        ("severe", {"severe_soreness": 8}, 3, 8, "recheck"),
    ],
)
def test_advice_takes_its_numbers_from_the_version_that_the_session_follows(
    scene: Scene, rule: str, numbers: dict[str, int], hours: float, soreness: int, advised: str
) -> None:
    published(scene, preset="quiet", alert_rules=moved(rule, **numbers))  # so that no single answer persists
    scene.treat()
    assert scene.say(hours, soreness=soreness)["advice"]["rule_key"] == advised
    assert scene.alerts() == []


def test_a_running_session_keeps_the_advice_of_its_own_version(scene: Scene) -> None:
    scene.treat()
    published(scene, alert_rules=moved("severe", severe_soreness=8))
    assert scene.say(3, soreness=7)["advice"]["rule_key"] == "recheck"


def test_an_amended_answer_follows_the_version_too(scene: Scene) -> None:
    published(scene, alert_rules=moved("severe", severe_soreness=5))
    scene.treat()
    said = scene.say(3, soreness=4)
    changed = scene.patch(f"/v1/check-ins/{said['id']}", scene.cast.pia, {"soreness": 5}).get_json()
    assert (said["advice"]["rule_key"], changed["advice"]["rule_key"]) == ("expected", "recheck")


@pytest.mark.parametrize(
    ("severe", "soreness", "position"),
    [(5, 4, "inside"), (5, 5, "above"), (7, 6, "inside"), (7, 7, "above"), (8, 7, "inside"), (8, 8, "above")],
)
def test_what_the_clinic_calls_severe_is_expected_by_no_course(
    scene: Scene, severe: int, soreness: int, position: str
) -> None:
    published(scene, alert_rules=moved("severe", severe_soreness=severe))
    session = scene.treat(baseline_soreness=3)["session"][
        "id"
    ]  # right after it the curve allows 5 points more
    assert scene.say(0, soreness=soreness)["course_position"] == position
    band = scene.get(f"/v1/sessions/{session}/trajectory", scene.cast.pia)["expected_course"]["band"]
    assert band[0]["upper"] == severe - 1
