"""A note that comes with a check-in: read by a person, by no rule; on the work-list, and in nobody's pocket."""

from typing import Any

from tests.recovery.test_amend_flow import amended, delete
from tests.recovery.test_contact_flow import ask
from tests.scene import Scene

NOTE = "Slept badly on that side."


def messages(scene: Scene) -> int:
    return len(scene.postbox.to(scene.cast.tilda))


def acknowledge(scene: Scene, alert: dict[str, Any]) -> None:
    path = f"/v1/alerts/{alert['id']}/acknowledgement"
    answer = scene.cast.client.put(path, headers=scene.cast.tilda.headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)


def test_a_note_at_any_score_is_a_routine_item_that_waits_for_the_daily_list(scene: Scene) -> None:
    scene.treat()
    scene.say(26, soreness=1, note=NOTE)
    (alert,) = scene.alerts()
    assert (alert["rule"], alert["severity"], alert["status"]) == ("contact_request", "routine", "open")
    assert (alert["reason"], alert["patient_note"]) == ("The patient left a note with a check-in.", NOTE)
    scene.work_through(27)
    assert messages(scene) == 0
    scene.work_through(48)
    assert messages(scene) == 1, "the list of the next clinic day"


def test_another_note_joins_it_and_comes_again_once_it_was_taken_on_without_a_push(scene: Scene) -> None:
    scene.treat()
    scene.say(18, note=NOTE)
    scene.say(19, note="Better now.")
    (alert,) = scene.alerts()
    assert alert["patient_note"] == "Better now."
    acknowledge(scene, alert)
    scene.say(20, note="And again.")
    (alert,) = scene.alerts()
    assert (alert["status"], alert["patient_note"]) == ("open", "And again.")
    scene.work_through(20.5)
    assert messages(scene) == 0


def test_it_neither_calms_nor_renews_nor_hides_a_request_to_be_contacted(scene: Scene) -> None:
    scene.treat()
    ask(scene, hours=18, message="May I swim?", callback_phone="+49 30 99")
    scene.work_through(18.1)
    before, told = scene.alerts(rule="contact_request"), messages(scene)
    scene.say(18.5, note=NOTE)
    scene.work_through(18.6)
    assert messages(scene) == told
    routine, attention = sorted(scene.alerts(), key=lambda alert: str(alert["severity"]), reverse=True)
    assert (routine["severity"], routine["patient_note"]) == ("routine", NOTE)
    assert [attention] == before


def test_what_raises_no_item_of_its_own(scene: Scene) -> None:
    scene.treat()
    scene.say(20, soreness=1)
    body = {
        "patient_id": str(scene.cast.pia.patient_id), "recorded_at": scene.clock().isoformat(),
        "time_zone": "Europe/Berlin", "soreness": 1, "note": "She rang.",
    }  # fmt: skip
    taken_down = scene.post("/v1/check-ins", body, scene.cast.tilda)
    assert taken_down.status_code == 201, taken_down.get_data(as_text=True)
    assert scene.alerts() == []
    scene.say(21, red_flags=["fever"], note="39 degrees.")
    assert [(alert["rule"], alert["patient_note"]) for alert in scene.alerts()] == [
        ("red_flag_same_day", "39 degrees.")
    ]


def test_a_note_that_is_written_later_counts_and_goes_with_its_check_in(scene: Scene) -> None:
    scene.treat()
    logged = scene.say(20, soreness=1)
    shown = amended(scene, logged, note=NOTE)
    shown = amended(scene, shown, soreness=2)
    (alert,) = scene.alerts()
    assert (alert["status"], alert["patient_note"], alert["version"]) == ("open", NOTE, 1)
    assert delete(scene, shown) == 204
    (alert,) = scene.alerts()
    assert alert["status"] == "withdrawn"
