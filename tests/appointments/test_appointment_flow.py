"""Appointments over HTTP: booked, moved, answered, prepared, and shown where people look."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from tests.scene import ENDED, Scene
from tests.support.keys import new_key
from tracker import clock
from tracker.appointments.rules.scheduling import FARTHEST_AHEAD
from tracker.db import db, transaction
from tracker.outcomes import caseload
from tracker.people import accounts

WEEK = 24 * 7


def at(hours: float) -> str:
    """Write an instant so many hours after ENDED."""
    return (ENDED + timedelta(hours=hours)).isoformat()


def shown(hours: float) -> str:
    """Write it as an answer shows it."""
    return (ENDED + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def path(appointment: dict[str, Any]) -> str:
    return f"/v1/appointments/{appointment['id']}"


def try_to_book(scene: Scene, **changes: Any) -> tuple[int, str]:
    """Book half an hour in a week and return status and code."""
    body = {
        "patient_id": str(scene.cast.pia.patient_id), "kind": "treatment", "starts_at": at(WEEK),
        "duration_minutes": 30, "time_zone": "Europe/Berlin",
    }  # fmt: skip
    answer = scene.post("/v1/appointments", body | changes, scene.cast.tilda)
    return answer.status_code, answer.get_json().get("code", "")


def listed(scene: Scene, **query: str) -> list[str]:
    """Return the starts that Pia sees."""
    return [item["starts_at"] for item in scene.get("/v1/appointments", scene.cast.pia, **query)["items"]]


def test_what_is_booked_is_shown_to_both(scene: Scene) -> None:
    booked = scene.book(location="Room 2")
    assert booked == {
        "id": booked["id"],
        "patient_id": str(scene.cast.pia.patient_id),
        "therapist_id": str(scene.cast.tilda.account_id),
        "kind": "follow_up",
        "starts_at": shown(WEEK),
        "duration_minutes": 30,
        "time_zone": "Europe/Berlin",
        "status": "booked",
        "location": "Room 2",
        "preparation": booked["preparation"],
        "version": 1,
    }
    named = {"patient_id": str(scene.cast.pia.patient_id)}
    for person, query in ((scene.cast.pia, {}), (scene.cast.tilda, named)):
        assert scene.get("/v1/appointments", person, **query)["items"] == [booked]
    assert scene.get("/v1/me/home", scene.cast.pia)["next_appointment"] == booked
    changes = scene.get("/v1/changes", scene.cast.pia)["items"]
    assert [item["appointment"] for item in changes if item["kind"] == "appointment"] == [booked]


def test_the_list_is_in_order_of_time_in_pages_and_between_two_instants(scene: Scene) -> None:
    starts = [WEEK, 30, 400, 90]
    for hours in starts:
        scene.book(starts=hours)
    expected = [shown(hours) for hours in sorted(starts)]
    assert listed(scene) == expected
    assert listed(scene, starts_from=at(90), starts_to=at(400)) == expected[1:3]
    found, page = [], scene.get("/v1/appointments", scene.cast.pia, limit="1")
    while True:
        found += [item["starts_at"] for item in page["items"]]
        if "next_cursor" not in page:
            break
        page = scene.get("/v1/appointments", scene.cast.pia, limit="1", cursor=page["next_cursor"])
    assert found == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"starts_at": at(0)}, (422, "validation_failed")),
        ({"starts_at": (ENDED + FARTHEST_AHEAD).isoformat()}, (201, "")),
        (
            {"starts_at": (ENDED + FARTHEST_AHEAD + timedelta(seconds=1)).isoformat()},
            (422, "validation_failed"),
        ),
    ],
)
def test_a_time_is_booked_ahead(scene: Scene, changes: dict[str, Any], expected: tuple[int, str]) -> None:
    assert try_to_book(scene, **changes) == expected


def test_two_at_one_time_need_two_patients_and_two_therapists(scene: Scene) -> None:
    scene.book()
    taken, paul = (409, "appointment_overlaps"), str(scene.cast.paul.patient_id)
    lars = str(scene.cast.lars.account_id)
    assert try_to_book(scene) == taken
    assert try_to_book(scene, patient_id=paul) == taken  # the therapist's
    assert try_to_book(scene, therapist_id=lars) == taken  # the patient's
    assert try_to_book(scene, patient_id=paul, starts_at=at(WEEK - 0.5), duration_minutes=31) == taken
    assert try_to_book(scene, patient_id=paul, starts_at=at(WEEK - 0.5)) == (201, "")
    assert try_to_book(scene, patient_id=paul, starts_at=at(WEEK + 0.5)) == (201, "")
    assert try_to_book(scene, patient_id=paul, therapist_id=lars) == (201, "")


def test_a_cancelled_time_is_free_until_it_is_booked_again(scene: Scene) -> None:
    first = scene.book()
    assert scene.patch(path(first), scene.cast.pia, {"status": "cancelled"}).status_code == 200
    second = scene.book()
    again = scene.patch(path(first), scene.cast.tilda, {"status": "booked"}, version=2)
    assert (again.status_code, again.get_json()["code"]) == (409, "appointment_overlaps")
    assert scene.patch(path(second), scene.cast.tilda, {"starts_at": at(WEEK + 1)}).status_code == 200
    assert scene.patch(path(first), scene.cast.tilda, {"status": "booked"}, version=2).status_code == 200
    back = scene.patch(path(second), scene.cast.tilda, {"starts_at": at(WEEK)}, version=2)
    assert (back.status_code, back.get_json()["code"]) == (409, "appointment_overlaps")


def test_who_treats_must_be_somebody_of_this_clinic_with_an_open_account(scene: Scene) -> None:
    for stranger in (scene.cast.olga, scene.cast.pia):
        assert try_to_book(scene, therapist_id=str(stranger.account_id)) == (422, "validation_failed")
    with transaction():
        accounts.close_account(scene.cast.tom.account_id, scene.cast.clinic_id, clock.now())
    assert try_to_book(scene, therapist_id=str(scene.cast.tom.account_id)) == (422, "validation_failed")
    assert try_to_book(scene, therapist_id=str(scene.cast.lars.account_id)) == (201, "")


def test_a_patient_confirms_and_cancels_and_nothing_else(scene: Scene) -> None:
    booked = scene.book()
    for body in (
        {"status": "booked"},
        {"status": "completed"},
        {"starts_at": at(WEEK + 1)},
        {"location": "Here"},
    ):
        answer = scene.patch(path(booked), scene.cast.pia, body)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "validation_failed"), body
    confirmed = scene.patch(path(booked), scene.cast.pia, {"status": "confirmed"})
    assert (confirmed.status_code, confirmed.get_json()["status"], confirmed.get_json()["version"]) == (
        200, "confirmed", 2,
    )  # fmt: skip
    repeated = scene.patch(path(booked), scene.cast.pia, {"status": "confirmed"})
    assert (repeated.status_code, repeated.get_json()["version"]) == (200, 2)
    stale = scene.patch(path(booked), scene.cast.pia, {"status": "cancelled"})
    assert (stale.status_code, stale.get_json()["code"]) == (412, "version_mismatch")
    assert scene.patch(path(booked), scene.cast.pia, {"status": "cancelled"}, version=2).status_code == 200
    final = scene.patch(path(booked), scene.cast.pia, {"status": "confirmed"}, version=3)
    assert (final.status_code, final.get_json()["code"]) == (409, "state_conflict")


def test_who_has_begun_cannot_cancel_any_more(scene: Scene) -> None:
    booked = scene.book()
    early = scene.patch(path(booked), scene.cast.tilda, {"status": "completed"})
    assert (early.status_code, early.get_json()["code"]) == (409, "state_conflict")
    scene.at(WEEK)
    late = scene.patch(path(booked), scene.cast.pia, {"status": "cancelled"})
    assert (late.status_code, late.get_json()["code"]) == (409, "state_conflict")
    for version, status in enumerate(("no_show", "completed", "cancelled", "completed"), start=1):
        answer = scene.patch(path(booked), scene.cast.tilda, {"status": status}, version)
        assert (answer.status_code, answer.get_json()["status"]) == (200, status)


def test_another_time_has_to_be_confirmed_anew(scene: Scene) -> None:
    booked = scene.book()
    scene.patch(path(booked), scene.cast.pia, {"status": "confirmed"})
    elsewhere = scene.patch(path(booked), scene.cast.tilda, {"location": "Room 3"}, version=2)
    assert elsewhere.get_json()["status"] == "confirmed"
    moved = scene.patch(path(booked), scene.cast.tilda, {"starts_at": at(WEEK + 1)}, version=3)
    assert (moved.get_json()["status"], moved.get_json()["starts_at"]) == ("booked", shown(WEEK + 1))
    past = scene.patch(path(booked), scene.cast.tilda, {"starts_at": at(-1)}, version=4)
    assert (past.status_code, past.get_json()["errors"][0]["code"]) == (422, "in_the_past")


def test_what_is_prepared_and_disclosed_reaches_the_therapist(scene: Scene) -> None:
    booked = scene.book()
    prepared = {
        "done_codes": ["disclose_medicines", "light_meal", "light_meal"],
        "medicines": "Ramipril",
        "conditions": "Afraid of needles",
    }
    for _ in range(2):  # saying it again changes nothing
        answer = scene.put(f"{path(booked)}/preparation", scene.cast.pia, prepared)
        assert (answer.status_code, answer.get_json()["version"]) == (200, 2)
    (seen,) = scene.get(
        "/v1/appointments", scene.cast.tilda, patient_id=str(scene.cast.pia.patient_id)
    )["items"]  # fmt: skip
    assert (seen["medicines"], seen["conditions"]) == ("Ramipril", "Afraid of needles")
    assert [(item["code"], item["done"]) for item in seen["preparation"]] == [
        ("light_meal", True), ("comfortable_clothing", False), ("disclose_medicines", True),
        ("disclose_conditions", False), ("arrive_early", False),
    ]  # fmt: skip
    assert all(item["text"].endswith(".") for item in seen["preparation"])
    cleared = scene.put(f"{path(booked)}/preparation", scene.cast.pia, {"done_codes": []}).get_json()
    assert {"medicines", "conditions"}.isdisjoint(cleared)


def test_nothing_is_disclosed_without_consent_or_about_what_is_over(scene: Scene) -> None:
    first, second = scene.book(), scene.book(starts=WEEK + 1)
    scene.patch(path(first), scene.cast.pia, {"status": "cancelled"})
    over = scene.put(f"{path(first)}/preparation", scene.cast.pia, {"done_codes": ["arrive_early"]})
    assert (over.status_code, over.get_json()["code"]) == (409, "state_conflict")
    consent = {"kind": "data_processing", "document_version": "2026-11", "status": "withdrawn"}
    assert scene.post("/v1/me/consents", consent, scene.cast.pia).status_code == 201
    refused = scene.put(f"{path(second)}/preparation", scene.cast.pia, {"done_codes": ["arrive_early"]})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "consent_required")
    assert scene.patch(path(second), scene.cast.pia, {"status": "cancelled"}).status_code == 200


def test_the_same_key_books_once(scene: Scene) -> None:
    body = {
        "patient_id": str(scene.cast.pia.patient_id), "kind": "treatment", "starts_at": at(WEEK),
        "duration_minutes": 30, "time_zone": "Europe/Berlin",
    }  # fmt: skip
    key = new_key()
    first = scene.post("/v1/appointments", body, scene.cast.tilda, key)
    scene.at(WEEK + 1)  # long over, and the key still answers
    again = scene.post("/v1/appointments", body, scene.cast.tilda, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.get_json()["id"], again.headers["Idempotent-Replayed"]) == (first.get_json()["id"], "true")


def test_the_first_screen_follows_what_is_next(scene: Scene) -> None:
    first, second = scene.book(), scene.book(starts=WEEK + 24)
    etags = []
    for hours, expected in ((0, first), (WEEK - 0.01, first), (WEEK, second), (WEEK + 24, None)):
        scene.at(hours)
        answer = scene.cast.client.get("/v1/me/home", headers=scene.cast.pia.headers)
        assert (answer.get_json().get("next_appointment") or {}).get("id") == (expected and expected["id"])
        etags.append(answer.headers["ETag"])
    assert etags[2] not in etags[:2]


def test_the_feed_names_an_appointment_again_after_each_change(scene: Scene) -> None:
    booked = scene.book()
    cursor = scene.get("/v1/changes", scene.cast.pia)["next_cursor"]
    scene.patch(path(booked), scene.cast.tilda, {"location": "Room 3"})
    page = scene.get("/v1/changes", scene.cast.pia, cursor=cursor)
    assert [(item["kind"], item["id"]) for item in page["items"]] == [("appointment", booked["id"])]
    scene.put(f"{path(booked)}/preparation", scene.cast.pia, {"done_codes": ["arrive_early"]})
    page = scene.get("/v1/changes", scene.cast.pia, cursor=page["next_cursor"])
    assert page["items"][0]["appointment"]["preparation"][4]["done"] is True


def next_ones(scene: Scene) -> dict[str, Any]:
    rows = scene.get("/v1/caseload", scene.cast.tilda)["items"]
    return {row["patient"]["display_name"]: row.get("next_appointment_at") for row in rows}


def test_the_caseload_shows_when_each_patient_comes_next(scene: Scene) -> None:
    first = scene.book()
    scene.book(starts=WEEK + 24)
    scene.book(scene.cast.paul, starts=30)
    assert next_ones(scene) == {"Pia": shown(WEEK), "Paul": shown(30)}
    scene.patch(path(first), scene.cast.pia, {"status": "cancelled"})
    scene.at(30)
    assert next_ones(scene) == {"Pia": shown(WEEK + 24), "Paul": None}


def test_the_caseload_asks_once_for_all_patients(scene: Scene) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM appointment" in statement:
            asked.append(statement)

    scene.book()
    scene.book(scene.cast.paul, starts=30)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert len(caseload.list_caseload(scene.cast.tilda.actor, {"email"}, clock.now())) == 2
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(asked) == 1
