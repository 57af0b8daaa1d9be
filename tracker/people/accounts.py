"""Accounts: made by operators, changed by their holders, locked while something is added to their trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tracker import idempotency, ids
from tracker.db import db
from tracker.errors import Conflict, NotFound
from tracker.people.access import Role
from tracker.people.models import Account


def add_therapist(
    clinic_id: UUID, display_name: str, email: str, password_hash: str, *, time_zone: str, now: datetime
) -> Account:
    """Create a therapist's account; raises Conflict when somebody signs in with this address already."""
    address = email.strip().lower()
    if find_account_by_email(address) is not None:
        raise Conflict(f"Somebody signs in with {address} already.")
    account = Account(
        id=ids.new_id(),
        clinic_id=clinic_id,
        role=Role.THERAPIST,
        display_name=display_name,
        email=address,
        password_hash=password_hash,
        locale="en",
        time_zone=time_zone,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    return account


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


def update_account(account_id: UUID, expected: int, values: Mapping[str, Any]) -> Account:
    """Change an account's own data; raises VersionMismatch when they changed meanwhile."""
    account = hold_account(account_id)
    changes = idempotency.pending_changes(account, account.version, expected, values, "Your data")
    if changes:
        for name, value in changes.items():
            setattr(account, name, value)
        account.version += 1
        db.session.flush()
    return account
