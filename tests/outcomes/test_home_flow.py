"""The first screen: what is due, what to avoid, and whether the phone must read it again."""

from typing import Any

import pytest
from sqlalchemy import event

from tests.scene import Scene
from tests.support.keys import keyed
from tracker.clinics import service as clinics
from tracker.db import db, transaction


def fetch(scene: Scene, etag: str | None = None) -> Any:
    headers = scene.cast.pia.headers | ({"If-None-Match": etag} if etag else {})
    return scene.cast.client.get("/v1/me/home", headers=headers)


def test_the_first_screen_shows_what_is_due_and_what_to_avoid(scene: Scene) -> None:
    scene.treat()
    home = fetch(scene).get_json()
    assert [task["key"] for task in home["active_restrictions"]] == ["rest_of_day", "alcohol_window"]
    assert home["aftercare"][0] == "No alcohol until Tuesday 3 March, 16:00."
    assert home["clinic"]["emergency_number"] == "112"
    assert home["next_reminder"]["kind"] == "aftercare_card"
    scene.say(25, hydration_ml=250, red_flags=None)
    scene.say(25.1, hydration_ml=500, red_flags=None)
    home = fetch(scene).get_json()
    assert [task["key"] for task in home["due_tasks"]] == ["check_24h"]
    assert home["active_restrictions"] == []
    assert home["hydration_today_ml"] == 750
    assert "staff_note" not in home["current_session"]


def test_alcohol_windows_of_two_sessions_unite(scene: Scene) -> None:
    scene.treat()
    scene.at(5)
    scene.treat(ended_at=scene.clock().isoformat())
    (window,) = [
        t for t in fetch(scene).get_json()["active_restrictions"] if t["kind"] == "alcohol_avoidance"
    ]
    assert window["ends_at"] == "2026-03-03T20:00:00Z"


def test_the_screen_is_read_again_when_anything_on_it_changes(scene: Scene) -> None:
    scene.treat()
    etag = fetch(scene).headers["ETag"]
    assert fetch(scene, etag).status_code == 304
    scene.at(20)  # the 24 h check opens: nothing was written, time passed
    second = fetch(scene, etag)
    assert second.status_code == 200
    scene.say(20, soreness=1)
    third = fetch(scene, second.headers["ETag"])
    assert third.status_code == 200
    with transaction():
        clinics.update(clinics.get_clinic(scene.cast.clinic_id), emergency_number="911")
    fourth = fetch(scene, third.headers["ETag"])
    assert fourth.get_json()["clinic"]["emergency_number"] == "911"
    assert fourth.headers["Server-Time"] == "2026-03-03T11:00:00Z"


def test_the_feed_shows_every_change_once_and_goes_on_from_its_cursor(scene: Scene) -> None:
    scene.treat()
    page = scene.get("/v1/changes", scene.cast.pia, limit="5")
    seen = [(item["kind"], item["id"]) for item in page["items"]]
    while page["has_more"]:
        page = scene.get("/v1/changes", scene.cast.pia, limit="5", cursor=page["next_cursor"])
        seen += [(item["kind"], item["id"]) for item in page["items"]]
    assert len(seen) == len(set(seen))
    assert {kind for kind, _ in seen} == {"patient", "session", "plan", "reminder"}
    logged = scene.say(24, soreness=2)
    page = scene.get("/v1/changes", scene.cast.pia, cursor=page["next_cursor"])
    changed = [(item["kind"], item["id"]) for item in page["items"]]
    assert ("check_in", logged["id"]) in changed
    assert "alert" not in {kind for kind, _ in changed}
    assert scene.get("/v1/changes", scene.cast.pia, cursor=page["next_cursor"])["items"] == []


def test_a_session_before_activation_prompts_nobody_and_then_catches_up(scene: Scene) -> None:
    body = {"kind": "patient", "display_name": "Nora", "channel": "email", "address": "nora@home.example"}
    invited = scene.post("/v1/invitations", body, scene.cast.tilda).get_json()
    answer = scene.post(
        "/v1/sessions",
        {
            "patient_id": invited["patient_id"],
            "modality": "dry_needling",
            "technique": "superficial",
            "body_areas": [{"region": "calf", "side": "right"}],
            "ended_at": scene.clock().isoformat(),
            "time_zone": "Europe/Berlin",
        },
        scene.cast.tilda,
    )
    assert answer.status_code == 201
    scene.work_through(1)
    assert scene.postbox.mails == []
    activation = {
        "code": invited["activation_code"],
        "installation_id": "phone",
        "locale": "en",
        "time_zone": "Europe/Lisbon",
        "consents": [
            {"kind": kind, "document_version": "2026-11", "status": "granted"}
            for kind in ("data_processing", "share_with_clinic")
        ],
    }
    activated = scene.cast.client.post("/v1/activations", json=activation, headers=keyed({}))
    assert activated.status_code == 201
    scene.work_through(4)
    assert [message.address for _, message in scene.postbox.mails] == ["nora@home.example"] * 2


@pytest.mark.parametrize(("hours", "late"), [(0.9, False), (2.9, False), (3, True)])
def test_the_card_says_when_the_breathing_question_waits_for_the_morning(
    scene: Scene, hours: float, late: bool
) -> None:
    scene.at(hours)  # two hours after 18:54 quiet hours have not begun, two hours after 19:00 they have
    areas = [{"region": "upper_back", "side": "left"}]
    scene.treat(ended_at=scene.clock().isoformat(), body_areas=areas)
    lines = fetch(scene).get_json()["aftercare"]
    said = (
        "We do not send messages in your quiet hours, so our first question about your breathing comes after"
    )
    assert any(line.startswith(said) for line in lines) is late


def test_nobody_is_missed_who_has_not_been_let_in(scene: Scene) -> None:
    body = {"kind": "patient", "display_name": "Nora", "channel": "email", "address": "nora@home.example"}
    invited = scene.post("/v1/invitations", body, scene.cast.tilda).get_json()
    session = scene.treat(patient_id=invited["patient_id"])["session"]
    earlier = {"ended_at": "2026-03-02T14:00:00Z"}
    assert scene.patch(f"/v1/sessions/{session['id']}", scene.cast.tilda, earlier).status_code == 200
    scene.work_through(24 * 9)
    assert scene.postbox.mails == []
    assert scene.alerts() == []


def test_a_changed_zone_or_session_end_comes_down_the_feed(scene: Scene) -> None:
    session = scene.treat()["session"]
    scene.say(24, soreness=1)
    cursor = scene.get("/v1/changes", scene.cast.pia)["next_cursor"]
    headers = scene.cast.pia.headers | {"If-Match": f'"{scene.get("/v1/me", scene.cast.pia)["version"]}"'}
    moved = scene.cast.client.patch("/v1/me", json={"time_zone": "Asia/Tokyo"}, headers=headers)
    assert moved.status_code == 200
    page = scene.get("/v1/changes", scene.cast.pia, cursor=cursor)
    assert {item["kind"] for item in page["items"]} >= {"patient", "plan", "reminder"}
    headers = scene.cast.tilda.headers | {"If-Match": '"1"'}
    path = f"/v1/sessions/{session['id']}"
    scene.cast.client.patch(path, json={"ended_at": "2026-03-02T14:00:00Z"}, headers=headers)
    page = scene.get("/v1/changes", scene.cast.pia, cursor=page["next_cursor"])
    (logged,) = [item["check_in"] for item in page["items"] if item["kind"] == "check_in"]
    assert logged["hours_since_session"] == 25


def test_reading_a_page_of_the_feed_takes_few_statements(scene: Scene) -> None:
    for hours in range(3):
        scene.at(hours)
        scene.treat(ended_at=scene.clock().isoformat())
        scene.say(hours + 0.5, soreness=1)
    seen: list[str] = []

    def note(*call: Any) -> None:
        seen.append(call[2])

    event.listen(db.engine, "before_cursor_execute", note)
    page = scene.get("/v1/changes", scene.cast.pia, limit="100")
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(page["items"]) > 30
    assert len(seen) < 15


def test_an_etag_names_what_is_shown(scene: Scene) -> None:
    session = scene.treat()["session"]
    logged = scene.say(24, soreness=1)
    paths = ["/v1/red-flag-screen", f"/v1/sessions/{session['id']}/plan", f"/v1/check-ins/{logged['id']}"]
    pia, client = scene.cast.pia.headers, scene.cast.client
    tags = {path: client.get(path, headers=pia).headers["ETag"] for path in paths}
    assert {client.get(p, headers=pia | {"If-None-Match": tag}).status_code for p, tag in tags.items()} == {
        304
    }
    with transaction():
        clinics.update(clinics.get_clinic(scene.cast.clinic_id), emergency_number="911")
    headers = scene.cast.tilda.headers | {"If-Match": '"1"'}
    client.patch(f"/v1/sessions/{session['id']}", json={"ended_at": "2026-03-02T14:00:00Z"}, headers=headers)
    again = [client.get(p, headers=pia | {"If-None-Match": tag}) for p, tag in tags.items()]
    assert [answer.status_code for answer in again] == [200, 200, 200]
    assert "911" in again[0].get_data(as_text=True)
