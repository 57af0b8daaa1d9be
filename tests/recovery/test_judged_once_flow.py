"""A check-in is judged once: its advice, its alert and the second question rest on one look at each answer."""

from collections import Counter
from typing import Any

import pytest

from tests.scene import Scene
from tracker.alerts.rules import soreness, stiffness


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the rules about each score look at an answer."""
    counted: Counter[str] = Counter()
    for module, score in ((soreness, "soreness"), (stiffness, "stiffness")):
        look = module._assess

        def counting(*given: Any, look: Any = look, score: str = score) -> Any:
            counted[score] += 1
            return look(*given)

        monkeypatch.setattr(module, "_assess", counting)
    return counted


def said_after(scene: Scene, looks: Counter[str], hours: float, **items: Any) -> tuple[str, dict[str, int]]:
    """The advice of one more check-in, and the looks that it took."""
    looks.clear()
    return scene.say(hours, **items)["advice"]["rule_key"], dict(looks)


def test_an_answer_that_raises_is_looked_at_once(scene: Scene, looks: Counter[str]) -> None:
    scene.treat()
    assert said_after(scene, looks, 50, soreness=6) == ("persists", {"soreness": 1})
    assert [alert["rule"] for alert in scene.alerts()] == ["persists"]
    assert said_after(scene, looks, 54, soreness=8) == ("severe", {"soreness": 1})
    (alert,) = scene.alerts()
    assert (alert["rule"], alert["inputs"]["soreness"]) == ("severe", 8)


def test_calm_answers_are_looked_at_once_each(scene: Scene, looks: Counter[str]) -> None:
    scene.treat()
    for count, hours in enumerate((20, 26, 32, 38), start=1):
        assert said_after(scene, looks, hours, soreness=2) == ("expected", {"soreness": count})
    assert scene.alerts() == []


def test_an_alert_that_settles_takes_no_second_look(scene: Scene, looks: Counter[str]) -> None:
    scene.treat()
    scene.say(48, soreness=5)
    assert said_after(scene, looks, 60, soreness=2) == ("expected", {"soreness": 2})
    assert said_after(scene, looks, 72, soreness=1) == ("expected", {"soreness": 3})
    (alert,) = scene.alerts()
    assert (alert["status"], alert["settling"]) == ("open", True)


def test_a_strong_first_answer_asks_again_on_the_same_look(scene: Scene, looks: Counter[str]) -> None:
    scene.treat()
    assert said_after(scene, looks, 3, soreness=8) == ("recheck", {"soreness": 1})
    assert "recheck" in scene.reminders()  # the question for a second answer


def test_each_score_is_looked_at_by_its_own_rules(scene: Scene, looks: Counter[str]) -> None:
    scene.treat(baseline_stiffness=0)
    assert said_after(scene, looks, 48, soreness=2, stiffness=8)[1] == {"soreness": 1, "stiffness": 1}
    assert said_after(scene, looks, 54, stiffness=8)[1] == {"stiffness": 1}
    assert [alert["rule"] for alert in scene.alerts()] == ["stiffness"]
    assert said_after(scene, looks, 55, hydration_ml=200)[1] == {}


def test_an_amended_answer_is_judged_once(scene: Scene, looks: Counter[str]) -> None:
    scene.treat()
    logged = scene.say(50, soreness=2)
    looks.clear()
    changed = scene.patch(f"/v1/check-ins/{logged['id']}", scene.cast.pia, {"soreness": 6}).get_json()
    assert (changed["advice"]["rule_key"], dict(looks)) == ("persists", {"soreness": 1})
    assert [alert["rule"] for alert in scene.alerts()] == ["persists"]
