"""What providers say later about the way to the person: it is kept beside the hand-over and only moves forward."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update

from tracker.db import db
from tracker.delivery.models import DeliveryAttempt
from tracker.delivery.states import Receipt

_ORDER = list(Receipt)


def note(attempt_id: UUID, receipt: Receipt, at: datetime) -> bool:
    """Keep a receipt unless one that comes later on the way is there; returns whether it was kept."""
    earlier = [known.value for known in _ORDER[: _ORDER.index(receipt)]]
    moved = (
        update(DeliveryAttempt)
        .where(
            DeliveryAttempt.id == attempt_id,
            or_(DeliveryAttempt.receipt.is_(None), DeliveryAttempt.receipt.in_(earlier)),
        )
        .values(receipt=receipt, receipt_at=at)
        .returning(DeliveryAttempt.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalars(moved).one_or_none() is not None


def note_by_key(channel: str, send_key: str, reference: str, receipt: Receipt, at: datetime) -> None:
    """Keep a receipt of the hand-over under this key that a provider knows by this reference, if there is one.

    It may come before the answer to the hand-over is written down: then it is the newest whose reference is unknown.
    """
    known = (
        select(DeliveryAttempt.id)
        .where(
            DeliveryAttempt.send_key == send_key,
            DeliveryAttempt.channel == channel,
            func.coalesce(DeliveryAttempt.provider_reference, reference) == reference,
        )
        .order_by(DeliveryAttempt.provider_reference.is_(None), DeliveryAttempt.number.desc())
        .limit(1)
    )
    attempt_id = db.session.scalars(known).one_or_none()
    if attempt_id is not None:
        note(attempt_id, receipt, at)
