"""Alerts reach a therapist: at once, again when nobody acknowledges, and to the next person."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Person
from tests.jobs.due_rows import RecordingChannel
from tests.scene import ENDED, Scene
from tracker import ids
from tracker.clinics import service as clinics
from tracker.db import transaction
from tracker.delivery.rules.message import Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.jobs.dispatch import run_once


def minutes_of(scene: Scene, person: Person, since: float) -> list[float]:
    start = ENDED + timedelta(hours=since)
    return [(at - start) / timedelta(minutes=1) for at in scene.postbox.to(person)]


def report(
    scene: Scene, *symptoms: str, hours: float = 4, key: str | None = None, **items: Any
) -> dict[str, Any]:
    scene.at(hours)
    body = {
        "symptoms": list(symptoms),
        "reported_at": scene.clock().isoformat(),
        "time_zone": "Europe/Berlin",
    }
    answer = scene.post("/v1/red-flag-reports", body | items, scene.cast.pia, key)
    assert answer.status_code == 201
    reported: dict[str, Any] = answer.get_json()
    return reported


def test_an_emergency_is_answered_and_climbs_the_ladder_until_somebody_takes_it_on(scene: Scene) -> None:
    scene.treat()
    assert report(scene, "chest_pain", hours=7)["advice"]["level"] == "emergency"  # 23:00 in Berlin
    scene.work_through(12)
    assert minutes_of(scene, scene.cast.tilda, since=7) == [0]
    assert minutes_of(scene, scene.cast.lars, since=7) == [30, 120, 240]
    (alert,) = scene.alerts()
    assert alert["owner_id"] == str(scene.cast.lars.account_id)
    events = scene.get(f"/v1/alerts/{alert['id']}", scene.cast.lars)["events"]
    assert [event["kind"] for event in events] == ["raised", "escalated"]  # nobody passes it on to themselves


def test_a_step_of_the_ladder_that_fails_at_first_is_told_of_once(scene: Scene) -> None:
    scene.treat()
    report(scene, "chest_pain", hours=7)
    scene.work()
    broken = RecordingChannel(lambda _: Result(AttemptOutcome.TRANSIENT, "smtp_451"))
    scene.at(7.5)
    for _ in range(4):
        run_once(scene.app.extensions["settings"], ids.new_id(), exits=broken.exits)
        scene.clock.advance(timedelta(minutes=16))
    assert [message.address for message in broken.sent].count(scene.cast.lars.email) == 4
    scene.work_through(10)
    assert minutes_of(scene, scene.cast.lars, since=7) == [94, 120]
    (alert,) = scene.alerts()
    events = scene.get(f"/v1/alerts/{alert['id']}", scene.cast.lars)["events"]
    assert [event["kind"] for event in events] == ["raised", "escalated"]


def test_acknowledging_stops_the_ladder_and_a_new_tick_starts_it_again(scene: Scene) -> None:
    scene.treat()
    report(scene, "chest_pain")
    scene.work()
    (alert,) = scene.alerts()
    first = scene.put(f"/v1/alerts/{alert['id']}/acknowledgement", scene.cast.tilda).get_json()
    second = scene.put(f"/v1/alerts/{alert['id']}/acknowledgement", scene.cast.lars).get_json()
    assert first["acknowledged_by_id"] == second["acknowledged_by_id"] == str(scene.cast.tilda.account_id)
    scene.work_through(8)
    assert minutes_of(scene, scene.cast.lars, since=4) == []
    scene.say(9, red_flags=["chest_pain"])
    scene.work_through(9.6)
    assert minutes_of(scene, scene.cast.tilda, since=4) == [0, 300]
    assert minutes_of(scene, scene.cast.lars, since=9) == [30]
    (alert,) = scene.alerts()
    assert alert["status"] == "open"
    assert "acknowledged_at" not in alert


def test_every_item_has_an_alert_of_its_own_and_one_class_does_not_hide_the_other(scene: Scene) -> None:
    scene.treat()
    reported = report(scene, "fever", "shortness_of_breath", "fever")
    found = {alert["inputs"]["code"]: alert["severity"] for alert in scene.alerts()}
    assert found == {"fever": "urgent", "shortness_of_breath": "emergency"}
    assert len(reported["alert_ids"]) == 2


def test_attention_is_pushed_once_and_after_four_clinic_hours_to_the_next(scene: Scene) -> None:
    scene.treat()
    scene.say(48, soreness=5)  # Wednesday, 16:00 in Berlin: an hour before the clinic closes
    scene.work_through(72)
    assert minutes_of(scene, scene.cast.tilda, since=48) == [0]
    assert minutes_of(scene, scene.cast.lars, since=48) == [20 * 60]


def test_an_alert_that_calms_down_is_quiet_and_one_that_flares_up_is_not(scene: Scene) -> None:
    scene.treat()
    scene.say(48, soreness=5)
    scene.work()
    scene.say(50, soreness=2)
    scene.work_through(53)
    assert minutes_of(scene, scene.cast.lars, since=48) == []
    scene.say(54, soreness=6)
    scene.work()
    assert minutes_of(scene, scene.cast.tilda, since=48) == [0, 360]


@pytest.mark.parametrize("outcome", ["reassured", "visit_brought_forward"])
def test_an_alert_ends_with_an_outcome(scene: Scene, outcome: str) -> None:
    scene.treat()
    scene.say(48, soreness=5)
    (alert,) = scene.alerts()
    path = f"/v1/alerts/{alert['id']}/resolution"
    body = {"outcome": outcome, "note": "Telephoned."}
    assert scene.put(path, scene.cast.tilda, body).get_json()["outcome"] == outcome
    assert scene.put(path, scene.cast.tilda, body).status_code == 200
    other = scene.put(path, scene.cast.tilda, body | {"outcome": "referred"})
    assert (other.status_code, other.get_json()["code"]) == (409, "already_resolved")
    scene.say(49, soreness=5)
    assert [alert["status"] for alert in scene.alerts()] == ["open", "resolved"]


def test_an_unknown_sign_is_answered_and_told_like_an_emergency(scene: Scene) -> None:
    scene.treat()
    assert report(scene, "sign_of_a_newer_app")["advice"]["level"] == "emergency"
    (alert,) = scene.alerts()
    assert (alert["rule"], alert["severity"]) == ("red_flag_emergency", "emergency")


def test_the_same_report_twice_is_one_and_another_under_the_same_key_is_still_taken(scene: Scene) -> None:
    scene.treat()
    key = str(ids.new_id())
    first = report(scene, "fever", key=key)
    assert report(scene, "fever", key=key)["id"] == first["id"]
    assert report(scene, "chest_pain", key=key)["id"] != first["id"]
    assert len(scene.alerts()) == 2


def test_after_an_emergency_the_patient_is_asked_whether_they_got_help(scene: Scene) -> None:
    scene.treat()
    scene.work_through(7)
    before = len(scene.postbox.to(scene.cast.pia))
    report(scene, "chest_pain", hours=8)  # midnight in Berlin
    scene.work_through(9)
    assert minutes_of(scene, scene.cast.pia, since=8)[before:] == [15]


def test_the_caseload_puts_who_needs_help_most_first_and_says_why(scene: Scene) -> None:
    for person in (scene.cast.pia, scene.cast.paul):
        scene.treat(person)
    scene.say(25, scene.cast.paul, soreness=1)
    scene.say(48, scene.cast.pia, soreness=6)
    rows = scene.get("/v1/caseload", scene.cast.tilda)["items"]
    assert [(row["patient"]["display_name"], row["triage_reasons"]) for row in rows] == [
        ("Pia", ["attention"]),
        ("Paul", ["settled"]),
    ]
    scene.say(49, scene.cast.paul, red_flags=["collapse"])
    rows = scene.get("/v1/caseload", scene.cast.tilda)["items"]
    assert [row["patient"]["display_name"] for row in rows] == ["Paul", "Pia"]
    assert rows[0]["triage_reasons"][0] == "emergency"
    assert [row["triage_rank"] for row in rows] == [1, 2]


def test_what_a_patient_writes_beside_a_sign_reaches_the_therapist(scene: Scene) -> None:
    scene.treat()
    report(scene, "fever", note="since this morning", callback_phone="+49 170 1")
    (alert,) = scene.alerts()
    assert (alert["patient_note"], alert["callback_phone"]) == ("since this morning", "+49 170 1")


def test_the_question_after_an_emergency_takes_no_checks_place(scene: Scene) -> None:
    scene.treat()
    scene.work_through(3)
    report(scene, "chest_pain", hours=23.5)
    scene.work_through(24.5)
    sent = minutes_of(scene, scene.cast.pia, since=23.5)
    assert sent[-2:] == [15, 30]  # the question, then the 24 h check


def test_who_becomes_an_emergency_while_somebody_pages_is_not_passed_over(scene: Scene) -> None:
    for person in (scene.cast.pia, scene.cast.paul):
        scene.treat(person)
    scene.say(25, scene.cast.paul, soreness=1)
    scene.say(26, scene.cast.pia, soreness=2)
    first = scene.get("/v1/caseload", scene.cast.tilda, limit="1")
    (shown,) = first["items"]
    other = scene.cast.pia if shown["patient"]["display_name"] == "Paul" else scene.cast.paul
    scene.say(27, other, red_flags=["collapse"])
    second = scene.get("/v1/caseload", scene.cast.tilda, limit="1", cursor=first["next_cursor"])
    assert [row["patient"]["id"] for row in second["items"]] == [str(other.patient_id)]
    assert second["items"][0]["triage_rank"] == 1


def test_a_closed_alert_is_no_longer_its_former_owners(scene: Scene) -> None:
    scene.treat()
    report(scene, "chest_pain", hours=7)
    scene.work_through(12)  # it has fallen to Lars by now
    (alert,) = scene.alerts()
    with transaction():  # and then Lars hands the role on
        clinics.update(
            clinics.get_clinic(scene.cast.clinic_id), owner_of_last_resort_id=scene.cast.tom.account_id
        )
    lars = scene.cast.lars
    assert scene.cast.client.get(f"/v1/alerts/{alert['id']}", headers=lars.headers).status_code == 200
    body = {"outcome": "emergency_services", "note": ""}
    assert scene.put(f"/v1/alerts/{alert['id']}/resolution", lars, body).status_code == 200
    assert scene.cast.client.get(f"/v1/alerts/{alert['id']}", headers=lars.headers).status_code == 404
    assert scene.get("/v1/alerts", lars)["items"] == []


def test_an_emergency_in_a_check_in_asks_for_help_too_and_two_ask_once(scene: Scene) -> None:
    scene.treat()
    scene.work_through(3)
    before = len(scene.postbox.to(scene.cast.pia))
    scene.say(3.5, red_flags=["chest_pain"])
    report(scene, "collapse", hours=3.6)
    scene.work_through(5)
    assert minutes_of(scene, scene.cast.pia, since=3.5)[before:] == [15]


@pytest.mark.parametrize(
    ("acknowledged", "status", "settling"), [(False, "open", True), (True, "resolved", False)]
)
def test_a_new_session_quietens_the_soreness_alert_of_the_one_before(
    scene: Scene, acknowledged: bool, status: str, settling: bool
) -> None:
    scene.treat()
    scene.say(48, soreness=6)
    (alert,) = scene.alerts()
    if acknowledged:
        scene.put(f"/v1/alerts/{alert['id']}/acknowledgement", scene.cast.tilda)
    scene.at(49)
    scene.treat(ended_at=scene.clock().isoformat(), baseline_soreness=6)
    (alert,) = scene.alerts()
    assert (alert["status"], alert["settling"]) == (status, settling)
    report(scene, "fever", hours=50)
    scene.treat(ended_at=scene.clock().isoformat())
    assert scene.alerts(status="open", severity="urgent")[0]["settling"] is False
