"""What people do with an alert over HTTP: notes, giving it to somebody, putting it off, opening it again, lists."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.alerts.test_never_quiet_flow import DAY, listed, told
from tests.cast import Person
from tests.scene import ENDED, Scene
from tests.support.keys import new_key
from tracker.alerts.models import Alert, AlertEvent
from tracker.db import db

LATER = (ENDED + timedelta(days=4)).isoformat()


def attention(scene: Scene) -> str:
    """A soreness alert of Pia's, raised on Wednesday at 16:00."""
    scene.treat()
    scene.say(2 * DAY, soreness=5)
    (alert,) = scene.alerts()
    scene.work()
    return str(alert["id"])


def flag(scene: Scene, symptom: str = "fever") -> str:
    answer = scene.post(
        "/v1/red-flag-reports", {"symptoms": [symptom], "time_zone": "Europe/Berlin"}, scene.cast.pia
    )
    return str(answer.get_json()["alert_ids"][0])


def put(scene: Scene, alert_id: str, what: str, body: dict[str, Any], person: Person | None = None) -> Any:
    return scene.put(f"/v1/alerts/{alert_id}/{what}", person or scene.cast.tilda, body)


def read(scene: Scene, alert_id: str, person: Person | None = None) -> dict[str, Any]:
    return scene.get(f"/v1/alerts/{alert_id}", person or scene.cast.tilda)


def status_of(scene: Scene, path: str, person: Person) -> int:
    return scene.cast.client.get(path, headers=person.headers).status_code


def test_a_note_stands_beside_the_alert_once(scene: Scene) -> None:
    alert_id, key = attention(scene), new_key()
    path = f"/v1/alerts/{alert_id}/notes"
    first = scene.post(path, {"text": "Nobody answered."}, scene.cast.tilda, key)
    again = scene.post(path, {"text": "Nobody answered."}, scene.cast.tilda, key)
    other = scene.post(path, {"text": "Something else."}, scene.cast.tilda, key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    (note,) = read(scene, alert_id)["notes"]
    assert (note["text"], note["author"]["display_name"]) == ("Nobody answered.", "Tilda")


def test_who_is_given_an_alert_is_told_and_sees_the_record_as_long_as_it_is_theirs(scene: Scene) -> None:
    alert_id = attention(scene)
    record = f"/v1/patients/{scene.cast.pia.patient_id}"
    tom = scene.cast.tom
    assert status_of(scene, record, tom) == 404
    body = {"therapist_id": str(tom.account_id)}
    for _ in range(2):
        given = put(scene, alert_id, "assignment", body)
        assert (given.status_code, given.get_json()["owner"]["display_name"]) == (200, "Tom")
    scene.work()
    assert told(scene, tom) == ["Wed 16:00"]
    assert [status_of(scene, path, tom) for path in (record, f"/v1/alerts/{alert_id}")] == [200, 200]
    assert [item["id"] for item in scene.get("/v1/alerts", tom, owner="me")["items"]] == [alert_id]
    resolved = put(scene, alert_id, "resolution", {"outcome": "reassured", "note": ""}, tom)
    assert resolved.status_code == 200
    assert [status_of(scene, path, tom) for path in (record, f"/v1/alerts/{alert_id}")] == [404, 404]
    kinds = [event["kind"] for event in read(scene, alert_id)["events"]]
    assert kinds.count("assigned") == 1


def test_what_was_taken_on_and_is_given_away_has_to_be_taken_on_again(scene: Scene) -> None:
    alert_id = attention(scene)
    scene.put(f"/v1/alerts/{alert_id}/acknowledgement", scene.cast.tilda)
    given = put(scene, alert_id, "assignment", {"therapist_id": str(scene.cast.tom.account_id)}).get_json()
    assert (given["status"], "acknowledged_at" in given) == ("open", False)


@pytest.mark.parametrize("name", ["olga", "pia", "robo"])
def test_an_alert_is_given_only_to_an_active_therapist_of_the_clinic(scene: Scene, name: str) -> None:
    alert_id = attention(scene)
    somebody = getattr(scene.cast, name).account_id
    refused = put(scene, alert_id, "assignment", {"therapist_id": str(somebody)})
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "#/therapist_id")


def test_a_snoozed_alert_is_quiet_until_its_end_and_then_told_as_new(scene: Scene) -> None:
    alert_id = attention(scene)
    body = {"until": LATER, "reason": "Seen this morning."}
    for _ in range(2):
        snoozed = put(scene, alert_id, "snooze", body)
        assert (snoozed.status_code, snoozed.get_json()["snooze_reason"]) == (200, "Seen this morning.")
    scene.work_through(4 * DAY - 0.1)
    assert told(scene, scene.cast.tilda) == ["Wed 16:00"]
    scene.work_through(7 * DAY)
    assert told(scene, scene.cast.tilda) == ["Wed 16:00", "Fri 16:00"]
    assert told(scene, scene.cast.lars) == ["Mon 12:00"]
    alert = read(scene, alert_id)
    assert (alert["status"], "snoozed_until" in alert) == ("open", False)
    assert [event["kind"] for event in alert["events"]] == ["raised", "snoozed", "woken", "escalated"]


def test_an_acknowledged_alert_that_was_put_off_is_open_again_at_the_end(scene: Scene) -> None:
    alert_id = attention(scene)
    scene.put(f"/v1/alerts/{alert_id}/acknowledgement", scene.cast.tilda)
    put(scene, alert_id, "snooze", {"until": LATER, "reason": "Later."})
    scene.work_through(4 * DAY)
    assert read(scene, alert_id)["status"] == "open"
    assert (told(scene, scene.cast.tilda), listed(scene, scene.cast.tilda)) == (
        ["Wed 16:00", "Fri 16:00"],
        [],
    )


def test_worse_news_ends_a_snooze_at_once(scene: Scene) -> None:
    alert_id = attention(scene)
    put(scene, alert_id, "snooze", {"until": LATER, "reason": "Later."})
    scene.say(2 * DAY + 1, soreness=5)
    scene.work()
    assert "snoozed_until" in read(scene, alert_id)
    scene.say(2 * DAY + 2, soreness=7)
    scene.work()
    assert "snoozed_until" not in read(scene, alert_id)
    assert told(scene, scene.cast.tilda) == ["Wed 16:00", "Wed 18:00"]


def test_small_steps_add_up_to_worse_news(scene: Scene) -> None:
    scene.treat()
    scene.say(30, soreness=7)
    scene.work()
    (alert,) = scene.alerts()
    put(scene, alert["id"], "snooze", {"until": LATER, "reason": "Later."})
    scene.say(34, soreness=8)
    scene.work()
    assert "snoozed_until" in read(scene, alert["id"])
    scene.say(38, soreness=9)
    scene.work()
    assert "snoozed_until" not in read(scene, alert["id"])
    assert len(scene.postbox.to(scene.cast.tilda)) == 2
    scene.say(42, soreness=10)
    scene.work()
    assert len(scene.postbox.to(scene.cast.tilda)) == 2, "one point above what was told is no news"


def test_a_snooze_is_taken_back_and_the_alert_escalates_again(scene: Scene) -> None:
    alert_id = attention(scene)
    put(scene, alert_id, "snooze", {"until": LATER, "reason": "Later."})
    for _ in range(2):
        path = f"/v1/alerts/{alert_id}/snooze"
        assert scene.cast.client.delete(path, headers=scene.cast.tilda.headers).status_code == 204
    alert = read(scene, alert_id)
    assert ("snoozed_until" in alert, alert["next_escalation_at"]) == (False, "2026-03-05T11:00:00Z")
    scene.work_through(3 * DAY)
    assert (told(scene, scene.cast.tilda), told(scene, scene.cast.lars)) == (["Wed 16:00"], ["Thu 12:00"])


def test_a_snooze_ends_with_the_alert(scene: Scene) -> None:
    alert_id = attention(scene)
    put(scene, alert_id, "snooze", {"until": LATER, "reason": "Later."})
    put(scene, alert_id, "resolution", {"outcome": "reassured", "note": ""})
    scene.work_through(6 * DAY)
    assert told(scene, scene.cast.tilda) == ["Wed 16:00"]
    assert read(scene, alert_id)["status"] == "resolved"


@pytest.mark.parametrize(("days", "status"), [(-0.1, 422), (0, 422), (0.01, 200), (7, 200), (7.01, 422)])
def test_the_end_of_a_snooze_is_near(scene: Scene, days: float, status: int) -> None:
    alert_id = attention(scene)
    until = (scene.clock() + timedelta(days=days)).isoformat()
    assert put(scene, alert_id, "snooze", {"until": until, "reason": "Later."}).status_code == status
    assert put(scene, alert_id, "snooze", {"until": until}).status_code == 422


@pytest.mark.parametrize("symptom", ["fever", "chest_pain"])
def test_a_red_flag_is_never_put_off(scene: Scene, symptom: str) -> None:
    refused = put(scene, flag(scene, symptom), "snooze", {"until": LATER, "reason": "Later."})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "state_conflict")


def test_a_resolved_alert_is_opened_again(scene: Scene) -> None:
    alert_id = attention(scene)
    assert put(scene, alert_id, "reopening", {"reason": "Why?"}).status_code == 409
    put(scene, alert_id, "resolution", {"outcome": "reassured", "note": "Telephoned."})
    for _ in range(2):
        opened = put(scene, alert_id, "reopening", {"reason": "Somebody else was meant."})
        assert opened.status_code == 200
    alert = read(scene, alert_id)
    assert (alert["status"], "outcome" in alert) == ("open", False)
    assert [event["detail"] for event in alert["events"]][-2:] == [
        "reassured: Telephoned.",
        "Somebody else was meant.",
    ]
    scene.work()
    assert told(scene, scene.cast.tilda) == ["Wed 16:00", "Wed 16:00"]


def test_an_alert_is_not_opened_beside_a_newer_one_about_the_same(scene: Scene) -> None:
    first = flag(scene)
    put(scene, first, "resolution", {"outcome": "reassured", "note": ""})
    assert flag(scene) != first
    assert put(scene, first, "reopening", {"reason": "By mistake."}).status_code == 409


def test_the_list_is_narrowed_by_owner_rule_and_state(scene: Scene) -> None:
    alert_id = attention(scene)
    fever = flag(scene)
    put(scene, fever, "assignment", {"therapist_id": str(scene.cast.tom.account_id)})

    def ids_of(person: Person, **query: str) -> list[str]:
        return [item["id"] for item in scene.get("/v1/alerts", person, **query)["items"]]

    assert ids_of(scene.cast.tilda) == [fever, alert_id]
    assert ids_of(scene.cast.tilda, owner="me") == [alert_id]
    assert ids_of(scene.cast.tom, owner="cover") == [fever]
    assert ids_of(scene.cast.tilda, rule="persists,severe") == [alert_id]
    assert ids_of(scene.cast.tilda, severity="urgent", status="open") == [fever]
    assert ids_of(scene.cast.lars, owner="unowned") == []
    scene.put(f"/v1/alerts/{fever}/acknowledgement", scene.cast.tom)
    assert ids_of(scene.cast.tilda, status="acknowledged") == [fever]


@pytest.mark.both_databases
def test_escalation_and_acknowledgement_at_one_instant_are_decided_once(scene: Scene) -> None:
    """Whoever comes first wins: nothing is passed on after somebody took it on, and nobody is told then."""
    scene.at(7)
    alert_ids = [flag(scene, symptom) for symptom in ("chest_pain", "collapse", "stiff_neck", "blue_lips")]
    scene.work()
    scene.at(7.5)
    start = threading.Barrier(2)

    def acknowledge() -> None:
        with scene.app.app_context():
            start.wait(30)
            for alert_id in alert_ids:
                scene.app.test_client().put(
                    f"/v1/alerts/{alert_id}/acknowledgement", headers=scene.cast.tilda.headers
                )

    other = threading.Thread(target=acknowledge)
    other.start()
    start.wait(30)
    scene.work()
    other.join()
    db.session.rollback()
    messages = len(told(scene, scene.cast.lars))
    passed_on = 0
    for alert in db.session.scalars(select(Alert)):
        kinds = [
            event.kind
            for event in db.session.scalars(
                select(AlertEvent).where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id)
            )
        ]
        assert alert.status == "acknowledged"
        assert kinds in (["raised", "acknowledged"], ["raised", "escalated", "acknowledged"])
        assert (alert.owner_id == scene.cast.lars.account_id) is ("escalated" in kinds)
        passed_on += "escalated" in kinds
    assert messages == passed_on
