"""Inviting: the code is shown once, kept as a hash, listed and revoked by who made it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.cast import Cast, Person, activation
from tests.support.keys import keyed, new_key
from tracker import ids
from tracker.audit.models import AuditEvent
from tracker.clock import MovableClock
from tracker.db import db
from tracker.people import patients
from tracker.people.models import Invitation, Patient

NORA = {"kind": "patient", "display_name": "Nora", "channel": "email", "address": "nora@home.example"}
SILENT = {"kind": "patient", "display_name": "Sam", "channel": "none"}


def invite(cast: Cast, body: Any, key: str | None = None, by: Person | None = None) -> TestResponse:
    headers = keyed((by or cast.tilda).headers, key)
    return cast.client.post("/v1/invitations", json=body, headers=headers)


def listed(cast: Cast, by: Person, **query: Any) -> TestResponse:
    return cast.client.get("/v1/invitations", query_string=query, headers=by.headers)


def revoke(cast: Cast, invitation_id: str, by: Person) -> TestResponse:
    return cast.client.delete(f"/v1/invitations/{invitation_id}", headers=by.headers)


def activate(cast: Cast, code: str) -> int:
    return cast.client.post("/v1/activations", json=activation(code)).status_code


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def test_the_code_and_its_link_are_shown_once(cast: Cast) -> None:
    key = new_key()
    first = invite(cast, NORA, key)
    assert (first.status_code, first.get_json()["status"]) == (201, "pending")
    code = first.get_json()["activation_code"]
    assert len(code) == ids.CODE_LENGTH
    assert set(code) <= set(ids.CODE_ALPHABET)
    assert first.get_json()["activation_link"] == f"http://127.0.0.1:8000/go/activation#{code}"
    again = invite(cast, NORA, key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    shown_once = {"activation_code", "activation_link"}
    assert again.get_json() == {
        name: value for name, value in first.get_json().items() if name not in shown_once
    }


def test_the_link_opens_a_page_that_does_not_use_the_code_up(cast: Cast) -> None:
    made = invite(cast, NORA).get_json()
    path = made["activation_link"].partition("#")[0].removeprefix("http://127.0.0.1:8000")
    for _ in range(3):
        page = cast.client.get(path)
        assert (page.status_code, made["activation_code"] in page.text) == (200, False)
    assert activate(cast, made["activation_code"]) == 201


def test_the_invited_patient_is_the_therapists_and_reminded_at_the_address(cast: Cast) -> None:
    made = invite(cast, NORA | {"address": "Nora@Home.example", "locale": "de"}).get_json()
    patient = patients.find_patient(UUID(made["patient_id"]))
    assert patient is not None
    assert (patient.status, patient.email, patient.locale) == ("invited", "nora@home.example", "de")
    assert (patient.therapist_id, patient.time_zone) == (cast.tilda.account_id, "Europe/Berlin")


def test_an_invitation_is_written_down(cast: Cast) -> None:
    made = invite(cast, SILENT).get_json()
    revoke(cast, made["id"], cast.tilda)
    statement = select(AuditEvent.action, AuditEvent.resource_kind, AuditEvent.actor_id)
    statement = statement.where(AuditEvent.patient_id == UUID(made["patient_id"]))
    rows = db.session.execute(statement.order_by(AuditEvent.position))
    deeds = [
        (action, kind, cast.tilda.account_id)
        for action, kind in (("create", "invitation"), ("delete", "invitation"))
    ]
    assert [tuple(row) for row in rows] == deeds


def test_a_key_serves_for_one_body(cast: Cast) -> None:
    key = new_key()
    invite(cast, NORA, key)
    assert refusal(invite(cast, SILENT, key)) == (422, "idempotency_key_reused")
    assert invite(cast, SILENT, key, by=cast.tom).status_code == 201  # a key is its caller's


def test_two_requests_with_one_key_make_one_invitation(app: Flask, cast: Cast) -> None:
    key, start = new_key(), Barrier(8)
    before = db.session.scalar(select(func.count()).select_from(Patient)) or 0
    db.session.rollback()

    def work(_number: int) -> TestResponse:
        start.wait()
        return app.test_client().post("/v1/invitations", json=NORA, headers=keyed(cast.tilda.headers, key))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(work, range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert len([answer for answer in answers if "activation_code" in answer.get_json()]) == 1
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Patient)) == before + 1


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "#/kind", "required"),
        (SILENT | {"kind": "therapist"}, "#/kind", "unknown_value"),
        (SILENT | {"channel": "sms"}, "#/channel", "unknown_value"),
        (SILENT | {"channel": "email"}, "#/address", "required"),
        (SILENT | {"channel": "email", "address": None}, "#/address", "required"),
        (SILENT | {"address": "nora@home.example"}, "#/address", "unknown_field"),
        (NORA | {"address": "nora"}, "#/address", "invalid_format"),
        (NORA | {"address": "nora@home.example\nBcc: all@home.example"}, "#/address", "invalid_format"),
        (NORA | {"display_name": ""}, "#/display_name", "out_of_range"),
        (NORA | {"display_name": "N" * 201}, "#/display_name", "too_long"),
        (NORA | {"display_name": "N\x00ra"}, "#/display_name", "invalid_text"),
        (NORA | {"patient_id": "7"}, "#/patient_id", "invalid_format"),
        (NORA | {"therapist_id": "x"}, "#/therapist_id", "unknown_field"),
    ],
)
def test_a_malformed_invitation_is_refused_with_a_pointer(
    cast: Cast, body: dict[str, Any], pointer: str, code: str
) -> None:
    answer = invite(cast, body)
    assert refusal(answer) == (422, "validation_failed")
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]]
    assert listed(cast, cast.tilda).get_json()["items"][0]["display_name"] == "Paul"


def test_a_key_is_needed_and_patients_invite_nobody(cast: Cast) -> None:
    answer = cast.client.post("/v1/invitations", json=NORA, headers=cast.tilda.headers)
    assert refusal(answer) == (400, "idempotency_key_missing")
    assert refusal(invite(cast, NORA, by=cast.pia)) == (403, "role_not_allowed")


def test_an_address_has_one_open_invitation_of_a_therapist(cast: Cast, moment: MovableClock) -> None:
    first = invite(cast, NORA).get_json()
    again = invite(cast, NORA | {"address": "NORA@home.example"})
    assert refusal(again) == (409, "invitation_exists")
    for by in (cast.tom, cast.olga):  # whom Tilda invited is hers to know
        assert invite(cast, NORA, by=by).status_code == 201
    revoke(cast, first["id"], cast.tilda)
    assert invite(cast, NORA).status_code == 201
    moment.advance(timedelta(days=7))
    assert invite(cast, NORA).status_code == 201  # the one before has expired


def test_a_new_invitation_of_a_patient_ends_the_one_before(cast: Cast) -> None:
    first = invite(cast, SILENT).get_json()
    second = invite(cast, NORA | {"patient_id": first["patient_id"]}).get_json()
    assert second["patient_id"] == first["patient_id"]
    patient = patients.find_patient(UUID(first["patient_id"]))
    assert patient is not None
    assert patient.email == "nora@home.example"
    assert [activate(cast, made["activation_code"]) for made in (first, second)] == [410, 201]


@pytest.mark.parametrize("whose", ["otto", "paul of tom", "unknown"])
def test_somebody_elses_patient_cannot_be_invited(cast: Cast, whose: str) -> None:
    target = {"otto": cast.otto.patient_id, "paul of tom": cast.paul.patient_id, "unknown": cast.clinic_id}[
        whose
    ]
    by = cast.tom if whose == "paul of tom" else cast.tilda
    answer = invite(cast, SILENT | {"patient_id": str(target)}, by=by)
    assert refusal(answer) == (404, "not_found")


def test_everybody_sees_their_own_invitations_newest_first(cast: Cast, moment: MovableClock) -> None:
    for name in ("A", "B", "C"):
        moment.advance(timedelta(minutes=1))
        invite(cast, SILENT | {"display_name": name})
    first = listed(cast, cast.tilda, limit=2).get_json()
    second = listed(cast, cast.tilda, limit=2, cursor=first["next_cursor"]).get_json()
    names = [item["display_name"] for item in first["items"] + second["items"]]
    assert names[:3] == ["C", "B", "A"]
    assert {item["status"] for item in first["items"]} == {"pending"}
    assert not any("activation_code" in item for item in first["items"])
    assert listed(cast, cast.tom).get_json() == {"items": []}
    assert [item["display_name"] for item in listed(cast, cast.olga).get_json()["items"]] == ["Otto"]
    assert listed(cast, cast.pia).status_code == 403


def test_an_invitation_past_its_time_is_shown_as_expired(cast: Cast, moment: MovableClock) -> None:
    invite(cast, SILENT)
    moment.advance(timedelta(days=7))
    assert {item["status"] for item in listed(cast, cast.tilda).get_json()["items"]} == {
        "expired",
        "accepted",
    }


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "\u00b2"}, {"cursor": "x"}, {"order": "asc"}])
def test_a_list_refuses_what_it_does_not_know(cast: Cast, query: dict[str, str]) -> None:
    assert listed(cast, cast.tilda, **query).status_code == 400


def test_a_revoked_code_lets_nobody_in(cast: Cast) -> None:
    made = invite(cast, SILENT).get_json()
    for by in (cast.tom, cast.olga, cast.lars):
        assert refusal(revoke(cast, made["id"], by)) == (404, "not_found")
    answers = [revoke(cast, made["id"], cast.tilda) for _ in range(2)]
    assert [(answer.status_code, answer.data) for answer in answers] == [(204, b"")] * 2
    assert activate(cast, made["activation_code"]) == 410
    assert listed(cast, cast.tilda).get_json()["items"][0]["status"] == "revoked"


@pytest.mark.parametrize("invitation_id", ["me", "7", "00000000-0000-0000-0000-000000000000"])
def test_what_is_no_invitation_cannot_be_revoked(cast: Cast, invitation_id: str) -> None:
    assert refusal(revoke(cast, invitation_id, cast.tilda)) == (404, "not_found")


def test_who_came_in_cannot_be_turned_away(cast: Cast) -> None:
    made = invite(cast, SILENT).get_json()
    activate(cast, made["activation_code"])
    assert refusal(revoke(cast, made["id"], cast.tilda)) == (409, "state_conflict")


def test_the_code_is_stored_as_a_hash_only(cast: Cast) -> None:
    code = invite(cast, NORA).get_json()["activation_code"]
    rows = db.session.execute(select(Invitation.__table__)).all()
    stored = [bytes(cell) if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row]
    assert ids.hash_secret(code) in stored
    assert not any(code.encode() in cell for cell in stored)
