"""Who reads decides the language: a patient's own wherever they look, and for staff what their request asks for."""

from typing import Any

import pytest

from tests.scene import Scene
from tracker.people.vocabulary import CONSENT_DOCUMENT_VERSION
from tracker.protocols.task_texts import PREPARATION_TEXTS, TASK_TEXTS
from tracker.translation import translate

ENGLISH = {
    *(text for words in TASK_TEXTS.values() for text in (words.title, words.instructions)),
    *PREPARATION_TEXTS.values(),
}
SENTENCES = {"title", "instructions", "window", "body", "text", "sentence", "summary", "label", "watched",
             "opens_at_local", "closes_at_local", "due_at_local", "not_after_local"}  # fmt: skip
# What no sentence of another language has.
TELLTALES = ("the ", "until ", "from ", "There is", "A setting", "March", "Planned", "Tuesday")


def sentences(found: Any) -> set[str]:
    """Every sentence that somebody reads in an answer, however deep it stands."""
    if isinstance(found, list):
        return {text for each in found for text in sentences(each)}
    if not isinstance(found, dict):
        return set()
    here = {value for name, value in found.items() if name in SENTENCES and isinstance(value, str)}
    here |= set(found.get("aftercare", []))
    return here | {text for value in found.values() for text in sentences(value)}


def english(said: set[str]) -> list[str]:
    """Those that are English, whatever the clinic is called."""
    told = {text.replace("Practice by the River", "") for text in said}
    return [text for text in told if text in ENGLISH or any(sign in text for sign in TELLTALES)]


def speak(scene: Scene, locale: str) -> None:
    version = scene.get("/v1/me", scene.cast.pia)["version"]
    answer = scene.patch("/v1/me", scene.cast.pia, {"locale": locale}, version)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def session_id(scene: Scene) -> str:
    """Pia's session, half an hour after a reminder, with an appointment ahead."""
    created = scene.treat()
    scene.book()
    scene.work_through(24.5)
    return str(created["session"]["id"])


def paths(scene: Scene, session_id: str) -> list[str]:
    newest = scene.get("/v1/reminders", scene.cast.pia)["items"][-1]["id"]
    return [
        "/v1/me/home",
        "/v1/changes",
        "/v1/reminders",
        f"/v1/reminders/{newest}/explanation",
        "/v1/appointments",
        f"/v1/sessions/{session_id}/plan",
        f"/v1/sessions/{session_id}/trajectory",
        "/v1/red-flag-screen",
    ]


@pytest.mark.parametrize("locale", ["de-AT", "es"])
def test_a_patient_reads_everything_in_their_language(scene: Scene, session_id: str, locale: str) -> None:
    speak(scene, locale)
    for path in paths(scene, session_id):
        said = sentences(scene.get(path, scene.cast.pia))
        assert said, path
        assert english(said) == [], path
        assert [text for text in said if "{" in text] == [], path


def test_the_first_screen_of_a_german_patient(scene: Scene, session_id: str) -> None:
    speak(scene, "de")
    home = scene.get("/v1/me/home", scene.cast.pia)
    tasks = {task["key"]: task for task in home["due_tasks"]}
    assert tasks["check_24h"]["title"] == "Rückmeldung nach einem Tag"
    assert tasks["check_24h"]["window"] == "von heute, 12:00 Uhr bis morgen, 04:00 Uhr"
    assert tasks["check_24h"]["instructions"].startswith(
        "Die 24 Stunden ohne Alkohol sind vorbei. Sagen Sie, wie stark die behandelte Stelle"
    )
    preparation = home["next_appointment"]["preparation"]
    assert preparation[-1]["text"] == "Kommen Sie ein paar Minuten früher."
    assert home["next_reminder"]["title"] == "Eine kurze Nachricht wartet auf Sie"


def test_why_a_german_patient_got_it(scene: Scene, session_id: str) -> None:
    speak(scene, "de")
    items = scene.get("/v1/reminders", scene.cast.pia, status="sent")["items"]
    [sent] = [item for item in items if item["kind"] == "check_24h"]
    told = scene.get(f"/v1/reminders/{sent['id']}/explanation", scene.cast.pia)
    assert told["summary"] == (
        "Geplant für Dienstag, 3. März, 16:00 Uhr: 24 Stunden nach dem Ende der Behandlung. "
        "Übergeben per E-Mail am Dienstag, 3. März, 16:00 Uhr: sie wurde angenommen."
    )


def test_what_is_not_sent_yet_is_told_once(scene: Scene, session_id: str) -> None:
    items = scene.get("/v1/reminders", scene.cast.pia, status="scheduled")["items"]
    [ahead] = [item for item in items if item["kind"] == "check_48h" and item["reason"] == "on_time"][-1:]
    told = scene.get(f"/v1/reminders/{ahead['id']}/explanation", scene.cast.pia)
    assert told["summary"] == told["links"][0]["sentence"]


def test_what_a_patient_asks_for_by_header_changes_nothing(scene: Scene, session_id: str) -> None:
    speak(scene, "de")
    path = f"/v1/sessions/{session_id}/plan"
    spanish = scene.cast.pia.headers | {"Accept-Language": "es"}
    assert scene.cast.client.get(path, headers=spanish).get_json() == scene.get(path, scene.cast.pia)


def test_staff_read_what_their_request_asks_for_and_else_english(scene: Scene, session_id: str) -> None:
    speak(scene, "de")
    title = "Check-in after a day"
    for asked, language in (({}, "en"), ({"Accept-Language": "es-MX, en;q=0.5"}, "es")):
        headers = scene.cast.tilda.headers | asked
        plan = scene.cast.client.get(f"/v1/sessions/{session_id}/plan", headers=headers).get_json()
        assert translate(title, language) in {task["title"] for task in plan["tasks"]}
        shown = scene.cast.client.get(f"/v1/sessions/{session_id}/trajectory", headers=headers).get_json()
        label = shown["expected_course"]["label"]
        assert label == translate("A setting of the clinic, not a norm.", language)


def test_the_dry_run_speaks_the_language_of_who_asks(scene: Scene) -> None:
    speak(scene, "de")
    body = {"ended_at": "2026-03-02T15:00:00Z", "time_zone": "Europe/Berlin"}
    seen = scene.post("/v1/reminder-previews", body, scene.cast.pia).get_json()
    assert english(sentences(seen)) == []
    by_key = {item["key"]: item for item in reversed(seen["reminders"])}
    assert by_key["check_24h"]["sentence"] == "24 Stunden nach dem Ende der Behandlung."
    staff = scene.post("/v1/reminder-previews", body, scene.cast.tilda).get_json()
    assert "24 hours after the session's end." in sentences(staff)


def test_an_answer_to_an_appointment_is_in_the_patients_language(scene: Scene) -> None:
    speak(scene, "de")
    booked = scene.book()
    assert "Come a few minutes early." in sentences(booked)
    path = f"/v1/appointments/{booked['id']}"
    confirmed = scene.patch(path, scene.cast.pia, {"status": "confirmed"}).get_json()
    prepared = scene.put(f"{path}/preparation", scene.cast.pia, {"done_codes": ["light_meal"]}).get_json()
    for answer in (confirmed, prepared):
        assert "Kommen Sie ein paar Minuten früher." in sentences(answer)
        assert english(sentences(answer)) == []


def test_a_consent_is_read_in_the_language_that_the_browser_asks_for(scene: Scene) -> None:
    for asked, language, said in (
        ("de-DE,de;q=0.9", "de", "Dieser Dienst darf speichern, was ich aufschreibe"),
        ("es", "es", "Este servicio puede guardar lo que anoto"),
        ("fr", "en", "This service may store what I write down"),
    ):
        answer = scene.cast.client.get("/consents/data_processing", headers={"Accept-Language": asked})
        assert f'lang="{language}"' in answer.text
        assert said in answer.text
        assert CONSENT_DOCUMENT_VERSION in answer.text
