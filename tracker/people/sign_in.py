"""Tokens: issued, looked up, rotated and revoked; only their hashes are stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update

from tracker import ids
from tracker.clinics.models import Clinic
from tracker.db import db, reading
from tracker.errors import NotSignedIn
from tracker.people import passwords
from tracker.people.accounts import hold_account
from tracker.people.models import Account, Token
from tracker.people.rules.access import Actor, Role
from tracker.people.staff import find_covered, find_uncovered
from tracker.people.vocabulary import TokenKind

# A phone that lost the answer to a refresh may ask again this long and gets the same tokens.
REFRESH_GRACE = timedelta(seconds=30)
KEPT_AFTER_END = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Lives:
    """How long tokens last, and the server's key from which their successors are derived."""

    server_key: str
    access: timedelta
    refresh: timedelta


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client gets on signing in."""

    account_id: UUID
    access_token: str
    refresh_token: str
    expires_in_seconds: int


_FIND_ACTOR = (
    select(
        Token.account_id,
        Token.family_id,
        Token.expires_at,
        Token.revoked_at,
        Account.role,
        Account.clinic_id,
        Account.patient_id,
        Account.active,
        Account.administers,
        (Clinic.owner_of_last_resort_id == Account.id).label("is_last_resort"),
        (Clinic.deputy_id == Account.id).label("is_deputy"),
        Clinic.time_zone,
    )
    .join(Account, Account.id == Token.account_id)
    .join(Clinic, Clinic.id == Account.clinic_id)
    .where(Token.token_hash == bindparam("token_hash"), Token.kind == TokenKind.ACCESS)
)


def authenticate(token: str, now: datetime) -> Actor:
    """Return who holds this access token; raises NotSignedIn with ``token_expired`` or ``token_invalid``."""
    row = reading().execute(_FIND_ACTOR, {"token_hash": ids.hash_secret(token)}).one_or_none()
    if row is None or row.revoked_at is not None or not row.active:
        raise NotSignedIn("This token is not valid. Sign in again.")
    if row.expires_at <= now:
        raise NotSignedIn("This token has expired. Use the refresh token.", code="token_expired")
    role = Role(row.role)
    return Actor(
        row.account_id,
        role,
        row.clinic_id,
        row.patient_id,
        row.family_id,
        is_last_resort=bool(row.is_last_resort),
        administers=row.administers or role is Role.CLINIC_ADMIN,
        stands_in_for=_stands_in_for(row, now) if role is Role.THERAPIST else frozenset(),
    )


def _stands_in_for(row: Any, now: datetime) -> frozenset[UUID]:
    covered = find_covered(row.account_id, now)
    return covered | find_uncovered(row.clinic_id, row.time_zone, now) if row.is_deputy else covered


def find_password(email: str) -> tuple[UUID | None, str | None]:
    """Return id and password hash of the active account with this address, or two None."""
    statement = select(Account.id, Account.password_hash).where(
        Account.email == email.strip().lower(), Account.active
    )
    row = db.session.execute(statement).one_or_none()
    return (row.id, row.password_hash) if row else (None, None)


def verify(stored: str | None, password: str) -> bool:
    """Say whether a password fits a stored hash; slow on purpose, so call it outside a transaction."""
    return passwords.verify_password(stored, password)


def still_signs_in(account_id: UUID, stored: str | None) -> bool:
    """Say whether an account still has this password hash, and take its lock so that it keeps it meanwhile."""
    account = hold_account(account_id)
    return account.active and account.password_hash == stored


def issue(
    account_id: UUID, installation_id: str, lives: Lives, now: datetime, seed: str | None = None
) -> TokenPair:
    """Start a family of tokens; the same seed gives the same tokens, so that a lost answer can be repeated."""
    seed = seed or ids.new_token("seed")
    return _issue(account_id, ids.new_id(), installation_id, seed, lives, now)


def issue_service_token(account_id: UUID, now: datetime, life: timedelta) -> str:
    """Give a worker outside this service the only token it gets; it is not renewed."""
    secret = ids.new_token("trs")
    row = Token(
        id=ids.new_id(),
        account_id=account_id,
        family_id=ids.new_id(),
        kind=TokenKind.ACCESS,
        token_hash=ids.hash_secret(secret),
        installation_id="service",
        created_at=now,
        expires_at=now + life,
    )
    db.session.add(row)
    db.session.flush()
    return secret


def repeat(account_id: UUID, seed: str, lives: Lives) -> TokenPair:
    """Return the tokens that an earlier call made from this seed."""
    access, refresh = _derive(seed, lives)
    return TokenPair(account_id, access, refresh, int(lives.access.total_seconds()))


def refresh(token: str, installation_id: str, lives: Lives, now: datetime) -> TokenPair | None:
    """Exchange a refresh token; None when it is not valid or not this installation's. Reuse ends the family."""
    where = Token.token_hash == ids.hash_secret(token), Token.kind == TokenKind.REFRESH
    account_id = db.session.scalars(select(Token.account_id).where(*where)).one_or_none()
    # Held before the token is read: a revocation must not run between the reading and the successor.
    if account_id is None or not hold_account(account_id).active:
        return None
    stored = db.session.scalars(select(Token).where(*where).execution_options(populate_existing=True)).one()
    if stored.revoked_at is not None or stored.expires_at <= now or stored.installation_id != installation_id:
        return None
    if stored.rotated_at is None:
        stored.rotated_at = now
        db.session.flush()
        return _issue(stored.account_id, stored.family_id, stored.installation_id, token, lives, now)
    if now - stored.rotated_at <= REFRESH_GRACE:
        return repeat(stored.account_id, token, lives)
    revoke_family(account_id, stored.family_id, now)
    return None


def revoke_family(account_id: UUID, family_id: UUID, now: datetime) -> None:
    """End every token of one of the account's sign-ins at once."""
    hold_account(account_id)
    db.session.execute(
        update(Token).where(Token.family_id == family_id, Token.revoked_at.is_(None)).values(revoked_at=now)
    )


def forget_expired(now: datetime, most: int) -> int:
    """Delete tokens that ended a month ago; returns how many. Until then a stolen one is recognised."""
    old = select(Token.id).where(Token.expires_at <= now - KEPT_AFTER_END).limit(most)
    old = old.with_for_update(skip_locked=True)  # waits for nobody, so that nobody waits in a circle
    changed: Any = db.session.execute(
        delete(Token).where(Token.id.in_(old)).execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)


def _derive(seed: str, lives: Lives) -> tuple[str, str]:
    access = ids.derive(lives.server_key, "access", seed)
    return f"tra_{access}", f"trr_{ids.derive(lives.server_key, 'refresh', seed)}"


def _issue(
    account_id: UUID, family_id: UUID, installation_id: str, seed: str, lives: Lives, now: datetime
) -> TokenPair:
    access, refresh_token = _derive(seed, lives)
    common: dict[str, object] = {
        "account_id": account_id,
        "family_id": family_id,
        "installation_id": installation_id,
        "created_at": now,
    }
    pair = (
        (TokenKind.ACCESS, access, now + lives.access),
        (TokenKind.REFRESH, refresh_token, now + lives.refresh),
    )
    db.session.execute(
        insert(Token),
        [
            {
                "id": ids.new_id(),
                "kind": kind,
                "token_hash": ids.hash_secret(secret),
                "expires_at": expires,
                **common,
            }
            for kind, secret, expires in pair
        ],
    )
    return TokenPair(account_id, access, refresh_token, int(lives.access.total_seconds()))
