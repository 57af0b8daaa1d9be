"""Signing in, going on and signing out: S7, S8, S11, S12, S14 of the reliability page."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.cast import PASSWORD, Cast
from tests.jobs.worker_processes import PATIENCE_SECONDS, wait_until
from tracker import clock
from tracker.audit.models import AuditEvent
from tracker.clock import MovableClock
from tracker.db import Base, db, transaction
from tracker.people import passwords, throttle
from tracker.people.accounts import change_password
from tracker.people.models import Account, Attempts, Token
from tracker.people.sign_in import Lives, TokenPair, forget_expired, issue
from tracker.people.throttle import sign_in_limits

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def sign_in(cast: Cast, address: str = "10.0.0.1", **other: Any) -> TestResponse:
    body = {
        "grant_type": "password",
        "installation_id": "desk",
        "email": "tilda@clinic.example",
        "password": PASSWORD,
    }
    return cast.client.post("/v1/tokens", json=body | other, environ_base={"REMOTE_ADDR": address})


def refresh(cast: Cast, token: str) -> TestResponse:
    body = {"grant_type": "refresh_token", "installation_id": "desk", "refresh_token": token}
    return cast.client.post("/v1/tokens", json=body)


def me(cast: Cast, token: str) -> TestResponse:
    return cast.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def without_request_id(answer: TestResponse) -> tuple[int, dict[str, Any], set[str]]:
    return answer.status_code, answer.get_json() | {"request_id": ""}, set(answer.headers.keys())


def test_a_therapist_signs_in_with_a_password(cast: Cast) -> None:
    answer = sign_in(cast, email=" Tilda@Clinic.example".strip())
    assert answer.status_code == 200
    assert (answer.get_json()["token_type"], answer.get_json()["expires_in_seconds"]) == ("Bearer", 3600)
    assert answer.get_json()["me"]["display_name"] == "Tilda"
    assert answer.headers["Cache-Control"] == "no-store"
    assert me(cast, answer.get_json()["access_token"]).get_json()["id"] == str(cast.tilda.account_id)


def test_a_sign_in_is_written_down(cast: Cast) -> None:
    sign_in(cast)
    sign_in(cast, password="another password")
    statement = select(AuditEvent.chain_id, AuditEvent.position).where(AuditEvent.action == "sign_in")
    own = statement.where(AuditEvent.actor_id == cast.tilda.account_id)
    assert [tuple(row) for row in db.session.execute(own)] == [(cast.tilda.account_id, 1)]


@pytest.mark.parametrize(
    "other",
    [
        {"password": "another password"},
        {"email": "nobody@clinic.example"},
        {"email": "pia@home.example"},  # a patient has no password
        {"password": PASSWORD.upper()},
    ],
)
def test_a_wrong_password_and_an_unknown_account_are_answered_alike(
    cast: Cast, other: dict[str, str]
) -> None:
    answer = sign_in(cast, **other)
    assert refusal(answer) == (401, "credentials_invalid")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    expected = sign_in(cast, email="somebody@else.example", password="guess guess guess")
    assert without_request_id(answer) == without_request_id(expected)


def test_an_account_that_is_closed_signs_nobody_in(cast: Cast) -> None:
    token = sign_in(cast).get_json()
    db.session.get_one(Account, cast.tilda.account_id).active = False
    db.session.commit()
    assert refusal(me(cast, token["access_token"])) == (401, "token_invalid")
    assert refusal(refresh(cast, token["refresh_token"])) == (401, "token_invalid")
    assert refusal(sign_in(cast)) == (401, "credentials_invalid")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "#/grant_type", "required"),
        ({"grant_type": "login_code"}, "#/grant_type", "unknown_value"),
        ({"grant_type": "password", "email": "a@b.example"}, "#/password", "required"),
        ({"grant_type": "password", "password": "x"}, "#/email", "required"),
        ({"grant_type": "refresh_token"}, "#/refresh_token", "required"),
        ({"grant_type": "refresh_token", "refresh_token": None}, "#/refresh_token", "required"),
        ({"grant_type": "refresh_token", "refresh_token": "x" * 513}, "#/refresh_token", "too_long"),
        ({"grant_type": "password", "email": "nobody", "password": "x"}, "#/email", "invalid_format"),
        ({"grant_type": "password", "email": "a@b.example", "password": 5}, "#/password", "invalid_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "scope": "all"}, "#/scope", "unknown_field"),
        ({"grant_type": "refresh_token", "refresh_token": "\ud800"}, "#/refresh_token", "invalid_text"),
    ],
)
def test_what_is_missing_or_wrong_is_named(cast: Cast, body: dict[str, Any], pointer: str, code: str) -> None:
    answer = cast.client.post("/v1/tokens", json={"installation_id": "desk", **body})
    assert refusal(answer) == (422, "validation_failed")
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]]


def test_guessing_is_slowed_down_per_account_and_address(cast: Cast, moment: MovableClock) -> None:
    for _ in range(10):
        assert sign_in(cast, password="wrong").status_code == 401
    refused = sign_in(cast)
    assert refusal(refused) == (429, "rate_limited")
    assert refused.headers["Retry-After"] == "900"
    assert sign_in(cast, email="tilda@CLINIC.example").status_code == 429
    assert sign_in(cast, address="10.0.0.2").status_code == 200  # she is not locked out elsewhere
    assert sign_in(cast, email="tom@clinic.example").status_code == 200  # nor her colleague here
    moment.advance(15 * MINUTE)
    assert sign_in(cast).status_code == 200


def test_strangers_cannot_lock_out_who_signed_in_here_before(cast: Cast, moment: MovableClock) -> None:
    assert sign_in(cast, address="10.0.0.1").status_code == 200
    with transaction():
        for number in range(101):
            throttle.count_attempt(sign_in_limits("tilda@clinic.example", f"10.1.0.{number}"), moment())
    assert sign_in(cast, address="10.0.0.1").status_code == 200
    assert refusal(sign_in(cast, address="10.0.0.2")) == (429, "rate_limited")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:207", "192.0.2.7"),
        ("unknown", "unknown"),
    ],
)
def test_attempts_are_counted_for_what_one_person_holds(address: str, network: str) -> None:
    assert throttle.network_of(address) == network


def test_a_guesser_on_a_server_that_listens_for_both_kinds_locks_out_nobody_else(
    cast: Cast, moment: MovableClock
) -> None:
    with transaction():
        for number in range(101):
            throttle.count_attempt(sign_in_limits(f"{number}@clinic.example", "::ffff:192.0.2.7"), moment())
    assert sign_in(cast, address="::ffff:192.0.2.7").status_code == 429
    assert sign_in(cast, address="::ffff:198.51.100.1").status_code == 200


def test_old_counters_are_forgotten_and_young_ones_are_not(app: Flask, moment: MovableClock) -> None:
    with transaction():
        throttle.count_attempt(throttle.activation_limits("10.0.0.1"), moment())
    moment.advance(15 * MINUTE)
    with transaction():
        throttle.count_attempt(throttle.activation_limits("10.0.0.2"), moment())
        assert [throttle.forget_old(moment(), 100) for _ in range(2)] == [1, 0]


def test_tokens_are_forgotten_a_month_after_their_end(cast: Cast, moment: MovableClock) -> None:
    lives = Lives("key", timedelta(hours=1), 2 * DAY)
    with transaction():
        issue(cast.tilda.account_id, "desk", lives, moment())
    moment.advance(31 * DAY)
    with transaction():
        assert forget_expired(moment(), 100) == 1  # the access token; the refresh token ended a day later
    moment.advance(DAY + MINUTE)
    with transaction():
        assert forget_expired(moment(), 100) == 1


def test_another_installation_cannot_use_a_refresh_token(cast: Cast) -> None:
    pair = sign_in(cast).get_json()
    stolen = {
        "grant_type": "refresh_token",
        "installation_id": "other",
        "refresh_token": pair["refresh_token"],
    }
    assert refusal(cast.client.post("/v1/tokens", json=stolen)) == (401, "token_invalid")
    assert refresh(cast, pair["refresh_token"]).status_code == 200


def test_a_success_counts_as_no_attempt_and_excuses_none(cast: Cast) -> None:
    for _ in range(9):
        sign_in(cast, password="wrong")
    assert [sign_in(cast).status_code for _ in range(3)] == [200, 200, 200]
    assert [sign_in(cast, password="wrong").status_code for _ in range(2)] == [401, 429]


def test_a_refresh_token_gives_the_next_pair(cast: Cast, moment: MovableClock) -> None:
    first = sign_in(cast).get_json()
    moment.advance(50 * MINUTE)
    second = refresh(cast, first["refresh_token"])
    assert second.status_code == 200
    moment.advance(20 * MINUTE)
    assert refusal(me(cast, first["access_token"])) == (401, "token_expired")
    assert me(cast, second.get_json()["access_token"]).status_code == 200


def test_a_lost_answer_can_be_asked_for_again_for_30_seconds(cast: Cast, moment: MovableClock) -> None:
    token = sign_in(cast).get_json()["refresh_token"]
    first = refresh(cast, token).get_json()
    moment.advance(timedelta(seconds=30))
    again = refresh(cast, token).get_json()
    assert [again[name] for name in ("access_token", "refresh_token")] == [
        first[name] for name in ("access_token", "refresh_token")
    ]
    assert refresh(cast, again["refresh_token"]).status_code == 200


def test_reuse_after_the_grace_ends_the_whole_sign_in_for_good(cast: Cast, moment: MovableClock) -> None:
    token = sign_in(cast).get_json()["refresh_token"]
    other = sign_in(cast).get_json()
    successor = refresh(cast, token).get_json()
    moment.advance(timedelta(seconds=31))
    assert refusal(refresh(cast, token)) == (401, "token_invalid")
    db.session.rollback()
    assert refusal(me(cast, successor["access_token"])) == (401, "token_invalid")
    assert refusal(refresh(cast, successor["refresh_token"])) == (401, "token_invalid")
    assert me(cast, other["access_token"]).status_code == 200  # another sign-in is not touched


def test_a_refresh_token_ends_after_its_life(cast: Cast, moment: MovableClock) -> None:
    token = sign_in(cast).get_json()["refresh_token"]
    moment.advance(60 * DAY)
    assert refusal(refresh(cast, token)) == (401, "token_invalid")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "token_missing"),
        ("", "token_missing"),
        ("Bearer", "token_missing"),
        ("Basic dGlsZGE6eA==", "token_missing"),
        ("Bearer tra_unknown", "token_invalid"),
        ("Bearer " + "x" * 5000, "token_invalid"),
        ("Bearer tr\u00e4", "token_invalid"),
        ("Bearer %refresh%", "token_invalid"),
    ],
)
def test_a_token_that_is_no_access_token_is_refused(cast: Cast, header: str | None, code: str) -> None:
    lives = Lives("any key", DAY, DAY)
    with transaction():
        pair = issue(cast.tilda.account_id, "desk", lives, clock.now())
    assert refusal(refresh(cast, pair.access_token)) == (401, "token_invalid")
    sent = {} if header is None else {"Authorization": header.replace("%refresh%", pair.refresh_token)}
    answer = cast.client.get("/v1/me", headers=sent)
    assert refusal(answer) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_signing_out_ends_the_sign_in_at_once(cast: Cast) -> None:
    first = sign_in(cast).get_json()
    other = sign_in(cast).get_json()
    second = refresh(cast, first["refresh_token"]).get_json()
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    answer = cast.client.delete("/v1/tokens/current", headers=headers)
    assert (answer.status_code, answer.data) == (204, b"")
    for pair in (first, second):
        assert refusal(me(cast, pair["access_token"])) == (401, "token_invalid")
        assert refusal(refresh(cast, pair["refresh_token"])) == (401, "token_invalid")
    assert me(cast, other["access_token"]).status_code == 200
    assert cast.client.delete("/v1/tokens/current", headers=headers).status_code == 401


def test_a_password_that_is_changed_while_it_is_compared_lets_nobody_in(app: Flask, cast: Cast) -> None:
    hashed = passwords.hash_password("a brand new secret")

    def is_counted() -> bool:
        db.session.rollback()
        return bool(db.session.scalar(select(func.count()).select_from(Attempts)))

    with ThreadPoolExecutor(1) as pool:
        with passwords._checks, passwords._checks:  # nothing is compared meanwhile
            answer = pool.submit(sign_in, replace(cast, client=app.test_client()))
            wait_until(is_counted, PATIENCE_SECONDS, "an attempt")
            sleep(0.2)
            with transaction():
                change_password(cast.tilda.account_id, hashed, clock.now())
        assert refusal(answer.result()) == (401, "credentials_invalid")
    assert sign_in(cast, password="a brand new secret").status_code == 200


def families() -> int:
    return db.session.scalar(select(func.count(Token.family_id.distinct()))) or 0


def test_twenty_parallel_refreshes_give_one_family(app: Flask, cast: Cast) -> None:
    token = sign_in(cast).get_json()["refresh_token"]
    db.session.rollback()
    before, start = families(), Barrier(20)

    def work(_number: int) -> TestResponse:
        start.wait()
        with app.test_client() as client:
            body = {"grant_type": "refresh_token", "installation_id": "desk", "refresh_token": token}
            return client.post("/v1/tokens", json=body)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(work, range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.get_json()["refresh_token"] for answer in answers}) == 1
    db.session.rollback()
    assert families() == before
    assert me(cast, answers[0].get_json()["access_token"]).status_code == 200


def test_signing_out_during_a_refresh_leaves_no_token_alive(app: Flask, cast: Cast) -> None:
    lives = Lives("any key", DAY, DAY)

    def end_and_go_on(pair: TokenPair) -> tuple[TestResponse, TestResponse]:
        start = Barrier(2)

        def leave() -> TestResponse:
            start.wait()
            headers = {"Authorization": f"Bearer {pair.access_token}"}
            return app.test_client().delete("/v1/tokens/current", headers=headers)

        def go_on() -> TestResponse:
            start.wait()
            body = {"grant_type": "refresh_token", "installation_id": "desk"}
            return app.test_client().post("/v1/tokens", json=body | {"refresh_token": pair.refresh_token})

        with ThreadPoolExecutor(2) as pool:
            leaving, going_on = pool.submit(leave), pool.submit(go_on)
            return leaving.result(), going_on.result()

    for _ in range(30):
        with transaction():
            pair = issue(cast.tilda.account_id, "desk", lives, clock.now())
        left, went_on = end_and_go_on(pair)
        assert left.status_code == 204
        if went_on.status_code == 200:
            assert refusal(me(cast, went_on.get_json()["access_token"])) == (401, "token_invalid")


def cells() -> Iterator[bytes]:
    """Every cell of every table, as bytes."""
    for table in Base.metadata.tables.values():
        for row in db.session.execute(select(table)):
            for cell in row:
                yield bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()


def test_no_secret_is_stored_in_clear(cast: Cast) -> None:
    pair = sign_in(cast).get_json()
    pair |= {"next": refresh(cast, pair["refresh_token"]).get_json()["refresh_token"]}
    secrets = [pair[name].encode() for name in ("access_token", "refresh_token", "next")]
    secrets += [person.headers["Authorization"].split()[1].encode() for person in (cast.pia, cast.tilda)]
    stored = list(cells())
    assert str(cast.tilda.account_id).encode() in stored  # the search finds what is there
    for secret in [*secrets, *(secret[4:] for secret in secrets), PASSWORD.encode()]:
        assert not any(secret in cell for cell in stored)
