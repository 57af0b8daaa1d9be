"""The devices of an account: which of them can show a notification, and which are gone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from tracker.db import db
from tracker.people.models import Device
from tracker.people.vocabulary import NotificationPermission


def list_reachable(account_id: UUID) -> Sequence[Device]:
    """Return the devices that may show notifications, the one seen last first."""
    return db.session.scalars(
        select(Device)
        .where(
            Device.account_id == account_id,
            Device.retired_at.is_(None),
            Device.notification_permission == NotificationPermission.GRANTED,
        )
        .order_by(Device.last_seen_at.desc(), Device.id)
    ).all()


def retire(device_id: UUID, reason: str, now: datetime) -> None:
    """Stop sending to a device that its provider does not know any more; registering brings it back."""
    db.session.execute(
        update(Device)
        .where(Device.id == device_id, Device.retired_at.is_(None))
        .values(retired_at=now, retired_reason=reason)
        .execution_options(synchronize_session=False)
    )
