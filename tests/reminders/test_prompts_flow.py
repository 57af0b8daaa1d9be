"""Prompts over a whole course: when they leave, and why they do not."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.scene import ENDED, Scene
from tests.support.keys import keyed

# 15:00 UTC is 16:00 in Berlin: the evening is two hours away, the night five.
SETTLED = [0, 2, 24, 48, 123]
SILENT = [0, 2, 24, 27, 40, 48, 51, 72, 123]


def hours_of(scene: Scene) -> list[float]:
    return [(at - ENDED) / timedelta(hours=1) for at in scene.postbox.to(scene.cast.pia)]


def test_a_patient_who_settles_gets_five_messages(scene: Scene) -> None:
    scene.treat()
    for hours in (24.5, 48.5):
        scene.work_through(hours)
        scene.say(hours, soreness=1)
    scene.work_through(220)
    assert hours_of(scene) == SETTLED


@pytest.mark.parametrize("changed_at", [None, 10, 20])
def test_a_patient_who_switched_water_on_gets_it_beside_the_checks(
    scene: Scene, changed_at: float | None
) -> None:
    switch_on(scene, ["hydration"])
    scene.treat()
    if changed_at is not None:
        scene.work_through(changed_at)
        switch_on(scene, ["hydration"], version=2, ends="07:00")  # what is placed stays where it is
    for hours in (24.5, 48.5):
        scene.work_through(hours)
        scene.say(hours, soreness=1)
    scene.work_through(220)
    assert hours_of(scene) == sorted([*SETTLED, 18, 42])  # ten in the morning, 6 h before the check
    (first, _second) = [
        item for item in scene.get("/v1/reminders", scene.cast.pia)["items"] if item["kind"] == "hydration"
    ]
    course = scene.get(f"/v1/reminders/{first['id']}/explanation", scene.cast.pia)
    assert "A check is too close to that moment" in course["summary"]


def switch_on(scene: Scene, daily: list[str], version: int = 1, ends: str = "08:00") -> None:
    """Let Pia say which daily prompts she wants, and until when she sleeps."""
    body = {"quiet_hours": {"enabled": True, "starts": "21:00", "ends": ends}, "opted_in": daily}
    headers = scene.cast.pia.headers | {"If-Match": f'"{version}"'}
    answer = scene.cast.client.put("/v1/me/reminder-preferences", json=body, headers=headers)
    assert answer.status_code == 200


def test_a_silent_patient_gets_nine_messages_and_then_a_call(scene: Scene) -> None:
    scene.treat()
    scene.work_through(59.9)
    assert scene.alerts() == []
    scene.work_through(60)
    (alert,) = scene.alerts()
    assert (alert["rule"], alert["severity"]) == ("missed_checks", "routine")
    assert alert["reason"] == "Nothing heard in 60 h: 24 h check not answered, 48 h check not answered."
    scene.work_through(220)
    assert hours_of(scene) == SILENT
    read = [at.astimezone(ZoneInfo("Europe/Berlin")) for at in scene.postbox.to(scene.cast.tilda)]
    assert [f"{at:%a %H:%M}" for at in read] == [
        f"{day} 09:00" for day in ("Thu", "Fri", "Mon", "Tue", "Wed")
    ]


def test_any_answer_clears_the_call_list(scene: Scene) -> None:
    scene.treat()
    scene.work_through(61)
    scene.say(62, soreness=1)
    (alert,) = scene.alerts()
    assert (alert["status"], alert["settling"]) == ("open", True)


def test_a_session_near_the_lungs_asks_early_and_calls_early(scene: Scene) -> None:
    scene.treat(body_areas=[{"region": "upper_back", "side": "both"}])
    scene.work_through(31)
    assert hours_of(scene)[:3] == [0, 4, 24]  # the chest check takes the place of the evening
    (alert,) = scene.alerts()
    assert alert["reason"] == "Nothing heard in 30 h: 24 h check not answered."


def test_nobody_is_called_about_checks_that_were_never_asked(scene: Scene) -> None:
    scene.treat()
    scene.work(220)  # the worker was away all the time
    assert scene.alerts() == []
    assert hours_of(scene) == []
    (row,) = [r for r in caseload(scene) if r["patient"]["id"] == str(scene.cast.pia.patient_id)]
    assert row["heard"] == "cannot_be_reminded"


def test_nothing_is_sent_after_a_withdrawal_and_everything_ahead_after_a_new_consent(scene: Scene) -> None:
    scene.treat()
    scene.work_through(3)
    consent(scene, "withdrawn")
    scene.work_through(30)
    assert hours_of(scene) == [0, 2]
    consent(scene, "granted")
    scene.work_through(49)
    assert hours_of(scene) == [0, 2, 40, 48]  # 22:00 is quiet, and the 24 h check closes at 04:00


def test_quiet_hours_move_what_has_not_left(scene: Scene) -> None:
    scene.treat()
    scene.work_through(3)
    preferences: dict[str, Any] = {
        "quiet_hours": {"enabled": True, "starts": "12:00", "ends": "18:30"}, "opted_in": []
    }  # fmt: skip
    headers = scene.cast.pia.headers | {"If-Match": '"1"'}
    answer = scene.cast.client.put("/v1/me/reminder-preferences", json=preferences, headers=headers)
    assert answer.status_code == 200
    scene.work_through(52)
    assert hours_of(scene)[2:] == [26.5, 29.5, 36, 50.5]  # the repeat keeps its three hours


def test_a_corrected_end_moves_open_tasks_and_unsent_prompts(scene: Scene) -> None:
    session = scene.treat()["session"]
    scene.work_through(3)
    headers = scene.cast.tilda.headers | {"If-Match": '"1"'}
    earlier = {"ended_at": (ENDED - timedelta(hours=2)).isoformat()}
    answer = scene.cast.client.patch(f"/v1/sessions/{session['id']}", json=earlier, headers=headers)
    assert (answer.status_code, answer.get_json()["version"]) == (200, 2)
    scene.work_through(47)
    assert hours_of(scene) == [0, 2, 22, pytest.approx(28.98, abs=0.01), 46]  # 20:59 takes the repeat's place
    again = scene.cast.client.patch(f"/v1/sessions/{session['id']}", json=earlier, headers=headers)
    assert (again.status_code, again.get_json()["version"]) == (
        200,
        2,
    )  # the answer was lost, the change was not
    other = scene.cast.client.patch(
        f"/v1/sessions/{session['id']}", json={"needle_count": 3}, headers=headers
    )
    assert (other.status_code, other.get_json()["code"]) == (412, "version_mismatch")


@pytest.mark.parametrize(
    ("said_at", "expected"),
    [(17.9, [0, 2, 22, pytest.approx(28.98, abs=0.01)]), (18, [0, 2])],
)
def test_what_was_said_before_a_correction_is_not_asked_after_it(
    scene: Scene, said_at: float, expected: list[float]
) -> None:
    session = scene.treat()["session"]
    scene.work_through(3)
    scene.say(said_at, soreness=1)  # before the 24 h check opened, as its session was recorded
    earlier = {"ended_at": (ENDED - timedelta(hours=2)).isoformat()}
    assert scene.patch(f"/v1/sessions/{session['id']}", scene.cast.tilda, earlier).status_code == 200
    scene.work_through(30)
    assert hours_of(scene) == expected


def test_a_session_entered_in_error_prompts_nobody_and_withdraws_its_alerts(scene: Scene) -> None:
    session = scene.treat()["session"]
    scene.say(48, soreness=8)
    headers = scene.cast.tilda.headers | {"If-Match": '"1"'}
    answer = scene.cast.client.patch(
        f"/v1/sessions/{session['id']}", json={"status": "entered_in_error"}, headers=headers
    )
    assert answer.status_code == 200
    scene.work_through(220)
    assert hours_of(scene) == []
    assert [alert["status"] for alert in scene.alerts()] == ["withdrawn"]
    assert scene.get(f"/v1/sessions/{session['id']}/plan", scene.cast.pia)["status"] == "cancelled"


@pytest.mark.parametrize(
    ("late_by", "until", "expected"), [(1, 4, [1, 2]), (7, 23, []), (25, 27, [25]), (37, 41, [40])]
)
def test_a_late_recording_plans_what_still_lies_ahead(
    scene: Scene, late_by: int, until: int, expected: list[float]
) -> None:
    scene.at(late_by)
    scene.treat()
    scene.work_through(until)
    assert hours_of(scene) == expected


def test_a_reminder_is_acknowledged_once_and_answers_nothing(scene: Scene) -> None:
    session = scene.treat()
    scene.work()
    (sent,) = scene.get("/v1/reminders", scene.cast.pia, status="sent")["items"]
    first = scene.put(f"/v1/reminders/{sent['id']}/acknowledgement", scene.cast.pia)
    scene.at(1)
    second = scene.put(f"/v1/reminders/{sent['id']}/acknowledgement", scene.cast.pia)
    assert (
        first.get_json()["acknowledged_at"] == second.get_json()["acknowledged_at"] == "2026-03-02T15:00:00Z"
    )
    waiting = scene.get("/v1/reminders", scene.cast.pia, status="scheduled")["items"][0]
    assert scene.put(f"/v1/reminders/{waiting['id']}/acknowledgement", scene.cast.pia).status_code == 409
    plan = scene.get(f"/v1/sessions/{session['session']['id']}/plan", scene.cast.pia)
    assert not [task for task in plan["tasks"] if task["status"] == "completed"]


def caseload(scene: Scene) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = scene.get("/v1/caseload", scene.cast.tilda)["items"]
    return items


def consent(scene: Scene, status: str) -> None:
    body = {"kind": "share_with_clinic", "document_version": "2026-11", "status": status}
    answer = scene.cast.client.post("/v1/me/consents", json=body, headers=keyed(scene.cast.pia.headers))
    assert answer.status_code == 201


@pytest.mark.parametrize(("seconds", "status"), [(0, 201), (1, 422)])
def test_a_session_is_recorded_within_seven_days(scene: Scene, seconds: int, status: int) -> None:
    scene.at(7 * 24 + seconds / 3600)
    body = {
        "patient_id": str(scene.cast.pia.patient_id), "modality": "dry_needling", "technique": "deep",
        "body_areas": [{"region": "calf", "side": "left"}], "ended_at": ENDED.isoformat(),
        "time_zone": "Europe/Berlin",
    }  # fmt: skip
    answer = scene.post("/v1/sessions", body, scene.cast.tilda)
    assert answer.status_code == status
    if status == 201:
        assert scene.reminders() == {"check_day_7": [("scheduled", "on_time")]}
