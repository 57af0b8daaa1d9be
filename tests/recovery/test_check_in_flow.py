"""One check-in and all that follows from it: tasks, prompts, alerts, advice, trail, in one transaction."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.scene import ENDED, Scene
from tracker.alerts.models import Alert
from tracker.audit import service as audit
from tracker.audit.models import AuditEvent
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.delivery.models import Dispatch


def completed(scene: Scene, session: dict[str, Any]) -> list[str]:
    plan = scene.get(f"/v1/sessions/{session['session']['id']}/plan", scene.cast.pia)
    return sorted(
        task["key"] for task in plan["tasks"] if task["status"] == "completed" and task.get("due_at")
    )


@pytest.mark.parametrize(
    ("hours", "items", "answered"),
    [
        (24, {"soreness": 3}, ["check_24h"]),
        (30, {"soreness": 3}, ["check_24h", "second_look"]),
        (43.99, {"soreness": 3}, ["second_look"]),
        (44, {"soreness": 3}, ["check_48h"]),  # the second look has closed, the 48 h check has opened
        (24, {"soreness": 3, "red_flags": None}, []),  # the red-flag question was not answered
        (24, {"hydration_ml": 250}, []),  # a glass of water closes nothing
        (19.99, {"soreness": 3}, []),
        (20, {"soreness": 3}, ["check_24h"]),
        (35.99, {"soreness": 3}, ["check_24h", "second_look"]),
        (36, {"soreness": 3}, ["second_look"]),
        (124, {"soreness": 1}, ["infection_question"]),
        (124, {}, ["infection_question"]),  # this one asks for warning signs only
    ],
)
def test_a_check_is_answered_by_soreness_and_the_red_flag_question(
    scene: Scene, hours: float, items: dict[str, Any], answered: list[str]
) -> None:
    session = scene.treat()
    logged = scene.say(hours, **items)
    assert completed(scene, session) == answered
    assert len(logged["completed_plan_task_ids"]) == len(answered)


@pytest.mark.parametrize(
    ("felt_at", "named", "belongs_to"),
    [
        (10.01, None, "second"),
        (10, None, "second"),  # the very end of a session belongs to it
        (9.99, None, "first"),
        (0, None, "first"),
        (-0.01, None, None),
        (12, "first", "first"),
    ],
)
def test_an_answer_belongs_to_the_latest_session_that_had_ended(
    scene: Scene, felt_at: float, named: str | None, belongs_to: str | None
) -> None:
    first = scene.treat()["session"]["id"]
    scene.at(10)
    second = scene.treat(ended_at=scene.clock().isoformat())["session"]["id"]
    known: dict[str | None, str | None] = {"first": first, "second": second, None: None}
    scene.at(20)
    felt = (ENDED + timedelta(hours=felt_at)).isoformat()
    logged = scene.say(20, recorded_at=felt, soreness=1, session_id=known[named])
    assert logged.get("session_id") == known[belongs_to]


def test_an_answer_from_before_a_named_session_is_refused_unless_it_ticks_a_sign(scene: Scene) -> None:
    session = scene.treat()["session"]["id"]
    scene.at(1)
    body = {
        "recorded_at": (ENDED - timedelta(hours=1)).isoformat(),
        "time_zone": "Europe/Berlin",
        "session_id": session,
        "red_flags": [],
    }
    refused = scene.post("/v1/check-ins", body, scene.cast.pia)
    assert (refused.status_code, refused.get_json()["errors"][0]["code"]) == (422, "before_session")
    assert scene.post("/v1/check-ins", body | {"red_flags": ["fever"]}, scene.cast.pia).status_code == 201


def test_an_answer_withdraws_the_prompts_of_its_checks(scene: Scene) -> None:
    scene.treat()
    scene.work_through(3)
    scene.say(23, soreness=3)
    assert scene.reminders()["check_24h"] == [("suppressed", "answered")] * 2
    scene.work_through(43)
    assert scene.reminders()["second_look"] == [("suppressed", "settled")]
    assert scene.postbox.to(scene.cast.pia) == [ENDED, ENDED + timedelta(hours=2)]  # card and evening


def test_persisting_soreness_raises_one_alert_with_its_sentence(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(50, soreness=6)
    (alert,) = scene.alerts()
    assert alert["reason"] == "6/10 at 50 h; 2/10 before the session; expected to have settled by 48 h."
    assert (alert["rule"], alert["severity"], alert["status"]) == ("persists", "attention", "open")
    assert alert["check_in_id"] == logged["id"]
    assert alert["owner_id"] == str(scene.cast.tilda.account_id)
    assert alert["inputs"]["thresholds"]["persists_at_once"] == 3
    assert logged["advice"]["level"] == "contact_clinic"


def test_one_alert_per_session_and_family_shows_the_newest_reason(scene: Scene) -> None:
    scene.treat()
    scene.say(47, soreness=4)
    scene.say(60, soreness=7)
    (alert,) = scene.alerts()
    assert alert["rule"] == "severe"
    whole = scene.get(f"/v1/alerts/{alert['id']}", scene.cast.tilda)
    assert [event["kind"] for event in whole["events"]] == ["raised", "repeated"]


def test_improvement_marks_an_open_alert_and_closes_an_acknowledged_one(scene: Scene) -> None:
    scene.treat()
    scene.say(48, soreness=5)
    scene.say(60, soreness=2)
    scene.say(72, soreness=1)
    (alert,) = scene.alerts()
    assert (alert["status"], alert["settling"]) == ("open", True)
    scene.put(f"/v1/alerts/{alert['id']}/acknowledgement", scene.cast.tilda)
    scene.say(80, soreness=1)
    (alert,) = scene.alerts()
    assert alert["status"] == "resolved"
    assert "outcome" not in alert


def test_a_late_answer_that_was_true_only_then_is_kept_as_historic(scene: Scene) -> None:
    scene.treat()
    scene.say(70, soreness=1)
    scene.at(71)
    late = {
        "recorded_at": (ENDED + timedelta(hours=50)).isoformat(), "time_zone": "Europe/Berlin", "soreness": 6
    }  # fmt: skip
    assert scene.post("/v1/check-ins", late, scene.cast.pia).status_code == 201
    (alert,) = scene.alerts()
    assert (alert["historic"], alert["status"], alert["late_by_minutes"]) == (True, "resolved", 21 * 60)
    scene.work()
    assert scene.postbox.to(scene.cast.tilda) == []


def test_staff_may_enter_what_a_patient_says(scene: Scene) -> None:
    scene.treat()
    scene.at(25)
    body = {
        "patient_id": str(scene.cast.pia.patient_id),
        "recorded_at": scene.clock().isoformat(),
        "time_zone": "Europe/Berlin",
        "soreness": 2,
        "red_flags": [],
    }
    answer = scene.post("/v1/check-ins", body, scene.cast.tilda)
    assert answer.status_code == 201
    assert (answer.get_json()["recorded_by"], answer.get_json()["source"]) == ("staff", "telephone")
    shown = scene.get("/v1/check-ins", scene.cast.pia)["items"]
    assert [item["id"] for item in shown] == [answer.get_json()["id"]]


def test_without_consent_only_a_red_flag_is_taken(scene: Scene) -> None:
    scene.treat()
    consent = {"kind": "share_with_clinic", "document_version": "2026-11", "status": "withdrawn"}
    assert scene.post("/v1/me/consents", consent, scene.cast.pia).status_code == 201
    body = {
        "recorded_at": scene.clock().isoformat(),
        "time_zone": "Europe/Berlin",
        "soreness": 9,
        "red_flags": [],
    }
    refused = scene.post("/v1/check-ins", body, scene.cast.pia)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "consent_required")
    taken = scene.post("/v1/check-ins", body | {"red_flags": ["chest_pain"]}, scene.cast.pia)
    assert taken.get_json()["advice"]["level"] == "emergency"


def test_a_failure_in_the_middle_leaves_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.treat()
    scene.at(48)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the trail cannot be written")

    before = [count(model) for model in (CheckIn, Alert, AuditEvent)]
    monkeypatch.setattr(audit, "record", fail)
    body = {
        "recorded_at": scene.clock().isoformat(),
        "time_zone": "Europe/Berlin",
        "soreness": 8,
        "red_flags": [],
    }
    scene.app.config["PROPAGATE_EXCEPTIONS"] = False
    assert scene.post("/v1/check-ins", body, scene.cast.pia).status_code == 500
    scene.app.config["PROPAGATE_EXCEPTIONS"] = None
    assert [count(model) for model in (CheckIn, Alert, AuditEvent)] == before
    assert db.session.scalar(select(func.count()).where(Dispatch.purpose == "alert")) == 0


def test_the_trail_of_a_course_holds(scene: Scene) -> None:
    scene.treat()
    scene.say(24, soreness=3)
    scene.say(48, soreness=6)
    scene.alerts(patient_id=str(scene.cast.pia.patient_id))
    assert audit.find_break(UUID(str(scene.cast.pia.patient_id))) is None
    assert count(AuditEvent) > 0


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "no key at all"}])
def test_a_warning_sign_is_taken_without_a_key(scene: Scene, headers: dict[str, str]) -> None:
    scene.treat()
    body = {"recorded_at": ENDED.isoformat(), "time_zone": "Europe/Berlin"}
    patient = scene.cast.pia.headers | headers
    calm = scene.cast.client.post("/v1/check-ins", json=body | {"red_flags": []}, headers=patient)
    assert calm.status_code == 400
    answer = scene.cast.client.post(
        "/v1/check-ins", json=body | {"red_flags": ["chest_pain"]}, headers=patient
    )
    assert (answer.status_code, answer.get_json()["advice"]["level"]) == (201, "emergency")
    assert [alert["rule"] for alert in scene.alerts()] == ["red_flag_emergency"]


@pytest.mark.parametrize(
    "faulty",
    [
        {"soreness": 11},
        {"of_a_newer_app": True},
        {"recorded_at": "yesterday"},
        {"recorded_at": None},
        {"time_zone": "Mars/Olympus"},
        {"note": "x" * 5000},
        {"side_effects": [{"code": "glowing"}]},
        {"session_id": "no id"},
        {"source": "pigeon"},
        {"red_flags": ["chest_pain", 7]},
        {"red_flags": "chest_pain"},
    ],
)
def test_a_tick_is_taken_whatever_else_is_wrong(scene: Scene, faulty: dict[str, Any]) -> None:
    scene.treat()
    logged = scene.say(1, soreness=1)
    said = {
        "recorded_at": scene.clock().isoformat(),
        "time_zone": "Europe/Berlin",
        "red_flags": ["chest_pain"],
    }
    answer = scene.post("/v1/check-ins", said | faulty, scene.cast.pia)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    assert answer.get_json()["advice"]["level"] == "emergency"
    assert "chest_pain" in {alert["inputs"]["code"] for alert in scene.alerts()}
    known = {name: value for name, value in faulty.items() if name not in {"recorded_at", "time_zone"}}
    changed = scene.patch(f"/v1/check-ins/{logged['id']}", scene.cast.pia, {"red_flags": ["fever"]} | known)
    assert changed.status_code == 200, changed.get_data(as_text=True)


def test_what_ticks_nothing_is_refused_when_something_is_wrong(scene: Scene) -> None:
    said = {"recorded_at": scene.clock().isoformat(), "time_zone": "Europe/Berlin", "soreness": 11}
    nothings: list[dict[str, Any]] = [{"red_flags": []}, {"red_flags": None}, {}]
    for nothing in nothings:
        assert scene.post("/v1/check-ins", said | nothing, scene.cast.pia).status_code == 422


def test_what_comes_weeks_late_and_is_still_the_newest_word_is_told(scene: Scene) -> None:
    scene.treat()
    scene.say(24 * 20, soreness=8, recorded_at=(ENDED + timedelta(hours=50)).isoformat())
    (alert,) = scene.alerts()
    assert (alert["status"], alert["historic"], alert["late_by_minutes"]) == ("open", False, 430 * 60)
    scene.work()
    assert len(scene.postbox.to(scene.cast.tilda)) == 1
