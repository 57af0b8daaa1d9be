"""A clinic's own thresholds: published under a name, followed by new sessions, kept by running ones."""

from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from tests.scene import Scene
from tests.support.keys import keyed
from tracker.clinics.models import ClinicProtocol
from tracker.db import db, transaction

PATH = "/v1/protocol"
WHO = {"source": "Our last 90 days", "author": "Dr Lars"}


def publish(scene: Scene, key: str | None = None, **members: Any) -> TestResponse:
    """Lars, who administers the clinic, publishes a version."""
    body = {"name": "Ours", "author": "Dr Lars", **members}
    headers = keyed(scene.cast.lars.headers, key) if key else keyed(scene.cast.lars.headers)
    return scene.cast.client.post(f"{PATH}/versions", json=body, headers=headers)


def published(scene: Scene, **members: Any) -> dict[str, Any]:
    answer = publish(scene, **members)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    made: dict[str, Any] = answer.get_json()
    return made


def number(view: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (
        parameter
        for rule in view["alert_rules"]
        for parameter in rule["parameters"]
        if parameter["name"] == name
    )
    return found  # type: ignore[no-any-return]


def persists_at(value: int) -> list[dict[str, Any]]:
    """A clinic that is told of persisting soreness from this score on, at once and on a second answer."""
    names = ("persists_at_once", "persists_on_second")
    numbers = [{"name": name, "value": min(value, 5), **WHO} for name in names]
    return [{"key": "persists", "parameters": numbers}]


def test_what_ships_is_in_force_with_every_number_its_source_and_its_author(scene: Scene) -> None:
    shipped = scene.get(PATH, scene.cast.tilda)
    assert (shipped["version"], shipped["preset"]) == (0, "sensitive")
    at_once = number(shipped, "persists_at_once")
    assert (at_once["value"], at_once["lowest"], at_once["highest"]) == (3, 3, 6)
    assert all(
        parameter[member]
        for rule in shipped["alert_rules"]
        for parameter in rule["parameters"]
        for member in ("unit", "source", "author", "why_bounded")
    )


def test_a_new_session_follows_the_newest_version_and_a_running_one_keeps_its_own(scene: Scene) -> None:
    scene.treat()
    published(scene, alert_rules=persists_at(5))
    scene.treat(scene.cast.paul)
    scene.say(49, soreness=4)
    scene.say(49, scene.cast.paul, soreness=4)
    (alert,) = scene.alerts()
    assert alert["patient"]["id"] == str(scene.cast.pia.patient_id)
    scene.say(50, scene.cast.paul, soreness=6)
    raised = next(a for a in scene.alerts() if a["patient"]["id"] == str(scene.cast.paul.patient_id))
    assert raised["rule_version"].endswith("/1")
    assert raised["inputs"]["thresholds"]["persists_at_once"] == 5


def test_versions_are_numbered_and_the_newest_is_in_force(scene: Scene) -> None:
    first, second = published(scene), published(scene, preset="quiet")
    assert [first["version"], second["version"]] == [1, 2]
    assert scene.get(PATH, scene.cast.tilda)["version"] == 2
    listed = scene.get(f"{PATH}/versions", scene.cast.tilda)["items"]
    assert [item["version"] for item in listed] == [2, 1]
    assert scene.get(PATH, scene.cast.olga)["version"] == 0  # another clinic's


def test_the_list_goes_on_from_its_cursor(scene: Scene) -> None:
    for _ in range(3):
        published(scene)
    first = scene.get(f"{PATH}/versions", scene.cast.tilda, limit="2")
    rest = scene.get(f"{PATH}/versions", scene.cast.tilda, limit="2", cursor=first["next_cursor"])
    assert [item["version"] for item in first["items"] + rest["items"]] == [3, 2, 1]


def test_the_same_version_sent_twice_is_published_once(scene: Scene) -> None:
    once, again = (publish(scene, key="one") for _ in range(2))
    assert once.get_json() == again.get_json()
    assert db.session.query(ClinicProtocol).count() == 1


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"alert_rules": [{"key": "severe", "enabled": False}]}, "#/alert_rules/0/enabled"),
        ({"alert_rules": [{"key": "red_flag_emergency", "enabled": False}]}, "#/alert_rules/0/enabled"),
        (
            {
                "alert_rules": [
                    {"key": "persists", "parameters": [{"name": "persists_at_once", "value": 9, **WHO}]}
                ]
            },
            "#/alert_rules/0/parameters/0/value",
        ),
        (
            {"alert_rules": [{"key": "persists", "parameters": [{"name": "persists_at_once", "value": 4}]}]},
            "#/alert_rules/0/parameters/0/source",
        ),
        (
            {"advice_texts": [{"locale": "en", "key": "expected", "title": "Fine", "message": "{nobody}"}]},
            "#/advice_texts/0/message",
        ),
        (
            {
                "advice_texts": [
                    {"locale": "en", "key": "expected", "title": "Ask {clinic}", "message": "Fine"}
                ]
            },
            "#/advice_texts/0/title",
        ),
        (
            {
                "advice_texts": [
                    {"locale": "en", "key": "expected", "title": "A", "message": "{clinic phone}"}
                ]
            },
            "#/advice_texts/0/message",
        ),
        (
            {
                "advice_texts": [
                    {"locale": "en", "key": "expected", "title": "A", "message": "Until{reply_by}."}
                ]
            },
            "#/advice_texts/0/message",
        ),
        (
            {"advice_texts": [{"locale": "en", "key": "emergency", "title": "Fine", "message": "Wait."}]},
            "#/advice_texts/0/key",
        ),
    ],
)
def test_what_would_make_a_rule_deaf_is_refused_with_its_place(
    scene: Scene, members: dict[str, Any], pointer: str
) -> None:
    answer = publish(scene, **members)
    assert answer.status_code == 422
    assert pointer in [fault["pointer"] for fault in answer.get_json()["errors"]]
    assert db.session.query(ClinicProtocol).count() == 0


def test_a_rule_that_is_switched_off_raises_nothing(scene: Scene) -> None:
    published(scene, alert_rules=[{"key": "stiffness", "enabled": False}])
    scene.treat(baseline_stiffness=2)
    for hours in (48, 54):
        scene.say(hours, soreness=1, stiffness=9)
    assert scene.alerts() == []


def test_red_flags_and_soreness_of_nine_alert_whatever_a_version_says(scene: Scene) -> None:
    published(scene, preset="quiet")
    scene.treat(baseline_soreness=9)
    scene.say(1, soreness=9)
    scene.say(2, red_flags=["chest_pain"])
    assert {alert["rule"] for alert in scene.alerts()} == {"severe", "red_flag_emergency"}


def test_the_clinics_own_words_answer_the_patient(scene: Scene) -> None:
    words = {"locale": "en", "key": "expected", "title": "All is well", "message": "Ask {clinic} if unsure."}
    published(scene, advice_texts=[words])
    scene.treat()
    said = scene.say(24, soreness=2)["advice"]
    assert said["title"] == "All is well"
    assert "Ask (Practice by the River, +49 30 1234567) if unsure." in said["message"]


def test_only_who_administers_the_clinic_publishes(scene: Scene) -> None:
    headers = keyed(scene.cast.tilda.headers)
    answer = scene.cast.client.post(
        f"{PATH}/versions", json={"name": "Mine", "author": "Me"}, headers=headers
    )
    assert answer.status_code == 403


CURVE = {
    "points": [{"hours": 0, "lower": 0, "upper": 5}, {"hours": 48, "lower": 0, "upper": 1}],
    "settled_after_hours": 48,
    "source": "Our last 90 days",
    "author": "Dr Lars",
}


def test_the_clinics_own_curve_places_the_answers_of_new_sessions(scene: Scene) -> None:
    made = published(scene, expected_course=CURVE)
    assert made["expected_course"]["label"] == "A setting of the clinic, not a norm."
    scene.treat(baseline_soreness=0)
    assert scene.say(47, soreness=4)["course_position"] == "above"
    assert scene.say(49, soreness=4)["course_position"] == "late"


def test_a_curve_that_expects_soreness_for_days_is_refused(scene: Scene) -> None:
    answer = publish(scene, expected_course={**CURVE, "settled_after_hours": 60})
    assert answer.status_code == 422
    assert "#/expected_course/points/1/hours" in [fault["pointer"] for fault in answer.get_json()["errors"]]


def test_rules_are_held_against_the_past_before_they_are_published(scene: Scene) -> None:
    scene.treat()
    scene.say(49, soreness=4)
    (alert,) = scene.alerts()
    done = {"outcome": "advice_changed", "note": "Rest."}
    scene.put(f"/v1/alerts/{alert['id']}/resolution", scene.cast.tilda, done)
    scene.at(24 * 10)
    preview = {"days": 30, "alert_rules": persists_at(5)}
    answer = scene.cast.client.post("/v1/protocol/previews", json=preview, headers=scene.cast.lars.headers)
    found = answer.get_json()
    assert (found["raised"], found["would_raise"], found["dropped_with_action"]) == (1, 0, 1)
    assert found["summary"].endswith("1 dropped, 0 new; 1 of the dropped had led to action.")
    assert db.session.query(ClinicProtocol).count() == 0


def test_a_version_that_a_later_release_would_refuse_still_lets_a_red_flag_through(scene: Scene) -> None:
    made = published(scene)
    with transaction():
        row = db.session.get_one(ClinicProtocol, UUID(made["id"]))
        row.rule_set = {"preset": "loud"}
    scene.treat()
    assert scene.say(2, red_flags=["chest_pain"], soreness=9)["advice"]["level"] == "emergency"
    assert {alert["rule"] for alert in scene.alerts()} == {"red_flag_emergency", "severe"}
