"""What makes a repeated request harmless: one creation per key, for good, and one change per version."""

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import select

from tracker.db import Base, db
from tracker.errors import Invalid, VersionMismatch

Row = TypeVar("Row", bound=Base)


def hash_body(values: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of validated values, alike for bodies that mean the same."""
    return hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS, default=str)).digest()


def find_created(model: type[Row], account_id: UUID, key: str, body_hash: bytes) -> Row | None:
    """Return what this account created with this key; raises Invalid when the body was another one."""
    table: Any = model
    statement = select(model).where(table.created_by_id == account_id, table.idempotency_key == key)
    row = db.session.scalars(statement).one_or_none()
    if row is not None:
        refuse_other_body(getattr(row, "body_hash"), body_hash)  # noqa: B009  (Base knows no such column)
    return row


def key_of_other_body(key: str, body_hash: bytes) -> str:
    """Return the key under which other content is taken that came with a used key and may not be refused."""
    return hashlib.sha256(f"{key} {body_hash.hex()}".encode("utf-8", "surrogatepass")).hexdigest()


def refuse_other_body(stored: bytes, received: bytes) -> None:
    """Raise Invalid when a key comes again with other content."""
    if bytes(stored) != received:
        raise Invalid(
            detail="This Idempotency-Key was used before with other content; use a new key for new content.",
            code="idempotency_key_reused",
        )


def pending_changes(
    row: object, stored: int, expected: int, values: Mapping[str, Any], what: str
) -> dict[str, Any]:
    """Return what a change still has to change: nothing when it was made before and only its answer was lost.

    Raises VersionMismatch when somebody else changed the row since the caller read it.
    """
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    if expected != stored and (changes or expected != stored - 1):
        raise VersionMismatch(f"{what} changed meanwhile. Read it again, then send your change.")
    return changes
