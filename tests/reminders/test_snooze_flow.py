"""A reminder put off: when it may be, what comes again and what does not come in addition."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.reminders.test_overlap_flow import hours_of, prompts_of, treat_at
from tests.scene import ENDED, Scene
from tracker.db import db
from tracker.delivery.models import Dispatch, DispatchMove

ACCEPTED = ("accepted", "accepted")
SNOOZED = ("suppressed", "snoozed")


def at(hours: float) -> str:
    return (ENDED + timedelta(hours=hours)).isoformat()


def reminder_of(scene: Scene, kind: str, **query: str) -> dict[str, Any]:
    """The latest reminder of a step."""
    items = scene.get("/v1/reminders", scene.cast.pia, **query)["items"]
    found: dict[str, Any] = next(item for item in items if item["kind"] == kind)
    return found


def snooze(scene: Scene, reminder_id: str, until: str) -> tuple[int, dict[str, Any]]:
    answer = scene.put(f"/v1/reminders/{reminder_id}/snooze", scene.cast.pia, {"until": until})
    return answer.status_code, answer.get_json()


def test_a_sent_check_comes_again_then_and_not_three_hours_later(scene: Scene) -> None:
    session = treat_at(scene, 0)
    scene.work_through(24.5)
    sent = reminder_of(scene, "check_24h", status="sent")
    status, shown = snooze(scene, sent["id"], at(28))
    assert status == 200
    assert (shown["status"], shown["snoozed_until"]) == ("sent", "2026-03-03T19:00:00Z")
    assert scene.get("/v1/me/home", scene.cast.pia)["next_reminder"]["due_at"] == shown["snoozed_until"]
    scene.work_through(39.9)
    assert hours_of(scene)[-2:] == [24, 28]
    assert prompts_of(scene, session)["check_24h"] == [ACCEPTED, SNOOZED, ACCEPTED]


def test_a_check_that_waits_is_moved_and_its_repeat_does_not_come(scene: Scene) -> None:
    session = treat_at(scene, 0)
    scene.work_through(22)
    waiting = reminder_of(scene, "check_24h", status="scheduled")
    rows = scene.get("/v1/reminders", scene.cast.pia, status="scheduled")["items"]
    main = [row for row in rows if row["kind"] == "check_24h"][-1]
    assert waiting["id"] != main["id"]  # the repeat stands first
    status, shown = snooze(scene, main["id"], at(26))
    assert (status, shown["status"], shown["reason"]) == (200, "scheduled", "snoozed")
    assert shown["due_at"] == shown["snoozed_until"] == "2026-03-03T17:00:00Z"
    scene.work_through(30)
    assert hours_of(scene)[-2:] == [2, 26]
    assert prompts_of(scene, session)["check_24h"] == [ACCEPTED, SNOOZED]


def test_an_answer_withdraws_what_was_put_off(scene: Scene) -> None:
    session = treat_at(scene, 0)
    scene.work_through(24.5)
    assert snooze(scene, reminder_of(scene, "check_24h", status="sent")["id"], at(28))[0] == 200
    scene.say(26, soreness=1)
    scene.work_through(30)
    assert hours_of(scene)[-1] == 24
    assert prompts_of(scene, session)["check_24h"][-1] == ("suppressed", "answered")


def test_the_same_moment_again_is_the_same_snooze(scene: Scene) -> None:
    treat_at(scene, 0)
    scene.work_through(24.5)
    sent = reminder_of(scene, "check_24h", status="sent")["id"]
    assert [snooze(scene, sent, at(28))[0] for _ in range(5)] == [200] * 5
    db.session.rollback()
    assert len(db.session.scalars(select(DispatchMove).where(DispatchMove.reason == "snoozed")).all()) == 1


def test_a_check_is_put_off_three_times_at_most(scene: Scene) -> None:
    treat_at(scene, 0)
    scene.work_through(24.1)
    first = reminder_of(scene, "check_24h", status="sent")["id"]
    assert snooze(scene, first, at(25))[0] == 200
    assert snooze(scene, first, at(26))[0] == 200  # another moment instead
    scene.work_through(26.1)
    assert hours_of(scene)[-2:] == [24, 26]
    second = reminder_of(scene, "check_24h", status="sent")["id"]
    assert second != first
    assert snooze(scene, second, at(27))[0] == 200
    for reminder_id in (first, second):
        status, problem = snooze(scene, reminder_id, at(28))
        assert (status, problem["code"]) == (409, "state_conflict")
    scene.work_through(29)
    assert hours_of(scene)[-3:] == [24, 26, 27]


@pytest.mark.parametrize(
    ("until", "code"),
    [
        (at(24.5), "in_the_past"),
        (at(24), "in_the_past"),
        (at(28.999), None),
        (at(29), "in_quiet_hours"),  # 21:00 in Berlin
        (at(35.9), "in_quiet_hours"),
        (at(36), "too_late"),
        (at(40), "too_late"),
    ],
)
def test_a_moment_lies_ahead_inside_the_window_and_outside_quiet_hours(
    scene: Scene, until: str, code: str | None
) -> None:
    treat_at(scene, 0)
    scene.work_through(24.5)
    status, body = snooze(scene, reminder_of(scene, "check_24h", status="sent")["id"], until)
    if code is None:
        assert status == 200
        return
    assert status == 422
    (error,) = body["errors"]
    assert (error["pointer"], error["code"]) == ("#/until", code)
    assert error["detail"].endswith("the latest possible one is Tuesday 3 March, 20:59.")


@pytest.mark.parametrize(
    ("kind", "hours", "why"),
    [
        ("check_48h", 24.5, "not open"),  # its window opens at 44 h
        ("aftercare_card", 6, "not open"),  # closed
        ("check_24h", 35, "no later moment"),  # quiet until its end
    ],
)
def test_nothing_is_put_off_outside_its_window(scene: Scene, kind: str, hours: float, why: str) -> None:
    treat_at(scene, 0)
    scene.work_through(hours)
    status, problem = snooze(scene, reminder_of(scene, kind)["id"], at(50))
    assert (status, problem["code"]) == (409, "state_conflict")
    assert why in problem["detail"]


def test_what_is_answered_or_was_asked_after_an_emergency_is_not_put_off(scene: Scene) -> None:
    treat_at(scene, 0)
    scene.work_through(24.5)
    scene.say(25, soreness=1)
    status, problem = snooze(scene, reminder_of(scene, "check_24h", status="sent")["id"], at(28))
    assert (status, "answered" in problem["detail"]) == (409, True)
    scene.post("/v1/red-flag-reports", {"symptoms": ["chest_pain"]}, scene.cast.pia)
    scene.work_through(25.5)
    status, problem = snooze(scene, reminder_of(scene, "help_question")["id"], at(26))
    assert (status, "cannot be put off" in problem["detail"]) == (409, True)


def test_a_message_for_two_sessions_comes_again_once_and_asks_both(scene: Scene) -> None:
    first, second = treat_at(scene, 0), treat_at(scene, 1)
    scene.work_through(25.1)
    assert hours_of(scene)[-1] == 24
    sent = reminder_of(scene, "check_24h", status="sent")["id"]
    assert snooze(scene, sent, at(28))[0] == 200
    scene.say(26, soreness=1, session_id=first)
    scene.work_through(28.9)
    assert hours_of(scene)[-2:] == [24, 28]  # the first was answered; the second is asked
    assert prompts_of(scene, second)["check_24h"] == [("suppressed", "merged"), SNOOZED, ACCEPTED]


def test_one_put_off_for_two_unanswered_sessions_is_one_message(scene: Scene) -> None:
    treat_at(scene, 0)
    treat_at(scene, 1)
    scene.work_through(25.1)
    assert snooze(scene, reminder_of(scene, "check_24h", status="sent")["id"], at(28))[0] == 200
    scene.work_through(28.9)
    assert hours_of(scene)[-2:] == [24, 28]


def test_quiet_hours_that_change_meanwhile_hold_it_and_do_not_bring_it_forward(scene: Scene) -> None:
    treat_at(scene, 0)
    scene.work_through(24.5)
    assert snooze(scene, reminder_of(scene, "check_24h", status="sent")["id"], at(26))[0] == 200
    preferences = {"quiet_hours": {"enabled": True, "starts": "17:30", "ends": "18:30"}, "opted_in": []}
    headers = scene.cast.pia.headers | {"If-Match": '"1"'}
    answer = scene.cast.client.put("/v1/me/reminder-preferences", json=preferences, headers=headers)
    assert answer.status_code == 200
    scene.work_through(28)
    assert hours_of(scene)[-2:] == [24, 26.5]


def test_the_explanation_tells_that_it_was_put_off(scene: Scene) -> None:
    treat_at(scene, 0)
    scene.work_through(24.5)
    sent = reminder_of(scene, "check_24h", status="sent")["id"]
    snooze(scene, sent, at(28))
    told = scene.get(f"/v1/reminders/{sent}/explanation", scene.cast.pia)
    assert told["links"][-1]["sentence"] == (
        "The patient asked for it later. It waits until Tuesday 3 March, 20:00."
    )
    again = next(row for row in db.session.scalars(select(Dispatch)) if row.planned_because == "snoozed")
    told = scene.get(f"/v1/reminders/{again.id}/explanation", scene.cast.pia)
    assert told["summary"].startswith("Planned for Tuesday 3 March, 20:00: the moment until which")


def test_a_moment_needs_its_offset_and_nothing_else_is_taken(scene: Scene) -> None:
    treat_at(scene, 0)
    scene.work_through(24.5)
    sent = reminder_of(scene, "check_24h", status="sent")["id"]
    assert snooze(scene, sent, "2026-03-03T19:00:00")[0] == 422
    answer = scene.put(f"/v1/reminders/{sent}/snooze", scene.cast.pia, {"until": at(28), "times": 3})
    assert answer.status_code == 422
