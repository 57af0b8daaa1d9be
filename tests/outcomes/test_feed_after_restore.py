"""A cursor of before a restore expires, wherever its patient stands by now: the phone fetches everything again."""

from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.commands.test_commands import run
from tests.scene import Scene
from tracker.api.cursors import decode, encode
from tracker.api.feed import PlaceInFeed
from tracker.db import db
from tracker.people.models import FeedEpoch


def ask(scene: Scene, cursor: str) -> TestResponse:
    return scene.cast.client.get(
        "/v1/changes", query_string={"cursor": cursor}, headers=scene.cast.pia.headers
    )


def verdict(scene: Scene, cursor: str) -> tuple[int, str | None]:
    answer = ask(scene, cursor)
    return answer.status_code, answer.get_json().get("code")


def place(cursor: str) -> tuple[Any, ...]:
    return decode(cursor, PlaceInFeed) or ()


def everything(scene: Scene) -> dict[str, Any]:
    page: dict[str, Any] = scene.get("/v1/changes", scene.cast.pia, limit="100")
    assert not page["has_more"]
    return page


EXPIRED, READ = (410, "cursor_expired"), (200, None)


def test_a_cursor_of_before_a_restore_expires_wherever_its_patient_stands(scene: Scene) -> None:
    scene.treat()
    before = everything(scene)["next_cursor"]
    restored = run(scene.app, "restored")
    assert (restored.exit_code, restored.stdout) == (0, "Every phone will fetch everything again.\n")
    assert verdict(scene, before) == EXPIRED
    logged = scene.say(24, soreness=2)
    assert verdict(scene, before) == EXPIRED
    page = everything(scene)
    assert {item["kind"] for item in page["items"]} == {"patient", "session", "plan", "reminder", "check_in"}
    again = scene.say(25, soreness=1)
    changed = [item["id"] for item in ask(scene, page["next_cursor"]).get_json()["items"]]
    assert again["id"] in changed
    assert logged["id"] not in changed


def test_no_restore_brings_an_older_cursor_back(scene: Scene) -> None:
    scene.treat()
    cursors = [everything(scene)["next_cursor"]]
    for _ in range(2):
        run(scene.app, "restored")
        assert {verdict(scene, cursor) for cursor in cursors} == {EXPIRED}
        cursors.append(everything(scene)["next_cursor"])
    assert verdict(scene, cursors[-1]) == READ
    assert db.session.scalar(select(func.count()).select_from(FeedEpoch)) == 1


@pytest.mark.parametrize("restored", [False, True])
def test_a_cursor_without_an_epoch_says_nothing_of_restores_and_expires(scene: Scene, restored: bool) -> None:
    scene.treat()
    if restored:
        run(scene.app, "restored")
    *older, _epoch, _patient = place(everything(scene)["next_cursor"])
    assert verdict(scene, encode(*older)) == EXPIRED


@pytest.mark.parametrize(("ahead", "expected"), [(0, READ), (1, EXPIRED)])
def test_a_cursor_ahead_of_its_patient_expires_though_nobody_spoke_of_a_restore(
    scene: Scene, ahead: int, expected: tuple[int, str | None]
) -> None:
    scene.treat()
    seq, *rest = place(everything(scene)["next_cursor"])
    assert verdict(scene, encode(seq + ahead, *rest)) == expected


def test_a_cursor_of_another_patient_leads_nowhere(scene: Scene) -> None:
    theirs: dict[str, Any] = scene.get("/v1/changes", scene.cast.paul)
    assert verdict(scene, theirs["next_cursor"]) == EXPIRED, "a phone that changed hands would skip rows"
