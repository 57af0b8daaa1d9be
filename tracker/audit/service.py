"""The audit trail: appended in the transaction of the deed, each row bound to the one before it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import bindparam, insert, select
from structlog.contextvars import get_contextvars

from tracker import ids
from tracker.audit.models import AuditEvent
from tracker.db import db

FIRST = bytes(32)

_LAST = (
    select(AuditEvent.position, AuditEvent.hash)
    .where(AuditEvent.chain_id == bindparam("chain"))
    .order_by(AuditEvent.position.desc())
    .limit(1)
)
_APPEND = insert(AuditEvent)


def record(
    action: str,
    resource_kind: str,
    resource_id: UUID | None,
    *,
    actor_id: UUID | None,
    actor_role: str,
    now: datetime,
    patient_id: UUID | None = None,
    after: tuple[int, bytes] | None = None,
) -> None:
    """Append one row to the chain of the patient, else of the actor, else of the thing; its lock is the caller's.

    ``after`` is the position and hash of the chain's last row, if the caller has read it since taking the lock.
    """
    chain = patient_id or actor_id or resource_id
    assert chain is not None, "somebody acted, or something was done"
    connection = db.session.connection()
    if after is None:
        last = connection.execute(_LAST, {"chain": chain}).one_or_none()
        after = (last.position, bytes(last.hash)) if last else (0, FIRST)
    position, previous = after
    event: dict[str, Any] = {
        "id": ids.new_id(),
        "chain_id": chain,
        "position": position + 1,
        "occurred_at": now,
        "actor_id": actor_id,
        "actor_role": actor_role,
        "action": action,
        "resource_kind": resource_kind,
        "resource_id": resource_id,
        "patient_id": patient_id,
        "request_id": get_contextvars().get("request_id"),
    }
    connection.execute(_APPEND, event | {"hash": _bind(previous, event)})


def list_chains() -> Sequence[UUID]:
    """Return the id of every chain."""
    return db.session.scalars(select(AuditEvent.chain_id).distinct().order_by(AuditEvent.chain_id)).all()


def find_break(chain_id: UUID) -> int | None:
    """Return the first position at which a chain was changed, cut or re-ordered; None when it holds."""
    previous = FIRST
    for expected, row in enumerate(_chain(chain_id), start=1):
        event = {name: getattr(row, name) for name in _BOUND}
        if row.position != expected or bytes(row.hash) != _bind(previous, event):
            return expected
        previous = bytes(row.hash)
    return None


_BOUND = [column.key for column in AuditEvent.__table__.columns if column.key != "hash"]


def _chain(chain_id: UUID) -> Sequence[AuditEvent]:
    statement = select(AuditEvent).where(AuditEvent.chain_id == chain_id).order_by(AuditEvent.position)
    return db.session.scalars(statement).all()


def _bind(previous: bytes, event: dict[str, Any]) -> bytes:
    return hashlib.sha256(previous + orjson.dumps(event, option=orjson.OPT_SORT_KEYS)).digest()
