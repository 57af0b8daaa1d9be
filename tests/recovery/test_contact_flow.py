"""Asking to be contacted: told to the therapist, answered at once, never lost, never twice."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scene import ENDED, Scene
from tests.support.keys import keyed
from tracker.db import db, transaction
from tracker.people.models import Patient


def ask(scene: Scene, hours: float = 26, key: str | None = None, **items: Any) -> dict[str, Any]:
    """Pia asks to be contacted, so many hours after the session."""
    scene.at(hours)
    body = {
        "kind": "contact_me", "requested_at": scene.clock().isoformat(), "time_zone": "Europe/Berlin", **items
    }  # fmt: skip
    headers = keyed(scene.cast.pia.headers, key) if key else keyed(scene.cast.pia.headers)
    answer = scene.cast.client.post("/v1/contact-requests", json=body, headers=headers)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    made: dict[str, Any] = answer.get_json()
    return made


@pytest.mark.parametrize(
    ("can_wait", "severity", "title"),
    [
        (False, "attention", "Your clinic will contact you"),
        (None, "attention", "Your clinic will contact you"),
        (True, "routine", "Your clinic will read this"),
    ],
)
def test_the_therapist_is_told_as_soon_as_the_patient_needs(
    scene: Scene, can_wait: bool | None, severity: str, title: str
) -> None:
    scene.treat()
    made = ask(scene, can_wait=can_wait, message="May I swim?", callback_phone="+49 30 99")
    (alert,) = scene.alerts()
    assert (alert["rule"], alert["severity"]) == ("contact_request", severity)
    assert (alert["patient_note"], alert["callback_phone"]) == ("May I swim?", "+49 30 99")
    assert made["advice"]["title"] == title


def test_the_answer_says_by_when_the_clinic_answers_and_what_to_do_in_an_emergency(scene: Scene) -> None:
    scene.treat()
    said = ask(scene, hours=2)["advice"]  # Monday 18:00: four hours of monitored time from Tuesday 9:00
    assert said["watched"].startswith("Expect an answer from your clinic by tomorrow 13:00.")
    assert "call your local emergency number (112)" in said["message"]


def test_a_second_request_joins_the_first_until_it_is_answered(scene: Scene) -> None:
    scene.treat()
    ask(scene, message="May I swim?")
    ask(scene, hours=27, kind="worry", message="It feels odd.")
    (alert,) = scene.alerts()
    assert alert["patient_note"] == "It feels odd."
    scene.cast.client.put(
        f"/v1/alerts/{alert['id']}/resolution",
        json={"outcome": "reassured", "note": "Telephoned."},
        headers=scene.cast.tilda.headers,
    )
    ask(scene, hours=28)
    assert [item["status"] for item in scene.alerts()] == ["open", "resolved"]


def test_the_same_request_again_is_the_same_request(scene: Scene) -> None:
    scene.treat()
    assert ask(scene, key="one-key") == ask(scene, key="one-key")
    assert len(scene.alerts()) == 1


def test_no_consent_is_needed_to_ask_for_help(scene: Scene) -> None:
    with transaction():
        db.session.get_one(Patient, scene.cast.pia.patient_id).consents_granted = []
    ask(scene)
    assert [alert["rule"] for alert in scene.alerts()] == ["contact_request"]


def test_a_request_long_after_any_session_is_still_taken(scene: Scene) -> None:
    scene.treat()
    made = ask(scene, hours=24 * 60)
    assert "session_id" not in made
    assert len(scene.alerts()) == 1


def test_the_words_for_it_are_on_the_phone(scene: Scene) -> None:
    words = scene.get("/v1/red-flag-screen", scene.cast.pia)["contact"]
    assert words["can_wait"] == "Can it wait until your next visit?"


def test_another_body_under_the_same_key_is_refused(scene: Scene) -> None:
    scene.treat()
    ask(scene, key="one-key")
    body = {"kind": "worry", "requested_at": ENDED.isoformat(), "time_zone": "Europe/Berlin"}
    headers = keyed(scene.cast.pia.headers, "one-key")
    answer = scene.cast.client.post("/v1/contact-requests", json=body, headers=headers)
    assert answer.get_json()["code"] == "idempotency_key_reused"


def test_who_asks_again_ends_a_snooze(scene: Scene) -> None:
    scene.treat()
    ask(scene, hours=26)
    scene.work()
    (alert,) = scene.alerts()
    later = (ENDED + timedelta(hours=100)).isoformat()
    path = f"/v1/alerts/{alert['id']}/snooze"
    assert scene.put(path, scene.cast.tilda, {"until": later, "reason": "Later."}).status_code == 200
    ask(scene, hours=30, can_wait=True)
    scene.work()
    assert len(scene.postbox.to(scene.cast.tilda)) == 1
    ask(scene, hours=31, message="I cannot wait.")
    scene.work()
    assert len(scene.postbox.to(scene.cast.tilda)) == 2
    assert "snoozed_until" not in scene.alerts()[0]


def test_what_was_written_and_where_to_call_hold_until_something_else_is_said(scene: Scene) -> None:
    scene.treat()
    ask(scene, message="May I swim?", callback_phone="+49 30 99")
    ask(scene, hours=27, can_wait=True)
    (alert,) = scene.alerts()
    assert (alert["patient_note"], alert["callback_phone"]) == ("May I swim?", "+49 30 99")
    ask(scene, hours=28, message="And run?")
    assert scene.alerts()[0]["patient_note"] == "And run?"
    report = {"symptoms": ["fever"], "note": "39.5", "callback_phone": "+49 30 88"}
    assert scene.post("/v1/red-flag-reports", report, scene.cast.pia).status_code == 201
    scene.say(29, soreness=2, red_flags=["fever"])
    (flag,) = scene.alerts(rule="red_flag_same_day")
    assert (flag["patient_note"], flag["callback_phone"]) == ("39.5", "+49 30 88")


def test_a_patient_who_asks_for_somebody_is_told_of_at_once_whatever_was_told_before(scene: Scene) -> None:
    scene.treat()
    scene.say(49, soreness=9)
    scene.work()
    ask(scene, hours=49.5)
    scene.work()
    assert len(scene.postbox.to(scene.cast.tilda)) == 2
