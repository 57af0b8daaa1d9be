"""The page behind a reminder: one answer without signing in, and nothing about whom it belongs to."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.jobs.due_rows import RecordingChannel
from tests.scene import Scene
from tracker import ids
from tracker.db import db
from tracker.delivery.links import make_link
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.message import Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.jobs.dispatch import run_once

pytestmark = pytest.mark.any_database

NONE = {"red_flags": "none"}


def path_of(scene: Scene, kind: str = "check_24h") -> str:
    """The path in the message about one step."""
    [link] = {
        item["link"] for item in scene.get("/v1/reminders", scene.cast.pia)["items"]
        if item["kind"] == kind and item["status"] == "sent"
    }  # fmt: skip
    return str(urlsplit(link).path)


def send(scene: Scene, path: str, **fields: str | Sequence[str]) -> TestResponse:
    return scene.cast.client.post(path, data=fields)


@pytest.fixture
def asked(scene: Scene) -> str:
    """Pia was asked after 24 hours."""
    scene.treat()
    scene.work_through(24.2)
    return path_of(scene)


def test_an_answer_counts_like_one_from_the_app(scene: Scene, asked: str) -> None:
    page = scene.cast.client.get(asked)
    assert page.status_code == 200
    assert "How sore is the area that was needled" in page.text
    answer = send(scene, asked, soreness="3", **NONE)
    assert answer.status_code == 200
    assert "Your answer has arrived." in answer.text
    [check_in] = scene.get("/v1/check-ins", scene.cast.pia)["items"]
    assert (check_in["soreness"], check_in["red_flags"], check_in["source"]) == (3, [], "reminder_link")
    assert len(check_in["completed_plan_task_ids"]) == 1
    scene.work_through(30)
    assert scene.reminders()["check_24h"] == [("sent", "accepted"), ("suppressed", "answered")]


def test_the_page_tells_nothing_about_the_person(scene: Scene, asked: str) -> None:
    shown = scene.cast.client.get(asked).text
    for secret in ("Pia", "Tilda", "Berlin", "lower", "@", scene.cast.pia.email or "pia@"):
        assert secret not in shown
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", shown), "no id"
    assert "clinic" not in shown.lower()


def test_a_link_takes_one_answer(scene: Scene, asked: str) -> None:
    for _ in range(3):
        assert scene.cast.client.get(asked).status_code == 200, "looking uses nothing up"
    assert send(scene, asked, soreness="3", **NONE).status_code == 200
    assert scene.cast.client.get(asked).status_code == 410
    second = send(scene, asked, soreness="9", **NONE)
    assert second.status_code == 410
    assert "call" in second.text.lower(), "the emergency advice stands on every page"
    assert len(scene.get("/v1/check-ins", scene.cast.pia)["items"]) == 1


@pytest.mark.parametrize(
    "number", ["", "11", "-1", "3.5", "²", "abc", "9" * 5000, "00099", "0" * 5000, "03", " 3"]
)
def test_a_wrong_number_is_asked_for_again_and_uses_nothing_up(scene: Scene, asked: str, number: str) -> None:
    answer = send(scene, asked, soreness=number, **NONE)
    assert answer.status_code == 422
    assert "Choose a number from 0 to 10." in answer.text
    assert send(scene, asked, soreness="10", **NONE).status_code == 200


def test_not_saying_anything_about_warning_signs_is_no_answer(scene: Scene, asked: str) -> None:
    answer = send(scene, asked, soreness="4")
    assert answer.status_code == 422
    assert "none of these" in answer.text
    assert 'value="4" checked' in answer.text, "what was chosen stays chosen"
    assert scene.get("/v1/check-ins", scene.cast.pia)["items"] == []


def test_a_warning_sign_is_answered_at_once_and_told_to_the_therapist(scene: Scene, asked: str) -> None:
    answer = send(scene, asked, red_flags=["chest_pain", "none"])
    assert answer.status_code == 200
    assert "Call your local emergency number" in answer.text
    [alert] = scene.alerts()
    assert (alert["rule"], alert["severity"]) == ("red_flag_emergency", "emergency")


def test_a_warning_sign_beside_a_wrong_number_is_taken(scene: Scene, asked: str) -> None:
    answer = send(scene, asked, soreness="00099", red_flags=["chest_pain"])
    assert answer.status_code == 200
    assert "Call your local emergency number" in answer.text
    [check_in] = scene.get("/v1/check-ins", scene.cast.pia)["items"]
    assert (check_in["red_flags"], check_in.get("soreness")) == (["chest_pain"], None)
    assert [alert["rule"] for alert in scene.alerts()] == ["red_flag_emergency"]


@pytest.mark.parametrize("hours", [24.5, 40])
def test_a_warning_sign_is_taken_on_a_link_that_is_over(scene: Scene, asked: str, hours: float) -> None:
    if hours < 36:
        send(scene, asked, soreness="1", **NONE)
    scene.at(hours)
    assert scene.cast.client.get(asked).status_code == 410
    for _ in range(2):
        answer = send(scene, asked, red_flags=["cannot_pass_urine"])
        assert answer.status_code == 200
        assert "Go to an emergency department now" in answer.text
    assert [alert["rule"] for alert in scene.alerts()] == ["red_flag_emergency"]


def test_a_link_that_came_although_its_answer_was_lost_takes_an_answer(scene: Scene) -> None:
    scene.treat()
    scene.work_through(23.9)
    scene.at(24)
    channel = RecordingChannel(lambda _: Result(AttemptOutcome.UNKNOWN, "timeout"))
    run_once(scene.app.extensions["settings"], ids.new_id(), exits=channel.exits)
    db.session.rollback()  # the worker's rows are seen by whoever looks anew
    [message] = channel.sent
    path = str(urlsplit(message.link).path)
    assert scene.cast.client.get(path).status_code == 200
    assert send(scene, path, soreness="3", **NONE).status_code == 200
    assert scene.cast.client.get(path).status_code == 410
    scene.work_through(25)
    assert scene.reminders()["check_24h"] == [("suppressed", "answered")] * 2


def test_a_question_that_was_never_sent_takes_no_answer(scene: Scene) -> None:
    scene.treat()
    scene.work_through(23.9)
    row = db.session.query(Dispatch).filter_by(step_key="check_24h", occurrence=0).one()
    key = scene.app.extensions["settings"].secret_key
    scene.at(24)
    assert (
        send(scene, urlsplit(make_link("http://x", key, row.id)).path, soreness="3", **NONE).status_code
        == 410
    )


def test_after_the_window_the_link_is_over(scene: Scene, asked: str) -> None:
    scene.at(36)
    assert send(scene, asked, soreness="3", **NONE).status_code == 410
    assert scene.get("/v1/check-ins", scene.cast.pia)["items"] == []


def test_without_consent_nothing_is_logged(scene: Scene, asked: str) -> None:
    withdrawal = {"kind": "data_processing", "document_version": "2026-11", "status": "withdrawn"}
    assert scene.post("/v1/me/consents", withdrawal, scene.cast.pia).status_code == 201
    assert send(scene, asked, soreness="3", **NONE).status_code == 410


@pytest.mark.parametrize("change", [{"status": "entered_in_error"}, {"ended_at": "2026-03-03T15:14:00Z"}])
def test_a_session_that_was_taken_back_or_moved_ahead_ends_its_links(
    scene: Scene, asked: str, change: dict[str, str]
) -> None:
    [session] = scene.get("/v1/sessions", scene.cast.pia)["items"]
    scene.at(24.25)
    assert scene.patch(f"/v1/sessions/{session['id']}", scene.cast.tilda, change).status_code == 200
    scene.at(24.2)
    assert scene.cast.client.get(asked).status_code == 410
    assert send(scene, asked, soreness="3", **NONE).status_code == 410
    assert scene.get("/v1/check-ins", scene.cast.pia)["items"] == []
    answer = send(scene, asked, soreness="3", red_flags=["chest_pain"])
    assert "Call your local emergency number" in answer.text
    assert [alert["rule"] for alert in scene.alerts()] == ["red_flag_emergency"]


def test_a_message_that_asks_nothing_leads_to_a_neutral_page(scene: Scene, asked: str) -> None:
    card = scene.cast.client.get(path_of(scene, "aftercare_card"))
    other = scene.cast.client.get("/go/anything")
    assert card.status_code == other.status_code == 200
    assert card.text == other.text
    assert send(scene, path_of(scene, "aftercare_card"), soreness="3", **NONE).text == other.text


def test_a_link_of_another_key_or_with_one_changed_letter_is_nobodys(scene: Scene, asked: str) -> None:
    neutral = scene.cast.client.get("/go/anything").text
    row = db.session.query(Dispatch).filter_by(step_key="check_24h", occurrence=0).one()
    forged = urlsplit(make_link("http://x", "another key, as long as it has to be", row.id)).path
    code = asked.rpartition("/")[2]
    changed = [code[:at] + ("A" if code[at] != "A" else "B") + code[at + 1 :] for at in (0, 21, 37)]
    changed += [code[:37] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter != code[37]]
    for path in (forged, *(f"/go/{text}" for text in changed), f"{asked}A", f"/go/{ids.new_id()}"):
        assert scene.cast.client.get(path).text == neutral
        assert send(scene, path, soreness="3", **NONE).text == neutral
    assert scene.get("/v1/check-ins", scene.cast.pia)["items"] == []


def test_the_neutral_page_speaks_the_readers_language(app: Flask) -> None:
    german = app.test_client().get("/go/x", headers={"Accept-Language": "de-AT,en;q=0.5"}).text
    assert "Sie haben eine Nachricht" in german


def test_only_red_flags_are_asked_on_day_five(scene: Scene) -> None:
    scene.treat()
    scene.work_through(5 * 24 + 6)
    path = path_of(scene, "infection_question")
    assert "soreness" not in scene.cast.client.get(path).text
    assert send(scene, path, **NONE).status_code == 200
    assert scene.get("/v1/check-ins", scene.cast.pia)["items"][0]["red_flags"] == []


def test_a_message_for_two_sessions_takes_an_answer_for_its_own_and_the_other_is_asked(scene: Scene) -> None:
    first = scene.treat()
    scene.at(1.5)
    second = scene.treat(ended_at=scene.clock().isoformat())
    scene.work_through(25.6)
    assert send(scene, path_of(scene), soreness="3", **NONE).status_code == 200
    [said] = scene.get("/v1/check-ins", scene.cast.pia)["items"]
    assert said["session_id"] == first["session"]["id"]
    scene.work_through(28.6)
    newest, *_ = scene.get("/v1/reminders", scene.cast.pia, status="sent")["items"]
    assert send(scene, urlsplit(newest["link"]).path, soreness="5", **NONE).status_code == 200
    credited = {
        item["session_id"]: item["soreness"] for item in scene.get("/v1/check-ins", scene.cast.pia)["items"]
    }
    assert credited == {first["session"]["id"]: 3, second["session"]["id"]: 5}
