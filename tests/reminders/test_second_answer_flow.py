"""The second answer: one more question some hours after an answer that a second one decides; in nobody's way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event, select, update

from tests.practice.test_protocol_versions import published
from tests.recovery.test_amend_flow import amended, delete
from tests.reminders.test_explanation_flow import explain
from tests.reminders.test_pause_flow import set_pause
from tests.reminders.test_reminder_first_look import setting
from tests.scene import ENDED, Scene
from tracker.checkins.models import CheckIn
from tracker.db import db, transaction
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Purpose
from tracker.engine.last_look import FIRST_LOOK
from tracker.people.models import Patient
from tracker.sessions.models import TreatmentSession

# Hours after ENDED, which is Monday 16:00 in Berlin: a session until Tuesday 9:00, and an answer at noon.
TREATED, NOON = 17, 20
EARLIEST, LATEST = 24, 26
SEVERE, PERSISTING, SETTLED = 7, 3, 2
Change = Callable[[Scene], Any]


def asked(scene: Scene) -> list[tuple[str, str]]:
    return scene.reminders().get("recheck", [])


def treat(scene: Scene, hours: float = TREATED, **changes: Any) -> dict[str, Any]:
    scene.at(hours)
    return scene.treat(ended_at=(ENDED + timedelta(hours=hours)).isoformat(), baseline_soreness=0, **changes)


def answer_at_noon(scene: Scene) -> dict[str, Any]:
    """The first answer of two, three hours after the session."""
    treat(scene)
    scene.work()
    return scene.say(NOON, soreness=SEVERE)


def test_a_severe_first_day_is_asked_about_once_more_and_the_second_answer_tells(scene: Scene) -> None:
    answer_at_noon(scene)
    assert scene.alerts() == []
    assert asked(scene) == [("scheduled", "on_time")]
    scene.work_through(EARLIEST - 0.01)
    assert len(scene.postbox.to(scene.cast.pia)) == 1, "the card"
    scene.work_through(EARLIEST)
    assert asked(scene) == [("sent", "accepted")]
    scene.say(EARLIEST + 0.5, soreness=SEVERE)
    assert [alert["rule"] for alert in scene.alerts()] == ["severe"]
    assert len(asked(scene)) == 1, "the therapist knows now"


def test_the_first_of_two_that_may_not_settle_is_asked_about_once_more(scene: Scene) -> None:
    published(scene, preset="standard")
    treat(scene, 0)
    scene.work_through(64)
    scene.say(65, soreness=PERSISTING)  # Thursday 9:00; the regular check is due at 16:00
    scene.work_through(73)
    assert asked(scene) == [("sent", "accepted")]
    assert scene.reminders()["check_72h"] == [("sent", "accepted")], "it displaces nothing"


def test_its_page_asks_like_a_check_and_its_answer_counts(scene: Scene) -> None:
    answer_at_noon(scene)
    scene.work_through(EARLIEST)
    [link] = [item["link"] for item in scene.get("/v1/reminders", scene.cast.pia)["items"]
              if item["kind"] == "recheck"]  # fmt: skip
    path = urlsplit(link).path
    scene.at(LATEST + 1)  # who reads it late may answer all the same
    assert "How sore is the area that was needled" in scene.cast.client.get(path).text
    assert scene.cast.client.post(path, data={"soreness": "8", "red_flags": "none"}).status_code == 200
    assert [alert["rule"] for alert in scene.alerts()] == ["severe"]


def test_it_explains_itself(scene: Scene) -> None:
    answer_at_noon(scene)
    scene.work_through(EARLIEST)
    summary, _ = explain(scene, "recheck")
    assert "Planned for Tuesday 3 March, 16:00: a few hours after an answer" in summary


def test_another_answer_withdraws_it_and_may_ask_for_its_own(scene: Scene) -> None:
    answer_at_noon(scene)
    scene.say(NOON + 1, hydration_ml=200)
    assert asked(scene) == [("scheduled", "on_time")], "a glass of water is no answer"
    scene.say(NOON + 2, soreness=SEVERE)
    assert asked(scene) == [("suppressed", "answered"), ("scheduled", "on_time")]
    scene.say(NOON + 3, soreness=SETTLED)
    assert asked(scene) == [("suppressed", "answered")] * 2


def test_a_changed_or_deleted_answer_takes_it_back_and_a_change_asks_again(scene: Scene) -> None:
    logged = answer_at_noon(scene)
    calm = amended(scene, logged, soreness=SETTLED)
    assert asked(scene) == [("suppressed", "answered")]
    amended(scene, calm, soreness=SEVERE)
    assert sorted(asked(scene)) == [("scheduled", "on_time"), ("suppressed", "answered")]
    later = scene.say(NOON + 1, soreness=SETTLED)
    assert {status for status, _ in asked(scene)} == {"suppressed"}
    assert delete(scene, later) == 204
    assert [status for status, _ in asked(scene)].count("scheduled") == 1, (
        "the first answer is the newest again"
    )
    assert delete(scene, logged) == 204
    assert [status for status, _ in asked(scene)] == ["suppressed"] * 3


def test_quiet_hours_leave_it_to_the_morning_or_to_the_next_check(scene: Scene) -> None:
    treat(scene)
    scene.say(24.5, soreness=SEVERE)  # 16:30, to be asked from 20:30 on
    assert asked(scene) == [("scheduled", "on_time")]
    scene.say(25.5, soreness=SEVERE)  # 17:30: from 21:30 on, until 23:30
    assert asked(scene) == [("suppressed", "answered"), ("suppressed", "quiet_no_window")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (setting(Patient, status="archived"), "patient_inactive"),
        (setting(Patient, consents_granted=["data_processing"]), "consent_withdrawn"),
        (lambda scene: set_pause(scene, EARLIEST, True), "paused_by_patient"),
        (setting(TreatmentSession, status="entered_in_error"), "cancelled"),
        (setting(TreatmentSession, generation=2), "cancelled"),
    ],
)
def test_both_looks_end_it_for_the_same_reason(scene: Scene, change: Change, reason: str) -> None:
    answer_at_noon(scene)
    scene.at(EARLIEST)
    change(scene)
    recheck_id = db.session.scalars(select(Dispatch.id).where(Dispatch.step_key == "recheck")).one()
    assert FIRST_LOOK[Purpose.REMINDER]([recheck_id], scene.clock())[recheck_id].reason == reason
    db.session.rollback()
    with transaction():  # a row that was tried before is looked at by the last look alone
        db.session.execute(update(Dispatch).where(Dispatch.id == recheck_id).values(attempt_count=1))
    scene.work(EARLIEST)
    row = db.session.get_one(Dispatch, recheck_id, populate_existing=True)
    assert (row.state, row.reason) == ("suppressed", reason)


def test_the_last_look_sees_that_the_answer_it_followed_is_gone(scene: Scene) -> None:
    answer_at_noon(scene)
    setting(CheckIn, deleted_at=ENDED)(scene)
    scene.work_through(EARLIEST)
    assert asked(scene) == [("suppressed", "answered")]


def test_it_stays_away_after_a_message_that_has_just_left(scene: Scene) -> None:
    treat(scene)
    scene.say(TREATED + 6, soreness=SEVERE)  # due at 19:00, an hour after the message of 18:00
    scene.work_through(LATEST + 2)
    assert scene.reminders()["alcohol_evening"] == [("sent", "accepted")]
    assert asked(scene) == [("suppressed", "spacing")]


def test_it_leaves_the_question_to_a_check_that_is_near(scene: Scene) -> None:
    published(scene, preset="standard")
    treat(scene, 0)
    scene.work_through(64)
    scene.say(66.1, soreness=PERSISTING)
    scene.work_through(73)
    assert asked(scene) == [("suppressed", "spacing")]
    assert scene.reminders()["check_72h"] == [("sent", "accepted")]


def test_it_cannot_be_put_off(scene: Scene) -> None:
    answer_at_noon(scene)
    scene.work_through(EARLIEST)
    [item] = [
        item for item in scene.get("/v1/reminders", scene.cast.pia)["items"] if item["kind"] == "recheck"
    ]
    until = {"until": (scene.clock() + timedelta(hours=1)).isoformat()}
    assert scene.put(f"/v1/reminders/{item['id']}/snooze", scene.cast.pia, until).status_code == 409


def test_an_answer_that_needs_none_looks_for_none(scene: Scene) -> None:
    treat(scene)
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *told: seen.append(told[2]))

    def looked() -> bool:
        return any(text.startswith("SELECT dispatch.anchor_id") for text in seen)

    scene.say(NOON, soreness=SETTLED)
    assert not looked()
    scene.say(NOON + 1, soreness=SEVERE)
    assert looked()


def test_a_course_that_settles_gets_none(scene: Scene) -> None:
    scene.treat()
    for hours, soreness in ((2, 3), (24.5, 2), (47, 3), (49, 1)):
        scene.work_through(hours)
        scene.say(hours, soreness=soreness)
    scene.work_through(24 * 8)
    assert asked(scene) == []
    assert len(scene.postbox.to(scene.cast.pia)) <= 5


def test_the_question_after_an_emergency_in_a_check_in_passes_the_first_look(scene: Scene) -> None:
    treat(scene)
    scene.say(NOON, soreness=SEVERE, red_flags=["chest_pain"])
    scene.work_through(NOON + 0.3)
    assert scene.reminders()["help_question"] == [("sent", "accepted")]
