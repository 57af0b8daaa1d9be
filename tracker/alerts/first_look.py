"""Which messages about alerts nobody need hear any more: one rule for the look at a claim and the last one."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from tracker.alerts import notices
from tracker.alerts.models import Alert
from tracker.alerts.vocabulary import UNFINISHED, AlertStatus
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.verdicts import Drop
from tracker.delivery.vocabulary import Reason, State


class _Columns(NamedTuple):
    status: str
    severity: str
    settling: bool
    snoozed_until: datetime | None


def find_unwanted(dispatch_ids: Collection[UUID], now: datetime) -> dict[UUID, Drop]:
    """Return which of these messages end when they are claimed, and why; the others are for the last look."""
    chosen = (Dispatch.id.in_(dispatch_ids), Dispatch.attempt_count == 0, Dispatch.not_after > now)
    facts = select(
        Dispatch.id, Dispatch.step_key, Alert.status, Alert.severity, Alert.settling, Alert.snoozed_until
    )
    found = db.session.execute(facts.join(Alert, Alert.id == Dispatch.anchor_id).where(*chosen))
    return {
        dispatch_id: end
        for dispatch_id, step_key, status, severity, settling, snoozed_until in found
        if (end := find_end(_Columns(status, severity, settling, snoozed_until), step_key))
    }


def find_end(alert: notices.Standing, step_key: str) -> Drop | None:
    """Return why nobody need hear of an alert by this message; None: somebody must, or it ends a snooze."""
    if alert.status not in UNFINISHED:
        return Drop(State.CANCELLED, Reason(alert.status))
    if step_key == notices.WAKE:
        return None
    if alert.status != AlertStatus.OPEN:
        return Drop(State.CANCELLED, Reason(alert.status))
    if alert.snoozed_until is not None:
        return Drop(State.SUPPRESSED, Reason.SNOOZED)
    if notices.is_calming(alert):
        return Drop(State.SUPPRESSED, Reason.SETTLING)
    return None
