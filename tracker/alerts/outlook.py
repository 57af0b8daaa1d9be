"""What the messages of alerts say of them: when the next person is told, and whether the last was reached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tracker.alerts import notices
from tracker.alerts.models import Alert
from tracker.alerts.vocabulary import UNFINISHED
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.states import OPEN_STATES, Purpose, State


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the messages of an alert say of it: when the next person is told, and whether the last was not."""

    next_escalation_at: datetime | None = None
    undelivered: bool = False


def find_outlooks(alerts: Iterable[Alert]) -> Mapping[UUID, Outlook]:
    """Return for each alert when the next person is told and whether its latest message reached nobody."""
    rounds = {alert.id: alert.round for alert in alerts if alert.status in UNFINISHED}
    found: dict[UUID, Outlook] = {}
    statement = (
        select(Dispatch.anchor_id, Dispatch.occurrence, Dispatch.step_key, Dispatch.state, Dispatch.due_at)
        .where(
            Dispatch.anchor_kind == notices.ANCHOR,
            Dispatch.anchor_id.in_(rounds),
            Dispatch.purpose == Purpose.ALERT,
            Dispatch.step_key != notices.WAKE,
        )
        .order_by(Dispatch.due_at, Dispatch.id)
    )
    for row in db.session.execute(statement):
        if row.occurrence != rounds[row.anchor_id]:
            continue
        known = found.get(row.anchor_id, Outlook())
        if row.state in OPEN_STATES:
            ahead = row.due_at if row.step_key not in {notices.NOTIFY, notices.ASSIGNED} else None
            found[row.anchor_id] = Outlook(known.next_escalation_at or ahead, known.undelivered)
        elif row.state in {*notices.UNSENT, State.ACCEPTED}:
            found[row.anchor_id] = Outlook(known.next_escalation_at, row.state in notices.UNSENT)
    return found
