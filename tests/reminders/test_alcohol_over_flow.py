"""After the alcohol window the first screen and the 24 h check say that it is over; no message does."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.scene import ENDED, Scene

SECOND = 1 / 3600
OVER = {
    "en": "The 24 hours without alcohol are over.",
    "de": "Die 24 Stunden ohne Alkohol sind vorbei.",
    "es": "Las 24 horas sin alcohol han terminado.",
}


def home_at(scene: Scene, hours: float) -> dict[str, Any]:
    scene.at(hours)
    return scene.get("/v1/me/home", scene.cast.pia)


def told(home: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the card says it, and whether the 24 h check does."""
    checks = [task["instructions"] for task in home["due_tasks"] if task["key"] == "check_24h"]
    return OVER["en"] in home["aftercare"], any(OVER["en"] in words for words in checks)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        pytest.param(20, (False, False), id="the-check-opens-the-window-runs"),
        pytest.param(24 - SECOND, (False, False), id="one-second-before"),
        pytest.param(24, (True, True), id="over"),
        pytest.param(36 - SECOND, (True, True), id="the-check-is-still-open"),
        pytest.param(36, (True, False), id="the-check-has-closed"),
        pytest.param(48, (False, False), id="a-day-later"),
    ],
)
def test_the_first_screen_and_the_check_tell_that_the_window_is_over(
    scene: Scene, hours: float, expected: tuple[bool, bool]
) -> None:
    scene.treat()
    home = home_at(scene, hours)
    assert told(home) == expected
    running = any(line.startswith("No alcohol until") for line in home["aftercare"])
    assert running is (hours < 24)


def test_the_windows_of_two_sessions_unite(scene: Scene) -> None:
    scene.treat()
    scene.at(5)
    scene.treat(ended_at=scene.clock().isoformat())
    assert told(home_at(scene, 29 - SECOND)) == (False, False)
    assert told(home_at(scene, 29)) == (True, True)


def test_a_session_that_was_recorded_after_its_window_is_told_of_too(scene: Scene) -> None:
    scene.at(26)
    scene.treat()
    assert told(home_at(scene, 27)) == (True, True)


def test_a_session_that_did_not_happen_has_no_window(scene: Scene) -> None:
    session = scene.treat()["session"]
    path, wrong = f"/v1/sessions/{session['id']}", {"status": "entered_in_error"}
    assert scene.patch(path, scene.cast.tilda, wrong).status_code == 200
    assert told(home_at(scene, 25)) == (False, False)


@pytest.mark.parametrize("hours", [24, 48])
def test_a_phone_that_knows_the_screen_hears_of_it_in_time(scene: Scene, hours: float) -> None:
    scene.treat()
    scene.at(hours - SECOND)
    known = scene.cast.client.get("/v1/me/home", headers=scene.cast.pia.headers).headers["ETag"]
    scene.at(hours)
    headers = scene.cast.pia.headers | {"If-None-Match": known}
    assert scene.cast.client.get("/v1/me/home", headers=headers).status_code == 200


@pytest.mark.parametrize("locale", ["en", "de-AT", "es"])
def test_the_page_behind_the_check_says_it_and_no_message_does(scene: Scene, locale: str) -> None:
    version = scene.get("/v1/me", scene.cast.pia)["version"]
    assert scene.patch("/v1/me", scene.cast.pia, {"locale": locale}, version).status_code == 200
    scene.treat()
    scene.work_through(24.1)
    reminders = scene.get("/v1/reminders", scene.cast.pia)["items"]
    links = {item["kind"]: urlsplit(item["link"]).path for item in reminders}
    said = OVER[locale[:2]]
    assert said in scene.cast.client.get(links["check_24h"]).text
    assert said in scene.get("/v1/me/home", scene.cast.pia)["aftercare"]
    assert [at for at, _ in scene.postbox.mails][-1] == ENDED + timedelta(hours=24)
    for _, message in scene.postbox.mails:
        assert said not in f"{message.subject} {message.body}"
    scene.work_through(48.1)
    reminders = scene.get("/v1/reminders", scene.cast.pia)["items"]
    (path,) = {urlsplit(item["link"]).path for item in reminders if item["kind"] == "check_48h"
               and item["status"] == "sent"}  # fmt: skip
    assert said not in scene.cast.client.get(path).text
