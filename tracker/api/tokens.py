"""Tokens: signing in with a password, going on with a refresh token, signing out."""

from datetime import timedelta

from flask import request

from tracker import clock
from tracker.api.me import view_me
from tracker.api.schemas.accounts import TokenBody, TokenPairView, TokenRequest
from tracker.api.wire import Blueprint, Shown, server_settings
from tracker.db import transaction
from tracker.errors import NotSignedIn
from tracker.people import devices, sign_in, throttle, trail
from tracker.people.rules.access import Action, Actor, Permission
from tracker.people.sign_in import Lives, TokenPair

blueprint = Blueprint("tokens", "Signing in and out.")


@blueprint.operation(
    "createToken",
    "POST",
    "/v1/tokens",
    None,
    body=TokenRequest,
    returns=TokenPairView,
    errors=(401,),
    about=(
        "Exchange a password, or a refresh token, for a pair of tokens. Wrong passwords are counted per account "
        "and address. A refresh token is good for one exchange; within 30 s the same pair is given again."
    ),
)
def create_token(body: TokenBody) -> Shown:
    """Sign in, or go on being signed in."""
    pair = _from_password(body) if body["grant_type"] == "password" else _from_refresh_token(body)
    return view_pair(pair)


@blueprint.operation(
    "revokeCurrentToken", "DELETE", "/v1/tokens/current", Permission.USE_OWN_ACCOUNT, status=204
)
def revoke_current_token(actor: Actor) -> None:
    """Sign out: every token of this sign-in ends at once, and its installation gets no more notifications."""
    now = clock.now()
    with transaction():
        sign_in.revoke_family(actor.account_id, actor.token_family_id, now)
        devices.sign_out(actor.account_id, actor.token_family_id, now)
        trail.record_deed(actor, Action.DELETE, "sign_in", actor.token_family_id, now)


def lives() -> Lives:
    """Return how long tokens of this server last."""
    settings = server_settings()
    access = timedelta(minutes=settings.access_token_minutes)
    return Lives(settings.secret_key, access, timedelta(days=settings.refresh_token_days))


def view_pair(pair: TokenPair) -> Shown:
    """Show tokens to who they were made for."""
    kind = "Bearer"
    return Shown(pair, token_type=kind, me=view_me(pair.account_id))


def require_attempt(limits: tuple[throttle.AttemptLimit, ...]) -> None:
    """Count one attempt at a secret before it is tried; raises Throttled when there were too many."""
    with transaction():
        refusal = throttle.count_attempt(limits, clock.now())
    if refusal is not None:
        raise refusal


def caller_address() -> str:
    """Return the network address that attempts are counted for."""
    return request.remote_addr or "unknown"


def _from_password(body: TokenBody) -> TokenPair:
    limits = throttle.sign_in_limits(body["email"], caller_address())
    require_attempt(limits)
    with transaction():
        account_id, stored = sign_in.find_password(body["email"])
    fits = sign_in.verify(stored, body["password"])  # slow: no transaction is open here
    refusal = NotSignedIn("Address and password do not belong together.", code="credentials_invalid")
    if account_id is None or not fits:
        raise refusal
    now = clock.now()
    with transaction():
        throttle.give_back(limits)
        throttle.remember(limits, now)
        if not sign_in.still_signs_in(account_id, stored):  # changed or closed while it was compared
            raise refusal
        pair = sign_in.issue(account_id, body["installation_id"], lives(), now)
        trail.record_sign_in(account_id, now)
    return pair


def _from_refresh_token(body: TokenBody) -> TokenPair:
    with transaction():  # committed also when it refuses: reuse has ended the whole sign-in
        pair = sign_in.refresh(body["refresh_token"], body["installation_id"], lives(), clock.now())
    if pair is None:
        raise NotSignedIn("This refresh token is not valid. Sign in again.")
    return pair
