"""A worker outside the service: claim, start, result, with the same promises as the one inside."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from tests.access.house import trail
from tests.commands.test_commands import run
from tests.jobs.due_rows import read_attempts, read_row
from tests.scene import Scene
from tests.support.keys import new_key
from tracker.api.contract import operations_of
from tracker.db import db, transaction
from tracker.delivery.models import Dispatch
from tracker.people.models import Patient
from tracker.people.rules.access import Permission

CLINIC = "Practice by the River"
MAIL = {"channels": ["email"]}


@dataclass(frozen=True)
class Robot:
    """A worker with a token of its clinic."""

    scene: Scene
    headers: dict[str, str]

    def call(self, method: str, path: str, body: dict[str, Any]) -> TestResponse:
        return self.scene.cast.client.open(path, method=method, json=body, headers=self.headers)

    def claim(self, limit: int = 10, lease_seconds: int = 60) -> list[dict[str, Any]]:
        answer = self.call("POST", "/v1/reminder-claims", {"limit": limit, "lease_seconds": lease_seconds})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.get_json()["items"]
        return items

    def put(self, held: dict[str, Any], what: str, **body: Any) -> TestResponse:
        path = f"/v1/reminder-deliveries/{held['id']}/{what}"
        return self.call("PUT", path, {"claim_token": held["claim_token"], **body})

    def start(self, held: dict[str, Any]) -> TestResponse:
        return self.put(held, "start", **MAIL)


def make_robot(scene: Scene, clinic: str = CLINIC) -> Robot:
    token = run(scene.app, "reminders", "worker-token", "--clinic", clinic).stdout.strip()
    return Robot(scene, {"Authorization": f"Bearer {token}"})


@pytest.fixture
def robot(scene: Scene) -> Robot:
    """A worker whose clinic has one patient who is due to be asked after 24 hours."""
    scene.treat()
    scene.work_through(23)
    scene.at(24)
    return make_robot(scene)


def test_a_message_goes_its_way_once(robot: Robot) -> None:
    [held] = robot.claim()
    assert robot.claim() == [], "it is taken"
    started = robot.start(held)
    assert started.status_code == 200, started.text
    letter = started.get_json()
    assert (letter["channel"], letter["recipient"], letter["attempt"]) == (
        "email",
        robot.scene.cast.pia.email,
        1,
    )
    assert letter["link"] in letter["body"]
    assert "check" not in f"{letter['title']} {letter['body']}"
    assert (
        robot.put(held, "result", attempt=1, outcome="accepted", provider_reference="m-1").status_code == 204
    )
    assert (
        robot.put(held, "result", attempt=1, outcome="accepted", provider_reference="m-1").status_code == 204
    )
    row = read_row(UUID(held["id"]))
    assert (row.state, row.accepted_at) == ("accepted", robot.scene.clock())
    [attempt] = read_attempts(row.id)
    assert (attempt.outcome, attempt.provider_reference, attempt.send_key) == (
        "accepted",
        "m-1",
        letter["send_key"],
    )


def test_a_lost_answer_to_start_is_asked_for_again(robot: Robot) -> None:
    [held] = robot.claim()
    assert robot.start(held).get_json() == robot.start(held).get_json()
    assert len(read_attempts(UUID(held["id"]))) == 1


def test_what_is_not_wanted_any_more_is_not_started(robot: Robot) -> None:
    [held] = robot.claim()
    robot.scene.say(24, soreness=2)
    refused = robot.start(held)
    assert refused.status_code == 409
    assert read_attempts(UUID(held["id"])) == []
    assert read_row(UUID(held["id"])).state == "suppressed"


def test_withdrawn_consent_found_at_the_start_ends_the_message(robot: Robot) -> None:
    scene = robot.scene
    [held] = robot.claim()
    withdrawal = {"kind": "data_processing", "document_version": "2026-11", "status": "withdrawn"}
    scene.post("/v1/me/consents", withdrawal, scene.cast.pia)
    assert robot.start(held).status_code == 409
    assert read_row(UUID(held["id"])).state == "cancelled"


def test_after_the_lease_the_message_is_anothers_and_the_late_answer_is_kept(robot: Robot) -> None:
    other = make_robot(robot.scene)
    [held] = robot.claim(lease_seconds=30)
    robot.start(held)
    robot.scene.clock.advance(timedelta(seconds=30))
    [again] = other.claim()
    assert again["id"] == held["id"]
    assert robot.start(held).status_code == 409
    assert robot.put(held, "result", attempt=1, outcome="accepted").status_code == 204
    assert read_row(UUID(held["id"])).state == "claimed", "a late answer moves nothing"
    assert other.start(again).status_code == 409, "it has been taken: nothing is handed over twice"
    assert read_row(UUID(held["id"])).state == "accepted"
    assert [attempt.outcome for attempt in read_attempts(UUID(held["id"]))] == ["accepted"]


def test_nothing_is_begun_under_a_lease_that_has_ended(robot: Robot) -> None:
    other = make_robot(robot.scene)
    [held] = robot.claim(lease_seconds=30)
    robot.scene.clock.advance(timedelta(seconds=30))
    assert robot.start(held).status_code == 409
    [again] = other.claim()
    assert other.start(again).status_code == 200
    assert len(read_attempts(UUID(held["id"]))) == 1


def test_who_has_lost_a_message_is_not_told_it_when_another_has_begun(robot: Robot) -> None:
    other = make_robot(robot.scene)
    [held] = robot.claim(lease_seconds=30)
    assert robot.start(held).status_code == 200
    robot.scene.clock.advance(timedelta(seconds=30))
    [again] = other.claim()
    assert other.start(again).status_code == 200
    lost = robot.start(held)
    assert (lost.status_code, "recipient" in lost.text) == (409, False)
    assert other.start(again).status_code == 200, "whoever holds it may ask again"
    assert [attempt.outcome for attempt in read_attempts(UUID(held["id"]))] == ["unknown", None]


@pytest.mark.parametrize(("seconds", "status"), [(29, 200), (30, 409)])
def test_a_start_is_repeated_until_the_lease_ends(robot: Robot, seconds: int, status: int) -> None:
    [held] = robot.claim(lease_seconds=30)
    assert robot.start(held).status_code == 200
    robot.scene.clock.advance(timedelta(seconds=seconds))
    assert robot.start(held).status_code == status


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (60, 409)])
def test_a_start_is_not_repeated_when_nothing_may_leave_any_more(
    robot: Robot, seconds: int, status: int
) -> None:
    [held] = robot.claim(lease_seconds=600)
    with transaction():
        over = robot.scene.clock() + timedelta(minutes=1)
        db.session.execute(update(Dispatch).where(Dispatch.id == UUID(held["id"])).values(not_after=over))
    assert robot.start(held).status_code == 200
    robot.scene.clock.advance(timedelta(seconds=seconds))
    assert robot.start(held).status_code == status


def test_an_operators_pause_of_a_channel_holds_outside_too(robot: Robot) -> None:
    run(robot.scene.app, "reminders", "pause", "--channel", "email")
    [held] = robot.claim()
    assert robot.start(held).status_code == 409
    row = read_row(UUID(held["id"]))
    assert (row.state, row.claims, read_attempts(row.id)) == ("scheduled", 0, [])
    run(robot.scene.app, "reminders", "resume", "--channel", "email")
    robot.scene.clock.advance(timedelta(minutes=1))
    [again] = robot.claim()
    assert robot.start(again).status_code == 200


def test_a_message_for_a_channel_that_only_the_worker_inside_serves_is_left_to_it(robot: Robot) -> None:
    [held] = robot.claim()
    assert robot.put(held, "start", channels=["sms"]).status_code == 409
    row = read_row(UUID(held["id"]))
    assert (row.state, row.claims) == ("scheduled", 0)
    robot.scene.clock.advance(timedelta(minutes=1))
    robot.scene.work()
    assert read_row(row.id).state == "accepted"


def test_a_message_that_nobody_can_send_is_dead(robot: Robot) -> None:
    [held] = robot.claim()
    with transaction():
        pia = db.session.get_one(Patient, robot.scene.cast.pia.patient_id)
        pia.email, pia.phone = None, "+493012345678"
    assert robot.start(held).status_code == 409
    row = read_row(UUID(held["id"]))
    assert (row.state, row.reason) == ("dead", "no_channel")


def test_a_failure_is_tried_again_with_the_same_key_and_bytes(robot: Robot) -> None:
    [held] = robot.claim()
    first = robot.start(held).get_json()
    robot.put(held, "result", attempt=1, outcome="transient", error_code="smtp_451", retry_after_seconds=120)
    assert robot.claim() == []
    robot.scene.clock.advance(timedelta(seconds=120))
    [again] = robot.claim()
    second = robot.start(again).get_json()
    assert second == first | {"attempt": 2}


def test_what_was_given_back_is_due_at_once(robot: Robot) -> None:
    [held] = robot.claim()
    assert robot.put(held, "release").status_code == 204
    [again] = robot.claim()
    assert again["id"] == held["id"]
    assert read_row(UUID(held["id"])).claims == 1


def test_a_receipt_only_moves_forward(robot: Robot) -> None:
    [held] = robot.claim()
    robot.start(held)
    at = robot.scene.clock().isoformat()
    for told, kept in (
        ("sent", "sent"), ("delivered", "delivered"), ("sent", "delivered"), ("bounced", "delivered"),
        ("opened", "opened"), ("delivered", "opened"),
    ):  # fmt: skip
        path = f"/v1/reminder-deliveries/{held['id']}/receipt"
        body = {"attempt": 1, "receipt": told, "occurred_at": at}
        assert robot.call("PUT", path, body).status_code == 204
        assert read_attempts(UUID(held["id"]))[0].receipt == kept


def test_a_result_under_another_claim_is_refused(robot: Robot) -> None:
    [held] = robot.claim()
    robot.start(held)
    wrong = held | {"claim_token": held["id"]}
    assert robot.put(wrong, "result", attempt=1, outcome="accepted").status_code == 409
    assert robot.put(held, "result", attempt=2, outcome="accepted").status_code == 404


def test_a_clinics_worker_reaches_no_other_clinic(robot: Robot) -> None:
    run(robot.scene.app, "clinics", "create", "--name", "Else", "--time-zone", "UTC", "--phone", "1")
    stranger = make_robot(robot.scene, "Else")
    assert stranger.claim() == []
    [held] = robot.claim()
    for what, body in (("start", MAIL), ("release", {}), ("result", {"attempt": 1, "outcome": "accepted"})):
        assert stranger.put(held, what, **body).status_code == 404, what


def test_a_worker_may_do_nothing_else(robot: Robot, app: Flask) -> None:
    for info in operations_of(app).values():
        if info.permission in {None, Permission.DELIVER_REMINDERS}:
            continue
        path = info.rule.replace("<", "{").replace(">", "}")
        for name in info.path_ids:
            path = path.replace(f"{{{name}}}", new_key())
        headers = robot.headers | {"Idempotency-Key": new_key(), "If-Match": '"1"'}
        answer = robot.scene.cast.client.open(path, method=info.method, json={}, headers=headers)
        assert answer.status_code == 403, info.operation_id


def test_a_revoked_worker_is_out_at_once(robot: Robot) -> None:
    said = run(robot.scene.app, "reminders", "revoke-worker", "--clinic", CLINIC)
    assert said.stdout == "Worthless now: the tokens of 1 worker(s).\n"
    answer = robot.call("POST", "/v1/reminder-claims", {"limit": 1, "lease_seconds": 60})
    assert answer.status_code == 401


def test_its_reading_of_an_address_is_in_the_trail(robot: Robot) -> None:
    [held] = robot.claim()
    started = robot.start(held)
    assert trail(started.headers["Request-Id"]) == [str(robot.scene.cast.pia.patient_id)]
