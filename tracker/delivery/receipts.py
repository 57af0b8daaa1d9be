"""What providers say later about the way to the person: it is kept beside the hand-over and only moves forward."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update

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


def note_by_reference(channel: str, reference: str, receipt: Receipt, at: datetime) -> None:
    """Keep a receipt of the hand-over that a provider knows by this reference, if there is one."""
    known = select(DeliveryAttempt.id).where(
        DeliveryAttempt.provider_reference == reference, DeliveryAttempt.channel == channel
    )
    for attempt_id in db.session.scalars(known).all():
        note(attempt_id, receipt, at)
