"""Sessions that overlap: one message for all that is asked at a time, every answer with its own session."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from tests.scene import ENDED, Scene
from tracker.db import db
from tracker.delivery.models import Dispatch

HOUR = timedelta(hours=1)
MERGED = ("suppressed", "merged")


def treat_at(scene: Scene, hours: float, **changes: Any) -> str:
    """Record another session that ended so many hours after the first; return its id."""
    scene.at(hours)
    session_id: str = scene.treat(ended_at=scene.clock().isoformat(), **changes)["session"]["id"]
    return session_id


def prompts_of(scene: Scene, session_id: str) -> dict[str, list[tuple[str, str]]]:
    """What became of the prompts of one session: by step, (state, reason), the main one first."""
    db.session.rollback()
    found: dict[str, list[tuple[str, str]]] = {}
    for row in db.session.scalars(select(Dispatch).order_by(Dispatch.occurrence)):
        if str(row.anchor_id) == session_id:
            found.setdefault(row.step_key, []).append((row.state, row.reason or ""))
    return found


def hours_of(scene: Scene) -> list[float]:
    return [round((at - ENDED) / HOUR, 2) for at in scene.postbox.to(scene.cast.pia)]


def tasks_of(scene: Scene, session_id: str) -> dict[str, str]:
    plan = scene.get(f"/v1/sessions/{session_id}/plan", scene.cast.pia)
    return {task["key"]: task["status"] for task in plan["tasks"]}


def test_three_sessions_in_a_week_send_one_message_at_a_time(scene: Scene) -> None:
    monday = treat_at(scene, 0)
    scene.work_through(47.9)
    wednesday = treat_at(scene, 48)
    scene.work_through(95.9)
    friday = treat_at(scene, 96)
    scene.work_through(320)
    first, second, third = (prompts_of(scene, one) for one in (monday, wednesday, friday))
    assert (
        first["check_48h"][0] == second["check_48h"][0] == third["check_48h"][0] == ("accepted", "accepted")
    )
    assert first["check_72h"] == [MERGED]  # 72 hours after Monday the 24 h check of Wednesday is asked
    assert second["check_24h"][0] == third["check_24h"][0] == ("accepted", "accepted")
    assert second["check_72h"] == [MERGED]
    assert second["alcohol_evening"] == [MERGED]  # 50 h: the 48 h check had left, and showed the window
    gaps = [later - earlier for earlier, later in pairwise(sorted(set(hours_of(scene))))]
    assert min(gaps) >= 2  # cards, and repeats three hours after their check
    assert len(hours_of(scene)) < 3 * 9 - 4


def test_the_message_that_asked_for_both_is_named(scene: Scene) -> None:
    morning, afternoon = treat_at(scene, 0), treat_at(scene, 2)
    scene.work_through(26.1)
    rows = {
        str(row.anchor_id): row
        for row in db.session.scalars(
            select(Dispatch).where(Dispatch.step_key == "check_24h", Dispatch.occurrence == 0)
        )
    }
    assert rows[morning].state == "accepted"
    assert rows[afternoon].merged_into_id == rows[morning].id


def test_a_merged_check_that_goes_unanswered_was_asked(scene: Scene) -> None:
    treat_at(scene, 0)
    treat_at(scene, 2)
    scene.work_through(62.1)
    assert {alert["reason"] for alert in scene.alerts()} == {
        "Nothing heard in 60 h: 24 h check not answered, 48 h check not answered."
    }
    (row,) = [
        row
        for row in scene.get("/v1/caseload", scene.cast.tilda)["items"]
        if row["patient"]["id"] == str(scene.cast.pia.patient_id)
    ]
    assert row["heard"] == "not_heard"


@pytest.mark.parametrize(("answered", "other"), [(0, 1), (1, 0)])
def test_an_answer_for_one_session_leaves_the_other_to_be_asked(
    scene: Scene, answered: int, other: int
) -> None:
    ids = treat_at(scene, 0), treat_at(scene, 48)
    scene.work_through(71.5)  # 72 h after the first and 24 h after the second is one slot
    before = len(hours_of(scene))
    scene.say(71.6, soreness=6, session_id=ids[answered])
    scene.work_through(72.1)
    assert hours_of(scene)[before:] == [72]
    keys = ("check_72h", "check_24h")
    prompts = prompts_of(scene, ids[other])[keys[other]]
    assert prompts[0] == ("accepted", "accepted")
    assert prompts_of(scene, ids[answered])[keys[answered]][0] == ("suppressed", "answered")
    assert tasks_of(scene, ids[answered])[keys[answered]] == "completed"
    assert tasks_of(scene, ids[other])[keys[other]] == "due"


def test_a_merged_check_keeps_its_repeat_when_the_other_session_is_answered(scene: Scene) -> None:
    first, second = treat_at(scene, 0), treat_at(scene, 1.5)
    scene.work_through(25.6)
    scene.say(26, soreness=6, session_id=first)
    scene.work_through(29)
    assert hours_of(scene)[-2:] == [24, 28.5]  # the repeat for the second
    assert prompts_of(scene, second)["check_24h"] == [MERGED, ("accepted", "accepted")]


def test_a_check_in_completes_the_checks_of_its_session_and_of_no_other(scene: Scene) -> None:
    first, second = treat_at(scene, 0), treat_at(scene, 48)
    scene.say(70, soreness=1, session_id=first)
    assert tasks_of(scene, first)["check_72h"] == "completed"
    assert tasks_of(scene, second)["check_24h"] == "active"
    latest = scene.say(70.5, soreness=1)  # without a name the latest session is meant
    assert latest["session_id"] == second
    assert tasks_of(scene, second)["check_24h"] == "completed"
    home = scene.get("/v1/me/home", scene.cast.pia)
    assert [task["key"] for task in home["due_tasks"] if task["key"].startswith("check")] == []


def test_the_first_screen_shows_the_open_checks_of_every_session(scene: Scene) -> None:
    treat_at(scene, 0)
    treat_at(scene, 48)
    scene.at(72)
    home = scene.get("/v1/me/home", scene.cast.pia)
    assert {task["key"] for task in home["due_tasks"]} == {"check_72h", "check_24h"}


def test_alcohol_windows_unite(scene: Scene) -> None:
    scene.treat(ended_at=(ENDED - HOUR).isoformat())
    scene.treat()
    scene.work_through(3)
    assert hours_of(scene) == [0, 0, 2]  # two cards, one evening message
    third = treat_at(scene, 20)
    home = scene.get("/v1/me/home", scene.cast.pia)
    windows = [one for one in home["active_restrictions"] if one["kind"] == "alcohol_avoidance"]
    assert [one["ends_at"] for one in windows] == ["2026-03-04T11:00:00Z"]  # 24 h after the last one
    assert any("12:00" in line for line in home["aftercare"]), home["aftercare"]  # in Berlin
    scene.work_through(29)
    assert prompts_of(scene, third)["alcohol_evening"] == [MERGED]  # into the 24 h check of that afternoon


def test_two_senders_do_not_ask_for_two_sessions_at_once(scene: Scene) -> None:
    treat_at(scene, 0)
    treat_at(scene, 0, body_areas=[{"region": "calf", "side": "left"}])
    scene.work_through(52)
    assert hours_of(scene) == [0, 0, 2, 24, 27, 40, 48, 51]  # two cards, and then as for one session
