"""What happened to an alert, step by step: rows that are only added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tracker import idempotency, ids
from tracker.alerts.models import Alert, AlertEvent
from tracker.db import db
from tracker.people.models import Account

NOTE = "note"


@dataclass(frozen=True, slots=True)
class AlertStep:
    """One step as it is shown: what, when, by whom."""

    id: UUID
    kind: str
    at: datetime
    detail: str
    actor_id: UUID | None
    actor_name: str | None


def add(alert: Alert, kind: str, detail: str, now: datetime, actor_id: UUID | None = None) -> None:
    """Write down one step."""
    event = AlertEvent(
        id=ids.new_id(), alert_id=alert.id, at=now, kind=kind, actor_id=actor_id, detail=detail
    )
    db.session.add(event)
    db.session.flush()


def add_note(alert: Alert, actor_id: UUID, key: str, text: str, now: datetime) -> tuple[AlertEvent, bool]:
    """Add what a person writes beside an alert; return it and whether this key had written it before.

    Raises Invalid when the key was used for another note.
    """
    body_hash = idempotency.hash_body({"alert_id": alert.id, "text": text})
    known = db.session.scalars(
        select(AlertEvent).where(AlertEvent.actor_id == actor_id, AlertEvent.idempotency_key == key)
    ).one_or_none()
    if known is not None:
        idempotency.refuse_other_body(known.body_hash or b"", body_hash)
        return known, True
    note = AlertEvent(
        id=ids.new_id(), alert_id=alert.id, at=now, kind=NOTE, actor_id=actor_id, detail=text,
        idempotency_key=key, body_hash=body_hash,
    )  # fmt: skip
    db.session.add(note)
    db.session.flush()
    return note, False


def list_steps(alert_id: UUID) -> Sequence[AlertStep]:
    """Return the steps of an alert's life with the names of those who took them, oldest first."""
    columns = [getattr(AlertEvent, name) for name in ("id", "kind", "at", "detail", "actor_id")]
    statement = (
        select(*columns, Account.display_name.label("actor_name"))
        .outerjoin(Account, Account.id == AlertEvent.actor_id)
        .where(AlertEvent.alert_id == alert_id)
        .order_by(AlertEvent.at, AlertEvent.id)
    )
    return [AlertStep(**row) for row in db.session.execute(statement).mappings()]


def was_done(alert_id: UUID, kind: str) -> bool:
    """Say whether a person ever took a step of this kind."""
    statement = select(AlertEvent.id).where(
        AlertEvent.alert_id == alert_id, AlertEvent.kind == kind, AlertEvent.actor_id.is_not(None)
    )
    return db.session.scalar(statement.limit(1)) is not None
