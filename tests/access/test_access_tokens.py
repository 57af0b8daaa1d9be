"""Without a good access token nothing but the public operations answers, and nothing is written (S7)."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask

from tests.access.house import contents
from tests.cast import PASSWORD, Cast
from tests.support.keys import new_key
from tracker import clock, ids
from tracker.api.contract import OperationInfo, operations_of
from tracker.db import transaction
from tracker.people import accounts, sign_in

ACCESS, REFRESH = timedelta(minutes=15), timedelta(days=30)
MALFORMED = {
    "token_missing": ["", "Bearer", "Bearer ", "Basic dGlsZGE6eA==", "Token abc", "bearer", "Bearer\tabc"],
    "token_invalid": [
        "Bearer abc",
        "Bearer tra_",
        "Bearer null",
        "Bearer a b",
        "Bearer ' OR 1=1 --",
        "Bearer tra_" + "a" * 43,
        "Bearer " + "a" * 513,
        "Bearer " + "a" * 60_000,
        "Bearer \xe4\xf6\xfc",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0aWxkYSJ9.",
    ],
}


def guarded(app: Flask) -> list[OperationInfo]:
    """Return every operation that is not public."""
    return [info for info in operations_of(app).values() if info.permission is not None]


def refusals(app: Flask, headers: Mapping[str, str]) -> dict[str, tuple[int, str, str | None, str]]:
    """Return how each operation that is not public answers to these headers."""
    found = {}
    for info in guarded(app):
        path = info.rule.replace("<", "").replace(">", "")
        answer = app.test_client().open(path, method=info.method, headers=headers, json={})
        code = answer.get_json(force=True).get("code", "none")
        challenge = answer.headers.get("WWW-Authenticate")
        found[info.operation_id] = (answer.status_code, code, challenge, answer.content_type)
    return found


def all_refused(app: Flask, code: str) -> dict[str, tuple[int, str, str | None, str]]:
    """Return what refusals must be."""
    return {info.operation_id: (401, code, "Bearer", "application/problem+json") for info in guarded(app)}


def pair_of(cast: Cast, app: Flask) -> sign_in.TokenPair:
    """Sign Tilda in for as long as real people are signed in."""
    lives = sign_in.Lives(app.extensions["settings"].secret_key, ACCESS, REFRESH)
    with transaction():
        return sign_in.issue(cast.tilda.account_id, "desk", lives, clock.now())


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": new_key(), "If-Match": '"1"'}


@pytest.mark.parametrize(
    ("code", "header"), [(code, header) for code, headers in MALFORMED.items() for header in headers],
    ids=lambda value: value[:30],
)  # fmt: skip
def test_what_is_no_token_opens_nothing(app: Flask, code: str, header: str) -> None:
    before = contents()
    assert refusals(app, {"Authorization": header} if header else {}) == all_refused(app, code)
    assert contents() == before


def test_an_expired_token_opens_nothing(app: Flask, cast: Cast, moment: clock.MovableClock) -> None:
    pair = pair_of(cast, app)
    moment.move_to(moment() + ACCESS)
    before = contents()
    assert refusals(app, bearer(pair.access_token)) == all_refused(app, "token_expired")
    assert contents() == before


def test_a_refresh_token_is_no_access_token(app: Flask, cast: Cast) -> None:
    assert refusals(app, bearer(pair_of(cast, app).refresh_token)) == all_refused(app, "token_invalid")


def test_a_revoked_token_opens_nothing(app: Flask, cast: Cast) -> None:
    pair = pair_of(cast, app)
    assert cast.client.delete("/v1/tokens/current", headers=bearer(pair.access_token)).status_code == 204
    assert refusals(app, bearer(pair.access_token)) == all_refused(app, "token_invalid")


def test_the_token_of_a_closed_account_opens_nothing(app: Flask, cast: Cast) -> None:
    pair = pair_of(cast, app)
    with transaction():
        accounts.hold_account(cast.tilda.account_id).active = False
    assert refusals(app, bearer(pair.access_token)) == all_refused(app, "token_invalid")


def test_a_token_of_another_server_opens_nothing(app: Flask, cast: Cast) -> None:
    elsewhere = f"tra_{ids.derive('another server key', 'access', 'seed')}"
    assert refusals(app, bearer(elsewhere)) == all_refused(app, "token_invalid")


def test_an_access_token_refreshes_nothing(app: Flask, cast: Cast) -> None:
    body = {"grant_type": "refresh_token", "installation_id": "desk"}
    body["refresh_token"] = pair_of(cast, app).access_token
    answer = cast.client.post("/v1/tokens", json=body)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_tokens_and_codes_are_stored_as_hashes_alone(app: Flask, cast: Cast) -> None:
    body = {"kind": "patient", "display_name": "Nina", "channel": "none"}
    headers = cast.tilda.headers | {"Idempotency-Key": new_key()}
    invited = cast.client.post("/v1/invitations", json=body, headers=headers).get_json()
    pair = pair_of(cast, app)
    stored = str(contents())
    for secret in (pair.access_token, pair.refresh_token, invited["activation_code"], PASSWORD):
        assert secret not in stored
