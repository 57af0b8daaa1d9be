"""A reminder is with its provider when it is withdrawn, and the provider fails: it is not tried again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.scene import ENDED, Scene
from tests.support.keys import keyed
from tracker import ids
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.jobs.dispatch import run_once
from tracker.jobs.exits import Exits
from tracker.people.vocabulary import CONSENT_DOCUMENT_VERSION

HOUR_OF_CHECK = 24
# Longer than the longest pause before a second try.
LATER = 0.5
Withdrawal = Callable[[Scene, dict[str, Any]], None]


def log(scene: Scene, _: dict[str, Any]) -> None:
    scene.say(HOUR_OF_CHECK, soreness=2)


def void(scene: Scene, session: dict[str, Any]) -> None:
    correct(scene, session, {"status": "entered_in_error"})


def move(scene: Scene, session: dict[str, Any]) -> None:
    correct(scene, session, {"ended_at": (ENDED + timedelta(hours=5)).isoformat()})


def correct(scene: Scene, session: dict[str, Any], changes: dict[str, Any]) -> None:
    headers = scene.cast.tilda.headers | {"If-Match": f'"{session["version"]}"'}
    answer = scene.app.test_client().patch(f"/v1/sessions/{session['id']}", json=changes, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)


def withdraw_consent(scene: Scene, _: dict[str, Any]) -> None:
    said = {
        "kind": "data_processing",
        "document_version": CONSENT_DOCUMENT_VERSION,
        "status": "withdrawn",
    }
    headers = keyed(scene.cast.pia.headers)
    answer = scene.app.test_client().post("/v1/me/consents", json=said, headers=headers)
    assert answer.get_json()["in_flight_count"] == 1


def make_quiet(scene: Scene, _: dict[str, Any]) -> None:
    wanted = {"quiet_hours": {"enabled": True, "starts": "09:00", "ends": "08:00"}, "opted_in": []}
    headers = scene.cast.pia.headers | {"If-Match": '"1"'}
    answer = scene.app.test_client().put("/v1/me/reminder-preferences", json=wanted, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)


class Interrupted:
    """A provider that fails, and during whose first answer something happens."""

    name = "email"
    drops_repetitions = True

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.tries = 0
        self._meanwhile = meanwhile

    def send(self, message: Message) -> Result:  # noqa: ARG002
        self.tries += 1
        if self.tries == 1:
            self._meanwhile()
        return Result(AttemptOutcome.TRANSIENT, "smtp_451")


@pytest.mark.parametrize("withdrawal", [log, void, move, withdraw_consent, make_quiet])
def test_what_is_withdrawn_in_flight_is_not_tried_again(scene: Scene, withdrawal: Withdrawal) -> None:
    session = scene.treat()["session"]
    scene.work_through(HOUR_OF_CHECK - 1)
    provider = Interrupted(lambda: withdrawal(scene, session))
    for hours in (HOUR_OF_CHECK, HOUR_OF_CHECK + LATER):
        scene.at(hours)
        run_once(scene.app.extensions["settings"], ids.new_id(), exits=Exits({"email": provider}))
    assert provider.tries == 1


def test_without_a_withdrawal_it_is_tried_again(scene: Scene) -> None:
    scene.treat()
    scene.work_through(HOUR_OF_CHECK - 1)
    provider = Interrupted(lambda: None)
    for hours in (HOUR_OF_CHECK, HOUR_OF_CHECK + LATER):
        scene.at(hours)
        run_once(scene.app.extensions["settings"], ids.new_id(), exits=Exits({"email": provider}))
    assert provider.tries == 2
