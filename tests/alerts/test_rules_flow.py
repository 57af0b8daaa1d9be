"""Stiffness, the course of treatment, the baseline that nobody asked and requests for contact, end to end."""

from datetime import timedelta
from typing import Any

import pytest

from tests.database.caught import catch
from tests.scene import ENDED, Scene
from tracker import clock
from tracker.alerts import assessments
from tracker.alerts import service as alerts
from tracker.alerts.models import Alert
from tracker.db import transaction
from tracker.people import patients


def treat(scene: Scene, week: int, **changes: Any) -> dict[str, Any]:
    """Record the session of that week on the day it ended."""
    scene.clock.move_to(ENDED + timedelta(weeks=week))
    return scene.treat(ended_at=scene.clock().isoformat(), **changes)


def say(scene: Scene, week: int, hours: float, **items: Any) -> dict[str, Any]:
    return scene.say(week * 7 * 24 + hours, **items)


def rules(scene: Scene) -> list[str]:
    return [alert["rule"] for alert in scene.alerts()]


def the_alert(scene: Scene) -> dict[str, Any]:
    (listed,) = scene.alerts()
    return scene.get(f"/v1/alerts/{listed['id']}", scene.cast.tilda)


def remove(scene: Scene, logged: dict[str, Any]) -> None:
    path = f"/v1/check-ins/{logged['id']}"
    assert scene.cast.client.delete(path, headers=scene.cast.pia.headers).status_code == 204


def test_stiffness_that_stays_is_for_the_digest_and_settles(scene: Scene) -> None:
    scene.treat(baseline_stiffness=2)
    scene.say(48, soreness=1, stiffness=8)
    assert scene.alerts() == []
    scene.say(54, stiffness=8)  # soreness is not needed
    alert = the_alert(scene)
    assert (alert["rule"], alert["severity"], alert["status"]) == ("stiffness", "routine", "open")
    assert alert["reason"] == "Stiffness 8/10 at 54 h, after 8/10 at 48 h; 2/10 before the session."
    scene.work()
    assert scene.postbox.to(scene.cast.tilda) == []
    scene.say(72, soreness=1, stiffness=3)
    assert the_alert(scene)["settling"]


def test_stiffness_follows_what_is_changed_and_deleted(scene: Scene) -> None:
    scene.treat(baseline_stiffness=2)
    first = scene.say(48, stiffness=8)
    second = scene.say(54, stiffness=8)
    scene.patch(f"/v1/check-ins/{first['id']}", scene.cast.pia, {"stiffness": 2})
    assert (the_alert(scene)["settling"], the_alert(scene)["status"]) == (True, "open")
    remove(scene, second)
    assert the_alert(scene)["status"] == "withdrawn"


def test_a_corrected_session_moves_stiffness_as_well(scene: Scene) -> None:
    session = scene.treat(baseline_stiffness=2)["session"]
    scene.say(48, stiffness=8)
    scene.say(54, stiffness=8)
    path = f"/v1/sessions/{session['id']}"
    assert scene.patch(path, scene.cast.tilda, {"baseline_stiffness": 6}).status_code == 200
    assert the_alert(scene)["settling"]
    wrong = {"status": "entered_in_error"}
    assert scene.patch(path, scene.cast.tilda, wrong, version=2).status_code == 200
    assert the_alert(scene)["status"] == "withdrawn"


def test_a_new_session_quietens_the_stiffness_of_the_last(scene: Scene) -> None:
    scene.treat(baseline_stiffness=2)
    scene.say(48, stiffness=8)
    scene.say(54, stiffness=8)
    scene.at(80)
    scene.treat(ended_at=scene.clock().isoformat())
    assert the_alert(scene)["settling"]


def test_a_course_that_does_not_help_is_told_at_the_fourth_session_and_again_at_the_seventh(
    scene: Scene,
) -> None:
    told = []
    for week in range(7):
        treat(scene, week, usual_pain=6)
        told.append([alert["inputs"]["told"]["course_not_helping"] for alert in scene.alerts()])
    assert told == [[], [], [], [4], [4], [4], [7]]
    alert = the_alert(scene)
    assert [event["kind"] for event in alert["events"]] == ["raised", "refreshed"]
    assert alert["reason"].startswith("Usual pain 6/10 before session 7, 6/10 before session 1")
    assert "session_id" not in alert


def test_usual_pain_may_stand_on_a_check_in_of_the_two_weeks_before(scene: Scene) -> None:
    scene.clock.move_to(ENDED - timedelta(hours=1))
    scene.say(-1, usual_pain=7, red_flags=None)
    for week in range(3):
        treat(scene, week)
    say(scene, 3, -24, usual_pain=6)
    treat(scene, 3)
    assert the_alert(scene)["inputs"]["usual_pain"] == [7, 7, None, 6]


def test_a_correction_settles_the_alert_of_a_course(scene: Scene) -> None:
    for week in range(3):
        treat(scene, week, usual_pain=6)
    newest = treat(scene, 3, usual_pain=6)["session"]
    assert rules(scene) == ["course_not_helping"]
    path = f"/v1/sessions/{newest['id']}"
    assert scene.patch(path, scene.cast.tilda, {"usual_pain": 2}).status_code == 200
    assert the_alert(scene)["settling"]


def test_a_patient_who_gets_sorer_with_each_session_is_told_once(scene: Scene) -> None:
    for week, peak in enumerate((1, 2, 3)):
        treat(scene, week, baseline_soreness=3)
        say(scene, week, 24, soreness=peak)
        say(scene, week, 48, soreness=0)
    treat(scene, 3)
    (alert,) = scene.alerts()
    assert alert["reason"] == "Soreness peaked higher after each of sessions 1 to 3: 1, 2 and 3 of 10."
    treat(scene, 4)
    assert rules(scene) == ["getting_sorer"]


@pytest.mark.parametrize(("soreness", "raised"), [(4, False), (5, True)])
def test_a_baseline_that_nobody_asked_is_what_earlier_sessions_settled_at(
    scene: Scene, soreness: int, raised: bool
) -> None:
    treat(scene, 0, baseline_soreness=3)
    for hours in (48, 60, 72):
        say(scene, 0, hours, soreness=3)
    treat(scene, 1, baseline_soreness=None)
    say(scene, 1, 50, soreness=soreness)
    assert [alert["reason"] for alert in scene.alerts()] == (
        [
            "5/10 at 50 h; no baseline, 3/10 once earlier sessions had settled; expected to have settled by 48 h."
        ]
        if raised
        else []
    )


def test_worse_after_alcohol_is_remarked_and_changes_nothing(scene: Scene) -> None:
    scene.treat()
    scene.say(14, soreness=2)
    scene.say(22, alcohol="yes")
    scene.say(30, soreness=5)
    alert = the_alert(scene)
    assert (alert["rule"], alert["severity"]) == ("worsens", "attention")
    assert alert["reason"].endswith("; after alcohol in the window.")


@pytest.mark.parametrize(
    ("presses", "severity", "kinds", "messages"),
    [
        ([True], "routine", ["raised"], 0),
        ([False], "attention", ["raised"], 1),
        ([True, False], "attention", ["raised", "repeated"], 1),
        ([False, True], "attention", ["raised", "refreshed"], 1),
        ([False, "acknowledge", False], "attention", ["raised", "acknowledged", "reopened"], 2),
    ],
)
def test_a_request_for_contact_waits_for_a_person(
    scene: Scene, presses: list[bool | str], severity: str, kinds: list[str], messages: int
) -> None:
    words = {"message": "chest pain"}  # carried, never read
    for press in presses:
        if press == "acknowledge":
            scene.put(f"/v1/alerts/{the_alert(scene)['id']}/acknowledgement", scene.cast.tilda)
            continue
        with transaction():
            patient = patients.lock_patient(scene.cast.pia.patient_id)
            evidence = alerts.Evidence(patient, None, clock.now())
            assert isinstance(
                assessments.raise_contact_request(clock.now(), bool(press), words, evidence), Alert
            )
        scene.work()
    alert = the_alert(scene)
    assert (alert["rule"], alert["severity"]) == ("contact_request", severity)
    assert alert["inputs"]["message"] == "chest pain"
    assert [event["kind"] for event in alert["events"]] == kinds
    assert len(scene.postbox.to(scene.cast.tilda)) == messages


@pytest.mark.parametrize(
    ("items", "read"),
    [
        ({"hydration_ml": 250}, 0),
        ({"soreness": 2}, 1),
        ({"soreness": 2, "stiffness": 8}, 1),
        ({"stiffness": 8}, 1),
    ],
)
def test_an_ordinary_check_in_reads_its_session_at_most_once(
    scene: Scene, items: dict[str, Any], read: int
) -> None:
    scene.treat()
    scene.at(10)
    caught = [
        " ".join(statement.split()) for statement, _ in catch(lambda: scene.say(10, red_flags=None, **items))
    ]
    answers = [statement for statement in caught if statement.startswith("SELECT check_in.id, check_in.rec")]
    assert len(answers) == read
    assert not [statement for statement in caught if statement.startswith("SELECT alert.")]


def test_a_session_entered_in_error_lets_what_it_quietened_speak_again(scene: Scene) -> None:
    scene.treat()
    scene.say(50, soreness=6)
    scene.work()
    wrong = scene.treat(ended_at=scene.clock().isoformat())["session"]["id"]
    (alert,) = scene.alerts()
    assert alert["settling"]
    told = len(scene.postbox.to(scene.cast.tilda))
    error = {"status": "entered_in_error"}
    assert scene.patch(f"/v1/sessions/{wrong}", scene.cast.tilda, error).status_code == 200
    scene.work()
    (alert,) = scene.alerts()
    assert not alert.get("settling")
    assert len(scene.postbox.to(scene.cast.tilda)) == told + 1
