"""Whoever confirms another zone gets what is asked by the calendar at their new hours, and nothing else moves."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from tests.reminders.test_announcement_flow import live_in, rest
from tests.scene import ENDED, Scene
from tracker.db import db
from tracker.delivery.models import Dispatch

pytestmark = pytest.mark.any_database

LOCAL = {"alcohol_evening", "infection_question", "check_day_7", "hydration", "stretching"}


def rows(scene: Scene) -> list[Dispatch]:
    db.session.rollback()
    statement = select(Dispatch).where(Dispatch.anchor_kind == "session").order_by(Dispatch.due_at)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def windows(scene: Scene, *, local: bool) -> dict[tuple[str, int], tuple[datetime, datetime, datetime]]:
    return {
        (row.step_key, row.occurrence): (row.nominal_at, row.not_before, row.not_after)
        for row in rows(scene)
        if (row.step_key in LOCAL) is local
    }


def prompt(scene: Scene, key: str) -> dict[str, Any]:
    """The one prompt of a step that is still to leave."""
    items = scene.get("/v1/reminders", scene.cast.pia, status="scheduled")["items"]
    (found,) = [item for item in items if item["kind"] == key]
    return dict(found)


def task(scene: Scene, session_id: str, key: str) -> dict[str, Any]:
    plan = scene.get(f"/v1/sessions/{session_id}/plan", scene.cast.pia)
    (found,) = [one for one in plan["tasks"] if one["key"] == key]
    return dict(found)


@pytest.mark.parametrize(
    ("time_zone", "asked_at", "closes_at"),
    [
        ("Europe/Paris", "2026-03-07T18:00:00Z", "2026-03-08T11:00:00Z"),  # the same hours as in Berlin
        ("Europe/London", "2026-03-07T19:00:00Z", "2026-03-08T12:00:00Z"),
        ("America/New_York", "2026-03-08T00:00:00Z", "2026-03-08T16:00:00Z"),  # clocks change that night
        (
            "Asia/Tokyo",
            "2026-03-08T10:00:00Z",
            "2026-03-09T03:00:00Z",
        ),  # the session ended on the third there
    ],
)
def test_the_fifth_evening_is_where_the_patient_lives(
    scene: Scene, time_zone: str, asked_at: str, closes_at: str
) -> None:
    session_id = scene.treat()["session"]["id"]
    scene.work_through(3)
    live_in(scene, time_zone)
    question, asked = prompt(scene, "infection_question"), task(scene, session_id, "infection_question")
    assert (question["due_at"], question["not_after"]) == (asked_at, closes_at)
    assert (asked["due_at"], asked["ends_at"]) == (asked_at, closes_at)
    scene.work_through(24 * 9)
    (sent,) = [row for row in rows(scene) if row.step_key == "infection_question"]
    assert sent.accepted_at == datetime.fromisoformat(asked_at)


def test_elapsed_hours_stay_and_calendar_hours_come_back(scene: Scene) -> None:
    scene.treat()
    elapsed, local = windows(scene, local=False), windows(scene, local=True)
    live_in(scene, "Asia/Tokyo")
    assert windows(scene, local=False) == elapsed
    moved = windows(scene, local=True)
    assert {key for key, _ in moved} == {"alcohol_evening", "infection_question", "check_day_7"}
    assert [key for key in local if moved[key] == local[key]] == []
    live_in(scene, "Europe/Berlin")
    assert windows(scene, local=False) == elapsed
    assert windows(scene, local=True) == local


@pytest.mark.parametrize(("time_zone", "noon"), [("Europe/London", "12:00"), ("America/New_York", "17:00")])
def test_a_daily_prompt_comes_at_noon_there(scene: Scene, time_zone: str, noon: str) -> None:
    rest(scene, "21:00", "08:00", opted_in=["hydration"])
    scene.treat()
    live_in(scene, time_zone)
    daily = [row for row in rows(scene) if row.step_key == "hydration"]
    assert [f"{row.nominal_at:%d %H:%M}" for row in daily] == [f"03 {noon}", f"04 {noon}"]


def test_what_stepped_aside_stays_aside_where_the_hours_are_the_same(scene: Scene) -> None:
    rest(scene, "21:00", "08:00", opted_in=["hydration", "stretching"])
    scene.treat()
    before = [(row.step_key, row.occurrence, row.due_at, row.planned_because) for row in rows(scene)]
    assert "moved_for_spacing" in {because for *_, because in before}
    live_in(scene, "Europe/Paris")
    assert [(row.step_key, row.occurrence, row.due_at, row.planned_because) for row in rows(scene)] == before


def test_what_was_asked_is_not_asked_again_further_west(scene: Scene) -> None:
    session_id = scene.treat()["session"]["id"]
    scene.work_through(24 * 5 + 4)
    before = task(scene, session_id, "infection_question")
    live_in(scene, "America/New_York")
    assert task(scene, session_id, "infection_question")["ends_at"] == before["ends_at"]
    scene.work_through(24 * 9)
    assert [row.step_key for row in rows(scene) if row.accepted_at].count("infection_question") == 1


def test_a_question_whose_window_would_be_over_there_is_still_asked(scene: Scene) -> None:
    live_in(scene, "America/New_York")
    rest(scene, "18:00", "09:00")
    scene.treat()
    scene.work_through(24 * 5 + 21)  # 12:00 UTC on the 8th: 08:00 there, 13:00 in Berlin
    assert prompt(scene, "infection_question")["due_at"] == "2026-03-08T13:00:00Z"
    live_in(scene, "Europe/Berlin")
    scene.work_through(24 * 6)
    (asked,) = [row for row in rows(scene) if row.step_key == "infection_question"]
    assert (asked.state, asked.not_after) == ("accepted", datetime.fromisoformat("2026-03-08T16:00:00Z"))


def test_a_message_keeps_the_moment_that_the_patient_chose(scene: Scene) -> None:
    scene.treat()
    scene.work_through(24 * 5 + 3.5)
    (asked,) = [row for row in rows(scene) if row.step_key == "infection_question"]
    until = {"until": "2026-03-08T09:00:00Z"}
    assert scene.put(f"/v1/reminders/{asked.id}/snooze", scene.cast.pia, until).status_code == 200
    live_in(scene, "Europe/London")
    assert prompt(scene, "infection_question")["due_at"] == until["until"]


def test_nothing_moves_once_the_consent_has_gone(scene: Scene) -> None:
    scene.treat()
    withdrawn = {"kind": "data_processing", "document_version": "2026-11", "status": "withdrawn"}
    assert scene.post("/v1/me/consents", withdrawn, scene.cast.pia).status_code == 201
    before = windows(scene, local=True)
    live_in(scene, "Asia/Tokyo")
    assert windows(scene, local=True) == before
    assert min(nominal for nominal, *_ in before.values()) > ENDED
