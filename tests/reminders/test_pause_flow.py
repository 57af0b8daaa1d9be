"""A patient who wants no more questions: what still comes, and what comes again once the pause is lifted."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scene import ENDED, Scene

QUIET = {"enabled": True, "starts": "21:00", "ends": "08:00"}


def set_pause(scene: Scene, hours: float, paused: bool) -> None:
    """Let Pia pause, or lift the pause, at that hour."""
    scene.at(hours)
    me: dict[str, Any] = scene.get("/v1/me", scene.cast.pia)
    headers = scene.cast.pia.headers | {"If-Match": f'"{me["reminder_preferences"]["version"]}"'}
    body = {"quiet_hours": QUIET, "opted_in": [], "routine_paused": paused}
    answer = scene.cast.client.put("/v1/me/reminder-preferences", json=body, headers=headers)
    assert answer.get_json()["routine_paused"] is paused


def hours_of(scene: Scene) -> list[float]:
    return [(at - ENDED) / timedelta(hours=1) for at in scene.postbox.to(scene.cast.pia)]


def test_a_patient_who_paused_is_asked_at_48_h_alone(scene: Scene) -> None:
    scene.treat()
    scene.work_through(1)
    set_pause(scene, 1, True)
    scene.work_through(220)
    assert hours_of(scene) == [0, 48, 51]
    found = scene.reminders()
    assert found["check_24h"] == [("suppressed", "paused_by_patient")] * 2
    assert found["check_72h"] == [("suppressed", "paused_by_patient")]
    assert [alert["rule"] for alert in scene.alerts()] == ["missed_checks"]  # silence is never read as fine


@pytest.mark.parametrize(
    ("lifted", "expected"),
    [
        (23.99, [0, 24, 27, 40, 48, 51, 72, 123]),
        (24.01, [0, 27, 40, 48, 51, 72, 123]),  # the check itself is gone, its repeat is not
        (60, [0, 48, 51, 72, 123]),
    ],
)
def test_what_a_pause_suppressed_does_not_come_back(
    scene: Scene, lifted: float, expected: list[float]
) -> None:
    scene.treat()
    scene.work_through(1)
    set_pause(scene, 1, True)
    scene.work_through(lifted)
    set_pause(scene, lifted, False)
    scene.work_through(220)
    assert hours_of(scene) == expected


def test_a_prompt_that_a_pause_holds_back_takes_nobodys_place(scene: Scene) -> None:
    scene.treat()
    scene.work_through(1)
    set_pause(scene, 1, True)
    scene.work_through(28)
    scene.treat(ended_at=scene.clock().isoformat())  # its 24 h check would ask at 52 h
    scene.work_through(100)
    assert hours_of(scene) == [0, 48, 51, 76]


def test_an_emergency_is_followed_up_in_a_pause(scene: Scene) -> None:
    scene.treat()
    set_pause(scene, 1, True)
    scene.at(10)
    answer = scene.post("/v1/red-flag-reports", {"symptoms": ["chest_pain"]}, scene.cast.pia)
    assert (answer.status_code, answer.get_json()["advice"]["level"]) == (201, "emergency")
    scene.work_through(20)
    assert hours_of(scene) == [10.25]
    assert [alert["severity"] for alert in scene.alerts()] == ["emergency"]
