"""Coming in with a code: once, within its time, with consents; a lost answer can be asked for again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.cast import GRANTED, Cast, activation
from tests.support.keys import keyed
from tracker import ids
from tracker.audit.models import AuditEvent
from tracker.clinics import service as clinics
from tracker.clock import MovableClock
from tracker.db import db, transaction
from tracker.people.models import Account, Consent, Invitation, Token

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PROCESSING, SHARING = GRANTED
NOBODY = "AAAAAAAA"


def invited(cast: Cast, **other: Any) -> str:
    body = {"kind": "patient", "display_name": "Nora", "channel": "none"} | other
    answer = cast.client.post("/v1/invitations", json=body, headers=keyed(cast.tilda.headers))
    return str(answer.get_json()["activation_code"])


def activate(cast: Cast, code: str, address: str = "10.0.0.1", **other: Any) -> TestResponse:
    body = activation(code, **other)
    return cast.client.post("/v1/activations", json=body, environ_base={"REMOTE_ADDR": address})


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def tokens(answer: TestResponse) -> tuple[str, str]:
    return answer.get_json()["access_token"], answer.get_json()["refresh_token"]


def test_a_patient_comes_in_and_is_who_was_invited(cast: Cast) -> None:
    code = invited(cast, channel="email", address="Nora@Home.example", locale="de")
    answer = activate(cast, code, time_zone="America/New_York", locale="es")
    assert answer.status_code == 201
    me = answer.get_json()["me"]
    assert (me["role"], me["display_name"], me["email"]) == ("patient", "Nora", "nora@home.example")
    assert (me["time_zone"], me["locale"], me["clinic"]["emergency_number"]) == (
        "America/New_York",
        "es",
        "112",
    )
    assert [consent["kind"] for consent in me["consents"]] == ["data_processing", "share_with_clinic"]
    headers = {"Authorization": f"Bearer {answer.get_json()['access_token']}"}
    assert cast.client.get("/v1/patients/me", headers=headers).get_json()["status"] == "active"


def test_an_activation_is_written_down(cast: Cast) -> None:
    patient_id = activate(cast, invited(cast)).get_json()["me"]["patient_id"]
    statement = select(AuditEvent.action, AuditEvent.resource_kind).order_by(AuditEvent.position)
    own = statement.where(AuditEvent.patient_id == UUID(patient_id))
    assert [tuple(row) for row in db.session.execute(own)] == [
        ("create", "invitation"),
        ("sign_in", "activation"),
    ]


@pytest.mark.parametrize("typed", ["{code}", "{lower}", " {first}-{last} ", "{first} {last}"])
def test_the_code_is_read_however_it_is_typed(cast: Cast, typed: str) -> None:
    code = invited(cast)
    words = {"code": code, "lower": code.lower(), "first": code[:4], "last": code[4:]}
    first = activate(cast, typed.format(**words))
    assert first.status_code == 201
    assert tokens(activate(cast, code.lower())) == tokens(first)


def test_a_lost_answer_is_given_again_to_the_same_phone(cast: Cast, moment: MovableClock) -> None:
    code = invited(cast)
    first = activate(cast, code)
    moment.advance(10 * MINUTE)
    again = activate(cast, code)
    assert (again.status_code, tokens(again)) == (201, tokens(first))
    headers = {"Authorization": f"Bearer {again.get_json()['access_token']}"}
    assert cast.client.get("/v1/me", headers=headers).status_code == 200
    consents = select(func.count()).where(Consent.patient_id == UUID(first.get_json()["me"]["patient_id"]))
    assert db.session.scalar(consents) == 2


def test_codes_that_let_nobody_in_are_answered_alike(cast: Cast, moment: MovableClock) -> None:
    used, revoked, expired = invited(cast), invited(cast), invited(cast)
    activate(cast, used)
    _revoke(cast, revoked)
    answers = [activate(cast, code) for code in (NOBODY, revoked)]
    answers.append(activate(cast, used, installation_id="another phone"))
    moment.advance(10 * MINUTE + timedelta(seconds=1))
    answers.append(activate(cast, used))
    moment.advance(7 * DAY - 11 * MINUTE)
    assert activate(cast, invited(cast)).status_code == 201
    moment.advance(MINUTE)
    answers.append(activate(cast, expired))
    assert {refusal(answer) for answer in answers} == {(410, "activation_code_expired")}
    assert len({answer.get_json()["detail"] for answer in answers}) == 1


def test_a_code_lasts_seven_days(cast: Cast, moment: MovableClock) -> None:
    first, second = invited(cast), invited(cast)
    moment.advance(7 * DAY - timedelta(seconds=1))
    assert activate(cast, first).status_code == 201
    moment.advance(timedelta(seconds=1))
    assert activate(cast, second).status_code == 410


@pytest.mark.parametrize(
    "consents",
    [
        [],
        [PROCESSING],
        [SHARING],
        [PROCESSING, {**SHARING, "status": "withdrawn"}],
        [PROCESSING, SHARING, {**SHARING, "status": "withdrawn"}],
        [PROCESSING, SHARING, SHARING],
    ],
)
def test_without_both_consents_nobody_comes_in(cast: Cast, consents: list[Any]) -> None:
    code = invited(cast)
    answer = activate(cast, code, consents=consents)
    assert refusal(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["#/consents"]
    assert activate(cast, code).status_code == 201


@pytest.mark.parametrize(
    ("other", "pointer", "code"),
    [
        ({"code": 12345678}, "#/code", "invalid_type"),
        ({"code": "x" * 65}, "#/code", "too_long"),
        ({"installation_id": ""}, "#/installation_id", "out_of_range"),
        ({"installation_id": None}, "#/installation_id", "required"),
        ({"time_zone": "Foo/Bar"}, "#/time_zone", "unknown_time_zone"),
        ({"locale": "english please"}, "#/locale", "invalid_format"),
        ({"consents": "all"}, "#/consents", "invalid_type"),
        ({"consents": [{**SHARING, "kind": "marketing"}]}, "#/consents/0/kind", "unknown_value"),
        (
            {"consents": [{**SHARING, "document_version": "1"}]},
            "#/consents/0/document_version",
            "unknown_value",
        ),
        ({"therapist_id": "me"}, "#/therapist_id", "unknown_field"),
    ],
)
def test_a_malformed_activation_is_refused_with_a_pointer(
    cast: Cast, other: dict[str, Any], pointer: str, code: str
) -> None:
    answer = cast.client.post("/v1/activations", json=activation(NOBODY) | other)
    assert refusal(answer) == (422, "validation_failed")
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]]


def test_nobody_comes_in_while_the_clinic_is_not_ready(cast: Cast) -> None:
    code = invited(cast)
    with transaction():
        clinics.update(clinics.hold_clinic(cast.clinic_id), emergency_number=None)
    answer = activate(cast, code)
    assert refusal(answer) == (409, "clinic_not_ready")
    assert "emergency number" in answer.get_json()["detail"]
    with transaction():
        clinics.update(clinics.hold_clinic(cast.clinic_id), emergency_number="112")
    assert activate(cast, code).status_code == 201


def test_guessing_codes_is_slowed_down_per_address(cast: Cast, moment: MovableClock) -> None:
    code = invited(cast)
    assert [activate(cast, NOBODY).status_code for _ in range(20)] == [410] * 20
    refused = activate(cast, code)
    assert (refusal(refused), refused.headers["Retry-After"]) == ((429, "rate_limited"), "900")
    assert activate(cast, code, address="10.0.0.2").status_code == 201
    moment.advance(15 * MINUTE)
    assert activate(cast, invited(cast)).status_code == 201


def test_those_who_come_in_are_not_counted(cast: Cast) -> None:
    assert {activate(cast, invited(cast)).status_code for _ in range(25)} == {201}


def test_a_new_phone_takes_over_and_the_old_one_is_signed_out(cast: Cast) -> None:
    code = invited(cast, display_name="Pia", patient_id=str(cast.pia.patient_id))
    answer = activate(cast, code, installation_id="new phone")
    assert answer.get_json()["me"]["id"] == str(cast.pia.account_id)
    assert cast.client.get("/v1/me", headers=cast.pia.headers).status_code == 401
    headers = {"Authorization": f"Bearer {answer.get_json()['access_token']}"}
    assert cast.client.get("/v1/me", headers=headers).status_code == 200


def test_an_account_that_was_closed_is_not_opened_by_a_code(cast: Cast) -> None:
    code = invited(cast, display_name="Pia", patient_id=str(cast.pia.patient_id))
    db.session.get_one(Account, cast.pia.account_id).active = False
    db.session.commit()
    answer = activate(cast, code)
    assert refusal(answer) == (409, "state_conflict")
    assert answer.get_json()["detail"] == "Your account was closed. Ask your clinic."


@pytest.mark.parametrize("same_phone", [True, False])
def test_one_code_lets_one_in_however_many_try_at_once(app: Flask, cast: Cast, same_phone: bool) -> None:
    code = invited(cast)
    accounts = select(func.count()).select_from(Account)
    before, start = db.session.scalar(accounts), Barrier(8)
    db.session.rollback()

    def work(number: int) -> TestResponse:
        start.wait()
        phone = "phone" if same_phone else f"phone {number}"
        return app.test_client().post("/v1/activations", json=activation(code, installation_id=phone))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(work, range(8)))
    let_in = [answer for answer in answers if answer.status_code == 201]
    assert len(let_in) == (8 if same_phone else 1)
    assert len({tokens(answer) for answer in let_in}) == 1
    assert {answer.status_code for answer in answers} <= {201, 410}
    db.session.rollback()
    assert db.session.scalar(accounts) == (before or 0) + 1


def test_a_refused_activation_leaves_nothing_behind(cast: Cast) -> None:
    code = invited(cast)
    counts = [select(func.count()).select_from(row) for row in (Account, Consent, Token, AuditEvent)]
    before = [db.session.scalar(count) for count in counts]
    activate(cast, code, consents=[PROCESSING])
    activate(cast, NOBODY)
    assert [db.session.scalar(count) for count in counts] == before


def _revoke(cast: Cast, code: str) -> None:
    invitation_id = db.session.scalars(
        select(Invitation.id).where(Invitation.code_hash == ids.hash_secret(code))
    ).one()
    answer = cast.client.delete(f"/v1/invitations/{invitation_id}", headers=cast.tilda.headers)
    assert answer.status_code == 204
