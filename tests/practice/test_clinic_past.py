"""A clinic holds its own past against a rule set before it uses it."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from tests.commands.test_commands import refusal, run
from tests.scene import ENDED, Scene
from tracker.alerts.models import AlertEvent
from tracker.audit.models import AuditEvent
from tracker.db import db

REPLAY = ["rules", "replay", "--from-database", "--clinic", "Practice by the River"]


def looked_back(scene: Scene, *words: str) -> tuple[dict[str, Any], str]:
    result = run(scene.app, *REPLAY, *words)
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)
    return data, result.stderr


def close(scene: Scene, outcome: str) -> None:
    (alert,) = [each for each in scene.alerts() if each["rule"] == "persists" and each["status"] == "open"]
    answer = scene.put(
        f"/v1/alerts/{alert['id']}/resolution", scene.cast.tilda, {"outcome": outcome, "note": ""}
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)


def tell_three_courses(scene: Scene) -> None:
    """Pia: 3 of 10 at 48 h, looked at; then, after another session, 4 of 10, acted on. Paul: a red flag."""
    scene.treat(baseline_soreness=0)
    scene.treat(scene.cast.paul)
    scene.say(30, scene.cast.paul, soreness=1, red_flags=["fever"])
    scene.say(48, soreness=3)
    close(scene, "no_action_needed")
    scene.at(24 * 7)
    scene.treat(baseline_soreness=0, ended_at=(ENDED + timedelta(days=7)).isoformat())
    scene.say(24 * 7 + 48, soreness=4)
    close(scene, "advice_changed")


def test_the_past_is_told_with_what_had_been_done_about_it(scene: Scene) -> None:
    tell_three_courses(scene)
    same, _ = looked_back(scene)
    assert (same["sessions"], same["raised"], same["would_raise"]) == (3, 2, 2)
    assert (same["dropped"], same["added"]) == (0, 0)
    quiet, said = looked_back(scene, "--preset", "quiet")
    assert (quiet["would_raise"], quiet["dropped"], quiet["dropped_with_action"]) == (0, 2, 1)
    assert "2 alerts would become 0; 2 dropped, 0 new; 1 of the dropped had led to action." in said


def test_only_the_days_asked_for_are_looked_at(scene: Scene) -> None:
    tell_three_courses(scene)
    data, said = looked_back(scene, "--days", "3")
    assert (data["sessions"], data["raised"]) == (1, 1)
    assert said.startswith("Last 3 days, 1 sessions")


def test_another_clinic_has_nothing_to_do_with_it(scene: Scene) -> None:
    tell_three_courses(scene)
    result = run(scene.app, *REPLAY[:-1], "Practice on the Hill")
    assert json.loads(result.stdout)["sessions"] == 0


def test_looking_back_writes_nothing(scene: Scene) -> None:
    tell_three_courses(scene)

    def rows() -> list[int | None]:
        return [
            db.session.scalar(select(func.count()).select_from(each)) for each in (AuditEvent, AlertEvent)
        ]

    before, shown = rows(), scene.alerts()
    before = rows()
    looked_back(scene, "--preset", "quiet")
    assert rows() == before
    assert [each["version"] for each in scene.alerts()] == [each["version"] for each in shown]


def test_baselines_are_those_the_service_held_it_against(scene: Scene) -> None:
    """The third session was asked no baseline, the second an odd one: what is replayed is what was raised."""
    for week, baseline in enumerate([1, 4, None]):
        scene.at(24 * 7 * week)
        scene.treat(baseline_soreness=baseline, ended_at=(ENDED + timedelta(days=7 * week)).isoformat())
        for hours, soreness in ((30, 3), (48, 4), (72, 1)):
            scene.say(24 * 7 * week + hours, soreness=soreness)
    data, _ = looked_back(scene)
    assert (data["sessions"], data["raised"], data["would_raise"]) == (3, 3, 3)
    assert (data["dropped"], data["added"]) == (0, 0)


def test_what_came_late_and_disturbed_nobody_was_not_raised(scene: Scene) -> None:
    scene.treat(baseline_soreness=0)
    scene.say(72, soreness=1)
    scene.say(80, soreness=5, recorded_at=(ENDED + timedelta(hours=48)).isoformat())
    (alert,) = scene.alerts()
    assert alert["historic"]
    data, _ = looked_back(scene)
    assert (data["raised"], data["would_raise"], data["added"]) == (0, 1, 1)


def test_an_unknown_clinic_is_named(scene: Scene) -> None:
    assert refusal(run(scene.app, *REPLAY[:-1], "Nowhere")) == "There is no clinic named 'Nowhere'."
