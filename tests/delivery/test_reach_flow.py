"""Who cannot be reminded: said to the therapist in the row and to the patient on the first screen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from tests.access.table import DEVICE
from tests.cast import Cast
from tests.scene import Postbox, Scene
from tracker.clinics.models import Clinic
from tracker.clock import MovableClock
from tracker.db import db, transaction
from tracker.delivery.reach import Obstacle, find_obstacles
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.people.models import Patient

EVERYTHING = frozenset({"email", "fcm", "web_push", "sms", "webhook"})
GONE = {"email": None}
PHONE = {"phone": "+493012345678"}
UNUSED = timedelta(days=60)


class Refused(Postbox):
    """A channel to whose addresses nothing can be written."""

    def send(self, message: Message) -> Result:
        super().send(message)
        return Result(AttemptOutcome.PERMANENT, "address_invalid")


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is known of Pia, what this server offers, and what is said."""

    expected: Obstacle | None
    patient: Mapping[str, Any] = field(default_factory=dict)
    device: Mapping[str, Any] | None = None
    webhook: str | None = None
    channels: frozenset[str] = EVERYTHING
    later: timedelta = timedelta()


NO_WAY, OFF = Obstacle.NO_WAY, Obstacle.SWITCHED_OFF
CASES = [
    Case(expected=None),
    Case(expected=NO_WAY, patient=GONE),
    Case(expected=OFF, patient={"ways": []}),
    Case(expected=OFF, patient=GONE | {"ways": []}),
    Case(expected=NO_WAY, patient={"ways": ["push", "sms", "webhook"]}),
    Case(expected=None, patient={"ways": ["email"]}),
    Case(expected=None, patient=GONE | PHONE),
    Case(expected=NO_WAY, patient=GONE | PHONE, channels=EVERYTHING - {"sms"}),
    Case(expected=NO_WAY, patient=GONE | PHONE | {"ways": ["email"]}),
    Case(expected=None, patient=GONE, device={}),
    Case(expected=NO_WAY, patient=GONE, device={}, channels=EVERYTHING - {"fcm"}),
    Case(expected=NO_WAY, patient=GONE, device={"notification_permission": "denied"}),
    Case(expected=None, patient=GONE, device={}, later=UNUSED - timedelta(seconds=1)),
    Case(expected=NO_WAY, patient=GONE, device={}, later=UNUSED),
    Case(expected=NO_WAY, patient=GONE | {"ways": ["email"]}, device={}),
    Case(expected=None, patient=GONE, webhook="https://clinic.example/hook"),
    Case(expected=NO_WAY, patient=GONE, webhook="https://clinic.example/hook", channels=frozenset({"email"})),
    Case(expected=None, patient=GONE | {"status": "archived"}),  # nobody reminds them anyway
]


@pytest.mark.parametrize("case", CASES)
def test_a_patient_can_be_reminded_by_what_is_there_wanted_and_offered(
    cast: Cast, moment: MovableClock, case: Case
) -> None:
    if case.device is not None:
        body = {**DEVICE, **case.device}
        assert cast.client.put("/v1/me/devices/phone", json=body, headers=cast.pia.headers).status_code == 200
    set_up(cast, case.webhook, **case.patient)
    moment.advance(case.later)
    people = [cast.pia.patient_id, cast.otto.patient_id]
    found = find_obstacles(people, case.channels, moment())
    assert found == ({} if case.expected is None else {cast.pia.patient_id: case.expected})


def test_a_number_that_wants_no_messages_is_no_way(cast: Cast, moment: MovableClock) -> None:
    set_up(cast, None, **GONE, **PHONE, phone_opted_out_at=moment())
    assert find_obstacles([cast.pia.patient_id], EVERYTHING, moment()) == {cast.pia.patient_id: NO_WAY}


def test_somebody_elses_device_is_no_way(cast: Cast, moment: MovableClock) -> None:
    for person in (cast.paul, cast.tilda):
        token = {"push_token": f"of-{person.account_id}"}
        cast.client.put("/v1/me/devices/phone", json=DEVICE | token, headers=person.headers)
    set_up(cast, None, **GONE)
    people = [cast.pia.patient_id, cast.paul.patient_id]
    assert find_obstacles(people, EVERYTHING, moment()) == {cast.pia.patient_id: NO_WAY}


def test_a_device_that_was_unregistered_is_no_way(cast: Cast, moment: MovableClock) -> None:
    cast.client.put("/v1/me/devices/phone", json=DEVICE, headers=cast.pia.headers)
    set_up(cast, None, **GONE)
    cast.client.delete("/v1/me/devices/phone", headers=cast.pia.headers)
    assert find_obstacles([cast.pia.patient_id], EVERYTHING, moment()) == {cast.pia.patient_id: NO_WAY}


def test_a_patient_who_switched_everything_off_is_shown_and_told(scene: Scene) -> None:
    scene.treat()
    scene.say(30, soreness=0)
    before = home(scene)
    assert before.get_json()["cannot_be_reminded"] is False
    assert "cannot_be_reminded_because" not in before.get_json()
    assert reasons(scene) == ["settled"]
    choose(scene, [])
    after = home(scene, before.headers["ETag"])
    assert after.status_code == 200
    shown = after.get_json()
    assert (shown["cannot_be_reminded"], shown["cannot_be_reminded_because"]) == (True, "switched_off")
    assert reasons(scene) == ["cannot_be_reminded", "settled"]
    choose(scene, ["email"])
    assert reasons(scene) == ["settled"]


def test_the_screen_is_read_again_when_the_last_way_is_lost(scene: Scene) -> None:
    first = home(scene)
    set_up(scene.cast, None, **GONE)
    assert home(scene, first.headers["ETag"]).get_json()["cannot_be_reminded_because"] == "no_way"


def test_a_reminder_that_reached_nobody_shows_until_one_does(scene: Scene) -> None:
    usual, scene.postbox = scene.postbox, Refused(scene.clock)
    scene.treat()
    assert reasons(scene) == ["not_asked"]
    scene.work_through(0.1)
    assert reasons(scene) == ["cannot_be_reminded"]
    assert home(scene).get_json()["cannot_be_reminded_because"] == "not_delivered"
    both = [scene.cast.pia.patient_id, scene.cast.paul.patient_id]
    assert list(find_obstacles(both, EVERYTHING, scene.clock())) == both[:1]
    scene.postbox = usual
    scene.work_through(2.5)
    assert reasons(scene) == ["not_asked"]
    assert home(scene).get_json()["cannot_be_reminded"] is False


def test_the_screen_takes_as_many_statements_for_one_patient_as_for_many(scene: Scene) -> None:
    scene.treat()

    def statements() -> int:
        seen: list[str] = []

        def note(*call: Any) -> None:
            seen.append(call[2])

        event.listen(db.engine, "before_cursor_execute", note)
        scene.get("/v1/caseload", scene.cast.tilda)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    def welcome(number: int) -> None:
        body = {"kind": "patient", "display_name": f"Newcomer {number}", "channel": "none"}
        invited = scene.post("/v1/invitations", body, scene.cast.tilda).get_json()
        with transaction():
            db.session.get_one(Patient, UUID(invited["patient_id"])).status = "active"

    welcome(0)
    statements()
    few = statements()
    for number in range(1, 5):
        welcome(number)
    assert len(scene.get("/v1/caseload", scene.cast.tilda)["items"]) == 7
    assert statements() == few


def set_up(cast: Cast, webhook: str | None, **columns: Any) -> None:
    """Write what an operator or a provider would."""
    with transaction():
        db.session.get_one(Clinic, cast.clinic_id).webhook_url = webhook
        patient = db.session.get_one(Patient, cast.pia.patient_id, populate_existing=True)
        for name, value in columns.items():
            setattr(patient, name, value)


def choose(scene: Scene, channels: list[str]) -> None:
    me = scene.get("/v1/me", scene.cast.pia)["reminder_preferences"]
    headers = scene.cast.pia.headers | {"If-Match": f'"{me.pop("version")}"'}
    answer = scene.cast.client.put(
        "/v1/me/reminder-preferences", json=me | {"channels": channels}, headers=headers
    )
    assert answer.status_code == 200


def home(scene: Scene, etag: str = "") -> TestResponse:
    return scene.cast.client.get("/v1/me/home", headers=scene.cast.pia.headers | {"If-None-Match": etag})


def reasons(scene: Scene) -> list[str]:
    rows = scene.get("/v1/caseload", scene.cast.tilda)["items"]
    (found,) = [row for row in rows if row["patient"]["id"] == str(scene.cast.pia.patient_id)]
    assert found["triage_rank"] == 1 + rows.index(found)
    told: list[str] = found["triage_reasons"]
    return told
