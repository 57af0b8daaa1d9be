"""Who calls: the bearer token of the request becomes an actor, and its role is asked for a permission."""

from dataclasses import replace
from datetime import datetime

from flask import request

from tracker.alerts.owners import find_entrusted
from tracker.errors import NotSignedIn, Refused
from tracker.people.rules.access import PERMISSIONS, Actor, Permission, Role
from tracker.people.sign_in import authenticate

MAX_TOKEN_LENGTH = 512


def get_actor(now: datetime) -> Actor:
    """Return the signed-in caller; raises NotSignedIn."""
    scheme, _space, token = request.headers.get("Authorization", "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("Send Authorization: Bearer with an access token.", code="token_missing")
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        raise NotSignedIn("This token is not valid; sign in again.", code="token_invalid")
    actor = authenticate(token, now)
    if actor.role is not Role.THERAPIST:
        return actor
    return replace(actor, entrusted=find_entrusted(actor.account_id))


def require(actor: Actor, permission: Permission) -> None:
    """Raise Refused unless the caller's role holds the permission."""
    if not actor.may(permission) and permission in PERMISSIONS[actor.role]:
        raise Refused("Only those who administer the clinic may do this.")
    if not actor.may(permission):
        raise Refused(f"Callers with the role {actor.role} may not do this.")
