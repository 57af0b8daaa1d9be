"""The first screen: what is due, what to avoid, and whether the phone must read it again."""

from typing import Any

from tests.recovery.scene import Scene
from tests.support.keys import keyed
from tracker.clinics import service as clinics
from tracker.db import transaction


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
