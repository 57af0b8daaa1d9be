"""A check-in that is changed or deleted: what it caused follows, what it warned of stays."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from tests.cast import Person
from tests.scene import Scene
from tests.support.keys import new_key
from tracker.audit import service as audit
from tracker.checkins import service as checkins
from tracker.db import db

CONSENT = {"kind": "share_with_clinic", "document_version": "2026-11", "status": "withdrawn"}


def amend(scene: Scene, logged: dict[str, Any], person: Person | None = None, **items: Any) -> TestResponse:
    path = f"/v1/check-ins/{logged['id']}"
    return scene.patch(path, person or scene.cast.pia, items, version=logged["version"])


def amended(scene: Scene, logged: dict[str, Any], **items: Any) -> dict[str, Any]:
    answer = amend(scene, logged, **items)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    shown: dict[str, Any] = answer.get_json()
    return shown


def delete(scene: Scene, logged: dict[str, Any], person: Person | None = None) -> int:
    headers = (person or scene.cast.pia).headers
    return scene.cast.client.delete(f"/v1/check-ins/{logged['id']}", headers=headers).status_code


def the_alert(scene: Scene) -> dict[str, Any]:
    """The one alert, with its events."""
    (listed,) = scene.alerts()
    return scene.get(f"/v1/alerts/{listed['id']}", scene.cast.tilda)


def events(scene: Scene) -> list[str]:
    return [event["kind"] for event in the_alert(scene)["events"]]


def statuses(scene: Scene, session: dict[str, Any]) -> dict[str, str]:
    plan = scene.get(f"/v1/sessions/{session['session']['id']}/plan", scene.cast.pia)
    return {task["key"]: task["status"] for task in plan["tasks"]}


def test_a_change_replaces_what_is_sent_and_keeps_what_was_said(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3, note="slept well")
    shown = amended(scene, logged, soreness=4)
    assert (shown["soreness"], shown["note"]) == (4, "slept well")
    assert (shown["version"], shown["amended"], shown["id"]) == (2, True, logged["id"])
    amended(scene, shown, soreness=5, stiffness=2)
    row = checkins.find_row(UUID(logged["id"]))
    earlier = checkins.list_earlier_versions(row)
    assert [(kept.version, kept.soreness, kept.stiffness) for kept in earlier] == [(1, 3, None), (2, 4, None)]
    assert audit.find_break(scene.cast.pia.patient_id) is None


def test_an_earlier_version_is_shown_to_nobody(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3)
    amended(scene, logged, soreness=4)
    (kept,) = checkins.list_earlier_versions(checkins.find_row(UUID(logged["id"])))
    kept_id = str(kept.id)
    db.session.rollback()
    listed = scene.get("/v1/check-ins", scene.cast.pia)["items"]
    assert [item["id"] for item in listed] == [logged["id"]]
    changes = scene.get("/v1/changes", scene.cast.pia, limit="100")["items"]
    assert [change["id"] for change in changes if change["kind"] == "check_in"] == [logged["id"]]
    for method in ("GET", "PATCH", "DELETE"):
        headers = scene.cast.pia.headers | {"If-Match": '"1"'}
        body = {"soreness": 1} if method == "PATCH" else None
        answer = scene.cast.client.open(f"/v1/check-ins/{kept_id}", method=method, headers=headers, json=body)
        assert answer.status_code == 404, method


@pytest.mark.parametrize(
    ("who", "hours", "status"),
    [("pia", 72, 200), ("pia", 72.01, 422), ("tilda", 72.01, 200), ("tilda", 1000, 200), ("paul", 25, 404)],
)
def test_a_patient_changes_it_for_48_h_and_staff_at_any_time(
    scene: Scene, who: str, hours: float, status: int
) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3)
    scene.at(hours)
    answer = amend(scene, logged, getattr(scene.cast, who), soreness=4)
    assert answer.status_code == status
    if status == 422:
        assert answer.get_json()["code"] == "amendment_window_closed"


def test_the_same_change_twice_is_one_and_an_old_version_is_refused(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3)
    first, again = amended(scene, logged, soreness=4), amended(scene, logged, soreness=4)
    assert first == again
    assert amend(scene, logged, soreness=5).status_code == 412
    assert amended(scene, first, soreness=4)["version"] == 2  # nothing to change


def test_without_consent_nothing_is_changed_but_a_red_flag_is_taken(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3)
    assert scene.post("/v1/me/consents", CONSENT, scene.cast.pia).status_code == 201
    assert amend(scene, logged, soreness=4).get_json()["code"] == "consent_required"
    assert amended(scene, logged, red_flags=["fever"])["advice"]["level"] == "contact_clinic"
    assert the_alert(scene)["rule"] == "red_flag_same_day"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("open", ("open", True, "settling")), ("acknowledged", ("withdrawn", False, "withdrawn"))],
)
def test_a_change_that_removes_the_cause_never_hides_an_unseen_alert(
    scene: Scene, status: str, expected: tuple[str, bool, str]
) -> None:
    scene.treat()
    logged = scene.say(50, soreness=6)
    if status == "acknowledged":
        scene.put(f"/v1/alerts/{the_alert(scene)['id']}/acknowledgement", scene.cast.tilda)
    assert amended(scene, logged, soreness=1)["advice"]["level"] == "expected"
    alert = the_alert(scene)
    assert (alert["status"], alert["settling"], alert["events"][-1]["kind"]) == expected


def test_a_change_can_raise_an_alert_and_complete_a_check(scene: Scene) -> None:
    session = scene.treat()
    logged = scene.say(47, soreness=2, red_flags=None)
    assert statuses(scene, session)["check_48h"] in {"active", "due"}
    shown = amended(scene, logged, soreness=6, red_flags=[])
    assert shown["advice"]["level"] == "contact_clinic"
    assert (the_alert(scene)["rule"], the_alert(scene)["check_in_id"]) == ("persists", logged["id"])
    assert statuses(scene, session)["check_48h"] == "completed"
    assert len(shown["completed_plan_task_ids"]) == 1


def test_staff_correct_what_they_took_down_and_the_patient_cannot_delete_it(scene: Scene) -> None:
    scene.treat()
    scene.at(25)
    body = {
        "patient_id": str(scene.cast.pia.patient_id),
        "recorded_at": scene.clock().isoformat(),
        "time_zone": "Europe/Berlin",
        "soreness": 2,
    }
    logged = scene.post("/v1/check-ins", body, scene.cast.tilda).get_json()
    assert delete(scene, logged) == 409
    assert amend(scene, logged, scene.cast.tilda, soreness=3).status_code == 200


def test_a_tick_added_later_is_told_and_one_taken_back_stays(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3)
    scene.at(24 + 47)
    shown = amended(scene, logged, red_flags=["chest_pain"])
    assert shown["advice"]["level"] == "emergency"
    assert the_alert(scene)["rule"] == "red_flag_emergency"
    shown = amended(scene, shown, red_flags=[])
    assert (shown["red_flags"], the_alert(scene)["status"]) == ([], "open")
    assert events(scene)[-1] == "taken_back"
    amended(scene, shown, red_flags=["chest_pain"])
    assert events(scene)[-1] == "repeated"


@pytest.mark.parametrize("hours", [25, 24 + 49, 24 * 40])
@pytest.mark.parametrize("version", [0, 1, 2, 3, 99])
def test_a_new_tick_is_taken_from_any_version_at_any_time(scene: Scene, hours: float, version: int) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3)
    amended(scene, logged, soreness=4)
    scene.at(hours)
    answer = amend(scene, logged | {"version": version}, soreness=9, red_flags=["chest_pain"])
    assert answer.status_code == 200
    shown = answer.get_json()
    assert shown["advice"]["level"] == "emergency"
    # The rest of a change to another version is not.
    assert shown["soreness"] == (9 if version == 2 else 4)
    assert "red_flag_emergency" in {alert["rule"] for alert in scene.alerts()}


def test_an_unknown_sign_is_an_emergency_and_a_milder_tick_does_not_calm_it(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3, red_flags=["something_unusual"])
    assert the_alert(scene)["severity"] == "urgent"
    shown = amended(scene, logged, red_flags=["something_unusual", "from_a_newer_app"])
    assert shown["advice"]["level"] == "emergency"
    assert the_alert(scene)["severity"] == "emergency"
    again = amended(scene, logged, red_flags=["something_unusual", "from_a_newer_app"])
    assert (again, events(scene)) == (shown, ["raised", "repeated"])
    scene.say(26, red_flags=["something_unusual"])
    assert the_alert(scene)["severity"] == "emergency"


def test_an_unknown_sign_beside_a_known_one_is_no_repetition(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3)
    amended(scene, logged, red_flags=["something_unusual"])
    shown = amended(scene, logged, red_flags=["from_a_newer_app"])  # meant for the version before
    assert shown["advice"]["level"] == "emergency"
    assert the_alert(scene)["severity"] == "emergency"


def test_deleting_leaves_a_tombstone_that_phones_hear_of_and_repeats_harmlessly(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3)
    cursor = scene.get("/v1/changes", scene.cast.pia, limit="100")["next_cursor"]
    assert [delete(scene, logged) for _ in range(2)] == [204, 204]
    feed = scene.get("/v1/changes", scene.cast.pia, cursor=cursor)["items"]
    assert {"check_in"} == {change["kind"] for change in feed if change["operation"] == "delete"}
    assert scene.get("/v1/check-ins", scene.cast.pia)["items"] == []
    assert amend(scene, logged, soreness=1).status_code == 404
    assert delete(scene, logged, scene.cast.paul) == 404
    assert delete(scene, logged, scene.cast.tilda) == 403


@pytest.mark.parametrize("acknowledged", [False, True])
def test_deleting_the_cause_withdraws_the_alert_for_all_to_see(scene: Scene, acknowledged: bool) -> None:
    scene.treat()
    logged = scene.say(50, soreness=6)
    if acknowledged:
        scene.put(f"/v1/alerts/{the_alert(scene)['id']}/acknowledgement", scene.cast.tilda)
    assert delete(scene, logged) == 204
    alert = the_alert(scene)
    assert (alert["status"], alert["events"][-1]["kind"]) == ("withdrawn", "withdrawn")
    assert alert["events"][-1]["detail"] == "The answer that raised it was deleted."


def test_deleting_leaves_an_alert_that_another_answer_raises_as_well(scene: Scene) -> None:
    scene.treat()
    first = scene.say(50, soreness=6)
    newest = scene.say(60, soreness=6)
    delete(scene, newest)
    alert = the_alert(scene)
    assert (alert["status"], alert["check_in_id"]) == ("open", first["id"])


def test_deleting_what_ticked_a_red_flag_leaves_its_alert_with_a_note(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3, red_flags=["fever"])
    delete(scene, logged)
    alert = the_alert(scene)
    assert (alert["status"], alert["events"][-1]["kind"]) == ("open", "taken_back")


@pytest.mark.parametrize(("hours", "status"), [(25, "due"), (35.99, "overdue"), (36, "completed")])
def test_deleting_opens_a_check_again_while_its_window_is_open(
    scene: Scene, hours: float, status: str
) -> None:
    session = scene.treat()
    logged = scene.say(24, soreness=3)
    assert statuses(scene, session)["check_24h"] == "completed"
    scene.at(hours)
    delete(scene, logged)
    assert statuses(scene, session)["check_24h"] == status


def test_a_second_answer_keeps_the_check_completed(scene: Scene) -> None:
    session = scene.treat()
    first = scene.say(24, soreness=3)
    second = scene.say(25, soreness=3)
    delete(scene, first)
    plan = scene.get(f"/v1/sessions/{session['session']['id']}/plan", scene.cast.pia)
    (check,) = (task for task in plan["tasks"] if task["key"] == "check_24h")
    assert (check["status"], check["check_in_id"]) == ("completed", second["id"])


def test_an_answer_taken_back_puts_a_silent_patient_on_the_call_list_again(scene: Scene) -> None:
    scene.treat()
    scene.work_through(60.01)
    assert the_alert(scene)["rule"] == "missed_checks"
    logged = scene.say(61, soreness=1)
    assert the_alert(scene)["settling"]
    delete(scene, logged)
    assert not the_alert(scene)["settling"]
    assert the_alert(scene)["status"] == "open"


def test_a_water_bottle_can_be_deleted_without_a_session(scene: Scene) -> None:
    logged = scene.say(1, hydration_ml=500, red_flags=None)
    assert delete(scene, logged) == 204
    assert scene.get("/v1/me/home", scene.cast.pia).get("last_check_in") is None


def test_a_red_flag_under_a_used_key_is_told_once(scene: Scene) -> None:
    key = new_key()
    scene.treat()
    scene.at(24)
    body = {"recorded_at": scene.clock().isoformat(), "time_zone": "Europe/Berlin", "red_flags": []}
    ticking = body | {"red_flags": ["chest_pain"]}
    assert scene.post("/v1/check-ins", body, scene.cast.pia, key).status_code == 201
    answers = [scene.post("/v1/check-ins", ticking, scene.cast.pia, key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert events(scene) == ["raised"]
    other = scene.post("/v1/check-ins", body | {"soreness": 1}, scene.cast.pia, key)
    assert other.get_json()["code"] == "idempotency_key_reused"


def test_an_emergency_told_later_asks_again_whether_help_came(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=3, red_flags=["chest_pain"])
    scene.work(24.3)
    scene.at(30)
    amended(scene, logged, red_flags=["chest_pain", "collapse"])
    scene.work_through(31)
    asked = [at for at in scene.postbox.to(scene.cast.pia) if at >= scene.clock() - timedelta(hours=1)]
    assert len(asked) == 1


def test_a_new_tick_is_taken_from_a_phone_that_has_not_heard_of_the_deletion(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(24, soreness=9, note="It hurts.")
    assert delete(scene, logged) == 204
    assert amend(scene, logged, soreness=3).status_code == 404
    shown = amended(scene, logged, soreness=8, red_flags=["chest_pain"])
    assert shown["advice"]["level"] == "emergency"
    # What the patient deleted stays deleted; the warning comes back alone.
    assert (shown["red_flags"], shown.get("soreness"), shown.get("note")) == (["chest_pain"], None, None)
    found = {alert["rule"]: alert["status"] for alert in scene.alerts()}
    assert found == {"severe": "withdrawn", "contact_request": "withdrawn", "red_flag_emergency": "open"}


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-Match": '"99"'}])
def test_a_new_tick_is_taken_without_a_version(scene: Scene, headers: dict[str, str]) -> None:
    scene.treat()
    logged = scene.say(24, soreness=2)
    path = f"/v1/check-ins/{logged['id']}"
    patient = scene.cast.pia.headers | headers
    calm = scene.cast.client.patch(path, json={"soreness": 3}, headers=patient)
    assert calm.status_code in {412, 428}
    answer = scene.cast.client.patch(path, json={"soreness": 9, "red_flags": ["chest_pain"]}, headers=patient)
    shown = answer.get_json()
    assert (answer.status_code, shown["advice"]["level"], shown["soreness"]) == (200, "emergency", 2)
    assert [alert["rule"] for alert in scene.alerts()] == ["red_flag_emergency"]
