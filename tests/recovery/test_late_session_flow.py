"""A session written down late, moved or taken back: what was said since belongs to the session it was about."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.recovery.test_amend_flow import delete, statuses
from tests.scene import ENDED, Scene
from tracker.audit import service as audit
from tracker.audit.models import AuditEvent
from tracker.db import db

Recorded = dict[str, Any]


def record(scene: Scene, ended: float, at: float | None = None, **changes: Any) -> Recorded:
    """Record a session that ended so many hours after ENDED, at that hour or then."""
    scene.at(ended if at is None else at)
    return scene.treat(ended_at=(ENDED + timedelta(hours=ended)).isoformat(), **changes)


def id_of(recorded: Recorded) -> str:
    found: str = recorded["session"]["id"]
    return found


def session_of(scene: Scene, logged: dict[str, Any]) -> str | None:
    found: str | None = read(scene, logged).get("session_id")
    return found


def read(scene: Scene, logged: dict[str, Any]) -> dict[str, Any]:
    return scene.get(f"/v1/check-ins/{logged['id']}", scene.cast.pia)


def correct(scene: Scene, recorded: Recorded, version: int = 1, **changes: Any) -> None:
    answer = scene.patch(f"/v1/sessions/{id_of(recorded)}", scene.cast.tilda, changes, version)
    assert answer.status_code == 200, answer.get_data(as_text=True)


def mail_hours(scene: Scene) -> list[float]:
    return [round((at - ENDED) / timedelta(hours=1), 1) for at in scene.postbox.to(scene.cast.pia)]


def plan_of(scene: Scene, recorded: Recorded) -> dict[str, Any]:
    return scene.get(f"/v1/sessions/{id_of(recorded)}/plan", scene.cast.pia)


def alerts_of(scene: Scene, recorded: Recorded) -> list[tuple[str, str, bool]]:
    return [(alert["rule"], alert["status"], alert["historic"]) for alert in scene.alerts()
            if alert.get("session_id") == id_of(recorded)]  # fmt: skip


def test_what_was_said_before_the_session_was_written_down_answers_its_check(scene: Scene) -> None:
    logged = scene.say(24, soreness=2)
    assert "session_id" not in logged
    session = record(scene, 0, at=25)
    shown = read(scene, logged)
    assert (shown["session_id"], shown["hours_since_session"]) == (id_of(session), 24)
    tasks = {task["id"]: task for task in plan_of(scene, session)["tasks"]}
    assert [tasks[task_id]["key"] for task_id in shown["completed_plan_task_ids"]] == ["check_24h"]
    assert statuses(scene, session)["check_24h"] == "completed"
    scene.work_through(43)
    assert mail_hours(scene) == [], "it was answered, and it has settled"


def test_the_phone_hears_of_it_and_the_trail_tells_who_did_it(scene: Scene) -> None:
    logged = scene.say(24, soreness=2)
    page = scene.get("/v1/changes", scene.cast.pia)
    session = record(scene, 0, at=25)
    changed = scene.get("/v1/changes", scene.cast.pia, cursor=page["next_cursor"])["items"]
    assert [item["check_in"]["session_id"] for item in changed if item["id"] == logged["id"]] == [
        id_of(session)
    ]
    db.session.rollback()
    trail = select(AuditEvent).where(AuditEvent.resource_id == UUID(logged["id"]))
    written = db.session.scalars(trail.order_by(AuditEvent.position)).all()
    assert [(event.action, event.actor_id) for event in written if event.action != "read"] == [
        ("create", scene.cast.pia.account_id),
        ("update", scene.cast.tilda.account_id),
    ]
    assert audit.find_break(scene.cast.pia.patient_id) is None


@pytest.mark.parametrize(
    ("said_at", "belongs"),
    [(-0.1, False), (0, True), (20, True), (71.9, True), (72, False), (80, False)],
)
def test_it_takes_what_lies_between_its_end_and_that_of_the_next(
    scene: Scene, said_at: float, belongs: bool
) -> None:
    logged = scene.say(said_at, soreness=2)
    record(scene, 72, at=81)
    late = record(scene, 0, at=82)
    assert (session_of(scene, logged) == id_of(late)) is belongs


def test_what_was_credited_to_the_session_before_by_default_moves_on(scene: Scene) -> None:
    before = record(scene, 0)
    scene.say(24, soreness=1)
    logged = scene.say(220, soreness=2)  # nothing is asked after day 8
    assert session_of(scene, logged) == id_of(before)
    late = record(scene, 196, at=221)
    assert session_of(scene, logged) == id_of(late)
    assert statuses(scene, late)["check_24h"] == "completed"


def test_what_answered_a_check_of_the_session_before_stays_there(scene: Scene) -> None:
    before = record(scene, 0)
    logged = scene.say(48, soreness=2)
    late = record(scene, 24, at=49)
    assert session_of(scene, logged) == id_of(before)
    assert statuses(scene, before)["check_48h"] == "completed"
    assert statuses(scene, late)["check_24h"] in {"active", "due"}


def test_what_named_a_session_that_was_not_the_latest_stays_there(scene: Scene) -> None:
    first = record(scene, 0)
    record(scene, 1)
    logged = scene.say(200, soreness=2, session_id=id_of(first))
    record(scene, 190, at=201)
    assert session_of(scene, logged) == id_of(first)


def test_the_rules_look_once_at_what_it_takes_and_tell_what_is_still_true(scene: Scene) -> None:
    scene.say(48, soreness=7)
    scene.say(54, soreness=7)
    assert scene.alerts() == []
    late = record(scene, 0, at=55)
    assert alerts_of(scene, late) == [("severe", "open", False)]
    scene.work()
    assert len(scene.postbox.to(scene.cast.tilda)) == 1


def test_what_is_over_by_then_is_kept_as_historic_and_tells_nobody(scene: Scene) -> None:
    scene.say(48, soreness=7)
    scene.say(54, soreness=7)
    scene.say(60, soreness=2)
    late = record(scene, 0, at=61)
    assert alerts_of(scene, late) == [("severe", "resolved", True)]
    scene.work()
    assert scene.postbox.to(scene.cast.tilda) == []


def test_a_red_flag_is_not_raised_a_second_time(scene: Scene) -> None:
    scene.say(24, soreness=2, red_flags=["fever"])
    scene.work()
    before = scene.alerts()
    record(scene, 0, at=24.5)  # nobody is told again before an hour has passed
    scene.work()
    assert [alert["rule"] for alert in before] == ["red_flag_same_day"]
    assert scene.alerts() == before
    assert len(scene.postbox.to(scene.cast.tilda)) == 1


def test_where_it_stands_on_the_expected_course_is_known_now(scene: Scene) -> None:
    logged = scene.say(24, soreness=9)
    assert "course_position" not in logged
    record(scene, 0, at=25)
    assert read(scene, logged)["course_position"] == "above"


def test_a_session_whose_end_is_corrected_takes_what_was_said_since(scene: Scene) -> None:
    logged = scene.say(24, soreness=2)
    session = record(scene, 24.5, at=25)
    assert session_of(scene, logged) is None
    correct(scene, session, ended_at=ENDED.isoformat())
    assert session_of(scene, logged) == id_of(session)
    assert statuses(scene, session)["check_24h"] == "completed"
    scene.work_through(43)
    assert mail_hours(scene) == []


def test_a_session_entered_in_error_gives_back_what_it_took(scene: Scene) -> None:
    logged = scene.say(24, soreness=2)
    session = record(scene, 0, at=25)
    correct(scene, session, status="entered_in_error")
    assert session_of(scene, logged) is None
    correct(scene, session, version=2, status="completed")
    assert session_of(scene, logged) == id_of(session)


def test_of_a_session_recorded_twice_the_other_has_the_answers(scene: Scene) -> None:
    right, twice = record(scene, 0), record(scene, 0.5)
    scene.work_through(23)
    sore = scene.say(24, soreness=7)
    assert session_of(scene, sore) == id_of(twice)
    scene.at(24.1)
    correct(scene, twice, status="entered_in_error")
    assert session_of(scene, sore) == id_of(right)
    assert statuses(scene, right)["check_24h"] == "completed"
    before = mail_hours(scene)
    scene.work_through(28)
    assert mail_hours(scene) == before, "it was answered"
    scene.say(47, soreness=7)
    assert ("severe", "open", False) in alerts_of(scene, right)


def test_a_deleted_answer_opens_no_check_of_a_session_that_never_was(scene: Scene) -> None:
    right, twice = record(scene, 0), record(scene, 0.5)
    logged = scene.say(24, soreness=2)
    correct(scene, twice, status="entered_in_error")
    assert delete(scene, logged) == 204
    due = scene.get("/v1/me/home", scene.cast.pia)["due_tasks"]
    opened = [task["id"] for task in plan_of(scene, right)["tasks"] if task["key"] == "check_24h"]
    assert [task["id"] for task in due] == opened


def test_silence_is_not_told_of_a_patient_who_had_answered(scene: Scene) -> None:
    scene.say(24, soreness=2)
    scene.say(48, soreness=2)
    late = record(scene, 0, at=50)
    scene.work_through(80)
    assert alerts_of(scene, late) == []
