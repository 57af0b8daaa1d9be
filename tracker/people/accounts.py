"""Accounts: made and closed by operators, changed by their holders, locked while their trail grows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from tracker import idempotency, ids
from tracker.clinics import service as clinics
from tracker.db import db
from tracker.errors import Conflict, NotFound
from tracker.people.models import Account, Device, Token
from tracker.people.rules.access import Role


def add_therapist(
    clinic_id: UUID,
    display_name: str,
    email: str,
    password_hash: str,
    *,
    time_zone: str,
    now: datetime,
    administers: bool = False,
    role: Role = Role.THERAPIST,
) -> Account:
    """Create the account of a therapist, or of who only runs the clinic; raises Conflict for an address in use."""
    address = email.strip().lower()
    known = db.session.scalars(select(Account.active).where(Account.email == address)).one_or_none()
    if known is not None:
        word = "Somebody signs in with {} already." if known else "{} is the address of a closed account."
        raise Conflict(word.format(address))
    account = Account(
        id=ids.new_id(),
        clinic_id=clinic_id,
        role=role,
        display_name=display_name,
        email=address,
        password_hash=password_hash,
        administers=administers,
        locale="en",
        time_zone=time_zone,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    return account


def add_service(
    clinic_id: UUID, display_name: str, *, time_zone: str, now: datetime, serves: Sequence[str] = ()
) -> Account:
    """Create the account of a reminder worker outside this service; it has no password."""
    account = Account(
        id=ids.new_id(),
        clinic_id=clinic_id,
        role=Role.SERVICE,
        display_name=display_name,
        serves=list(serves),
        locale="en",
        time_zone=time_zone,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    return account


def list_services(clinic_id: UUID, display_name: str) -> Sequence[Account]:
    """Return the external workers of a clinic that have this name."""
    return db.session.scalars(
        select(Account).where(
            Account.clinic_id == clinic_id,
            Account.role == Role.SERVICE,
            Account.display_name == display_name,
        )
    ).all()


def find_served_outside(clinic_id: UUID, now: datetime) -> frozenset[str]:
    """Return the channels that reminder workers outside serve for a clinic, whose tokens are worth something."""
    statement = (
        select(Account.serves)
        .join(Token, Token.account_id == Account.id)
        .where(
            Account.clinic_id == clinic_id,
            Account.role == Role.SERVICE,
            Token.revoked_at.is_(None),
            Token.expires_at > now,
        )
    )
    return frozenset(channel for serves in db.session.scalars(statement) for channel in serves or ())


def find_account_by_email(email: str) -> Account | None:
    """Return the active account that signs in with this address, or None."""
    statement = select(Account).where(Account.email == email.strip().lower(), Account.active)
    return db.session.scalars(statement).one_or_none()


def hold_account(account_id: UUID) -> Account:
    """Take the lock of an account's tokens and of its audit trail; return it as it is now. Raises NotFound."""
    statement = select(Account).where(Account.id == account_id).with_for_update(key_share=True)
    account = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if account is None:
        raise NotFound
    return account


def update_account(account_id: UUID, expected: int, values: Mapping[str, object]) -> Account:
    """Change an account's own data; raises VersionMismatch when they changed meanwhile."""
    account = hold_account(account_id)
    changes = idempotency.pending_changes(account, account.version, expected, values, "Your data")
    if changes:
        for name, value in changes.items():
            setattr(account, name, value)
        account.version += 1
        db.session.flush()
    return account


def revoke_tokens(account_id: UUID, now: datetime) -> None:
    """End every token of an account at once; what it is signed out of gets no more notifications either."""
    hold_account(account_id)
    db.session.execute(
        update(Token).where(Token.account_id == account_id, Token.revoked_at.is_(None)).values(revoked_at=now)
    )
    db.session.execute(
        update(Device)
        .where(Device.account_id == account_id, Device.retired_at.is_(None))
        .values(retired_at=now, retired_reason="signed_out")
        .execution_options(synchronize_session=False)
    )


def change_password(account_id: UUID, password_hash: str, now: datetime) -> None:
    """Give an account another password and end all its tokens at once."""
    revoke_tokens(account_id, now)
    account = hold_account(account_id)
    account.password_hash = password_hash
    account.version += 1
    db.session.flush()


def close_account(account_id: UUID, clinic_id: UUID, now: datetime) -> None:
    """Let nobody sign in with an account any more, from now on; it may be opened again.

    Raises Conflict for the owner of last resort, and for the only one who administers the clinic.
    """
    # The clinic's lock comes first, as where its owner is named: whoever is named meanwhile must not be closed.
    clinic = clinics.hold_clinic(clinic_id)
    if clinic.owner_of_last_resort_id == account_id:
        raise Conflict("This is the clinic's owner of last resort; name another one first.")
    require_another_administrator(account_id, clinic_id)
    if clinic.deputy_id == account_id:
        clinics.update(clinic, deputy_id=None)
    revoke_tokens(account_id, now)
    account = hold_account(account_id)
    account.active = False
    account.version += 1
    db.session.flush()


def require_another_administrator(account_id: UUID, clinic_id: UUID) -> None:
    """Raise Conflict when nobody else could administer the clinic that this account administers now."""
    runs_it = Account.administers | (Account.role == Role.CLINIC_ADMIN)
    statement = select(Account.id).where(Account.clinic_id == clinic_id, Account.active, runs_it)
    found = set(db.session.scalars(statement))
    if found == {account_id}:
        raise Conflict("Nobody else administers this clinic; let somebody else do so first.")
