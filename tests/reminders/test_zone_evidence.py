"""A check-in from another zone is evidence: the change is offered, and nothing moves before it is confirmed."""

from urllib.parse import urlsplit

import pytest

from tests.scene import ENDED, Scene

pytestmark = pytest.mark.any_database


def offered(scene: Scene) -> tuple[bool, bool]:
    """What the first screen and the account say."""
    home, me = (scene.get(path, scene.cast.pia) for path in ("/v1/me/home", "/v1/me"))
    return home["time_zone_differs"], me["time_zone_differs"]


def plan(scene: Scene) -> list[tuple[str, str, str]]:
    items = scene.get("/v1/reminders", scene.cast.pia)["items"]
    return [(item["kind"], item["due_at"], item["not_after"]) for item in items]


def test_nobody_is_offered_anything_at_home(scene: Scene) -> None:
    assert offered(scene) == (False, False)
    scene.treat()
    scene.say(1, hydration_ml=200)
    assert offered(scene) == (False, False)


def test_a_check_in_from_another_zone_offers_the_change_and_moves_nothing(scene: Scene) -> None:
    scene.treat()
    before = plan(scene)
    scene.say(1, hydration_ml=200, time_zone="Asia/Tokyo")
    assert offered(scene) == (True, True)
    me = scene.get("/v1/me", scene.cast.pia)
    assert me["time_zone"] == "Europe/Berlin"
    assert plan(scene) == before
    confirmed = scene.patch("/v1/me", scene.cast.pia, {"time_zone": "Asia/Tokyo"}, me["version"])
    assert (confirmed.status_code, confirmed.get_json()["time_zone_differs"]) == (200, False)
    assert offered(scene) == (False, False)


def test_the_newest_one_counts_whenever_it_arrived(scene: Scene) -> None:
    scene.treat()
    scene.say(2, hydration_ml=200)
    late = (ENDED).isoformat()  # felt two hours before it, uploaded after it
    scene.say(3, hydration_ml=200, time_zone="Asia/Tokyo", recorded_at=late)
    assert offered(scene) == (False, False)
    scene.say(4, hydration_ml=200, time_zone="Asia/Tokyo")
    assert offered(scene) == (True, True)
    scene.say(5, hydration_ml=200)  # home again
    assert offered(scene) == (False, False)


def test_a_deleted_check_in_is_no_evidence(scene: Scene) -> None:
    logged = scene.say(1, hydration_ml=200, time_zone="Asia/Tokyo")
    scene.cast.client.delete(f"/v1/check-ins/{logged['id']}", headers=scene.cast.pia.headers)
    assert offered(scene) == (False, False)


def test_a_therapist_on_the_telephone_does_not_move_the_patient(scene: Scene) -> None:
    said = {"patient_id": str(scene.cast.pia.patient_id), "soreness": 2, "time_zone": "Asia/Tokyo"}
    scene.say(1, scene.cast.tilda, **said)
    scene.say(2, scene.cast.tilda, **said, source="phone")
    assert offered(scene) == (False, False)


def test_an_answer_on_a_links_page_takes_no_evidence_away(scene: Scene) -> None:
    scene.treat()
    scene.say(1, hydration_ml=200, time_zone="Asia/Tokyo")
    scene.work_through(24.1)
    (path,) = {
        urlsplit(item["link"]).path for item in scene.get("/v1/reminders", scene.cast.pia)["items"]
        if (item["kind"], item["status"]) == ("check_24h", "sent")
    }  # fmt: skip
    assert scene.cast.client.post(path, data={"soreness": "2", "red_flags": "none"}).status_code == 200
    assert offered(scene) == (True, True)


def test_a_red_flag_without_a_readable_zone_offers_nothing(scene: Scene) -> None:
    answer = scene.post("/v1/check-ins", {"red_flags": ["fever"], "time_zone": "Mars/Base"}, scene.cast.pia)
    assert answer.status_code == 201
    assert offered(scene) == (False, False)


@pytest.mark.parametrize(("days", "still"), [(30, True), (31, False)])
def test_what_a_phone_said_a_month_ago_is_no_news(scene: Scene, days: int, still: bool) -> None:
    scene.say(1, hydration_ml=200, time_zone="Asia/Tokyo")
    scene.at(24 * days)
    known = scene.cast.client.get("/v1/me/home", headers=scene.cast.pia.headers).headers["ETag"]
    assert offered(scene) == (still, still)
    scene.at(24 * (days + 1))  # the first screen is read again every day
    headers = scene.cast.pia.headers | {"If-None-Match": known}
    assert scene.cast.client.get("/v1/me/home", headers=headers).status_code == 200


def test_staff_are_offered_nothing(scene: Scene) -> None:
    assert "time_zone_differs" not in scene.get("/v1/me", scene.cast.tilda)
