"""Every answer says who will look and when, or that nobody does now and what to do instead."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scene import ENDED, Scene
from tracker.clinics import service as clinics
from tracker.db import db, transaction
from tracker.people.models import Patient
from tracker.safety.texts import get_texts

# ENDED is a Monday, 16:00 in Berlin; the clinic is open from Monday to Friday, 9:00 to 17:00.


def speak(scene: Scene, locale: str) -> None:
    version = scene.get("/v1/me", scene.cast.pia)["version"]
    headers = scene.cast.pia.headers | {"If-Match": f'"{version}"'}
    answer = scene.cast.client.patch("/v1/me", json={"locale": locale}, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)


def set_clinic(scene: Scene, **values: Any) -> None:
    with transaction():
        clinics.update(clinics.get_clinic(scene.cast.clinic_id), **values)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.5, "is looking at this app until 17:00."),  # Monday 16:30
        (1, "Nobody is looking at this app now. Your clinic (Practice by the River, +49 30 1234567) "
            "looks at it again tomorrow at 09:00."),
        (16.99, "looks at it again today at 09:00."),
        (17, "is looking at this app until 17:00."),
        (24 * 4 + 2, "looks at it again on Monday at 09:00."),  # Friday evening
    ],
)  # fmt: skip
def test_an_answer_says_who_looks_now_or_when_next(scene: Scene, hours: float, words: str) -> None:
    scene.treat()
    assert words in scene.say(hours, soreness=1)["advice"]["watched"]


def test_what_needs_an_answer_says_by_when_it_comes(scene: Scene) -> None:
    scene.treat()
    said = scene.say(49, soreness=8)["advice"]  # Wednesday 17:00, just closed: four hours from Thursday 9:00
    assert said["level"] == "contact_clinic"
    assert said["watched"].startswith(
        "Expect an answer from your clinic by tomorrow 13:00. Nobody is looking"
    )


def test_a_same_day_sign_counts_one_hour_of_monitored_time(scene: Scene) -> None:
    scene.treat()
    said = scene.say(0.5, red_flags=["fever"])["advice"]  # 16:30: half an hour today, half an hour tomorrow
    assert said["watched"].startswith("Expect an answer from your clinic by tomorrow 09:30.")


def test_an_emergency_promises_no_answer_of_the_clinic(scene: Scene) -> None:
    scene.treat()
    said = scene.say(0.5, red_flags=["chest_pain"])["advice"]
    assert "Expect an answer" not in said["watched"]


def test_a_report_says_it_too(scene: Scene) -> None:
    scene.treat()
    scene.at(1)
    answer = scene.post("/v1/red-flag-reports", {"symptoms": ["fever"]}, scene.cast.pia)
    assert "by tomorrow 10:00. Nobody is looking at this app now" in answer.get_json()["advice"]["watched"]


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("de-DE", "sieht sie morgen um 09:00 Uhr wieder an."),
        ("es", "volverá a mirarla mañana a las 09:00."),
    ],
)
def test_it_is_said_in_the_patients_language(scene: Scene, locale: str, words: str) -> None:
    speak(scene, locale)
    scene.treat()
    said = scene.say(1, soreness=1)["advice"]
    assert words in said["watched"]
    assert said["locale"] == locale[:2]


def test_it_is_said_in_the_patients_own_hours(scene: Scene) -> None:
    with transaction():
        patient = db.session.get_one(Patient, scene.cast.pia.patient_id)
        patient.time_zone = "America/New_York"
    scene.treat()
    assert "looks at it again tomorrow at 03:00." in scene.say(1, soreness=1)["advice"]["watched"]


def test_a_closed_day_is_no_day_on_which_somebody_looks(scene: Scene) -> None:
    closed = {"first_day": "2026-03-03", "last_day": "2026-03-04", "name": "Carnival"}
    set_clinic(scene, closed_days=[closed])
    scene.treat()
    assert "looks at it again on Thursday at 09:00." in scene.say(1, soreness=1)["advice"]["watched"]


@pytest.mark.parametrize(
    "hours", [[], [{"weekday": "monday", "opens": "late", "closes": "17:00"}], [{"weekday": "monday"}]]
)
def test_a_clinic_whose_hours_are_unknown_still_answers(scene: Scene, hours: list[dict[str, str]]) -> None:
    set_clinic(scene, monitored_hours=hours)
    scene.treat()
    scene.at(1)
    answer = scene.post("/v1/red-flag-reports", {"symptoms": ["fever"]}, scene.cast.pia)
    assert answer.status_code == 201
    assert answer.get_json()["advice"]["watched"].startswith("Nobody watches this app around the clock.")


def test_braces_in_a_clinics_own_instructions_keep_nobody_from_being_answered(scene: Scene) -> None:
    set_clinic(scene, urgent_instructions="Ask for {Anna}.")
    scene.treat()
    scene.at(1)
    answer = scene.post("/v1/red-flag-reports", {"symptoms": ["fever"]}, scene.cast.pia)
    assert answer.status_code == 201
    assert "Ask for {Anna}." in answer.get_json()["advice"]["message"]
    assert scene.get("/v1/red-flag-screen", scene.cast.pia)["items"]


def test_the_first_screen_changes_when_the_clinic_closes(scene: Scene) -> None:
    scene.at(0.9)
    open_now = scene.cast.client.get("/v1/me/home", headers=scene.cast.pia.headers)
    scene.at(1)
    again = scene.cast.client.get(
        "/v1/me/home", headers=scene.cast.pia.headers | {"If-None-Match": open_now.headers["ETag"]}
    )
    assert again.status_code == 200
    assert "Nobody is looking at this app now." in again.get_json()["watched"]


def test_what_a_phone_keeps_says_nothing_about_this_moment(scene: Scene) -> None:
    found = scene.get("/v1/red-flag-screen", scene.cast.pia)
    general = get_texts("2026-11b", "en").sentences["watched"]
    assert {item["advice"]["watched"][:45] for item in found["items"]} == {general[:45]}


@pytest.mark.parametrize(
    ("region", "days", "first"),
    [
        ("upper_back", 1, "shortness_of_breath"),
        ("lower_back", 1, "saddle_numbness"),
        ("calf", 1, None),
        ("calf", 3, "fever_with_severe_back_pain"),
        ("calf", 8, None),
    ],
)
def test_the_screen_asks_first_what_belongs_to_the_needling_and_the_day(
    scene: Scene, region: str, days: int, first: str | None
) -> None:
    scene.treat(body_areas=[{"region": region, "side": "left"}])
    scene.clock.move_to(ENDED + timedelta(days=days))
    items = scene.get("/v1/red-flag-screen", scene.cast.pia)["items"]
    asked = [item["code"] for item in items if item["asked_first"]]
    assert (asked[0] if asked else None) == first
    assert [item["code"] for item in items[: len(asked)]] == asked
