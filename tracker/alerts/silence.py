"""An unhandled alert never goes quiet: it always has a next message, and who cannot be reached is passed over."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, select, text

from tracker.alerts import notices
from tracker.alerts.models import Alert
from tracker.alerts.vocabulary import UNFINISHED
from tracker.db import db
from tracker.delivery import planning as delivery
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor, Reason, State
from tracker.people import patients

# As the partial index says it, so that both databases use it.
_UNFINISHED_ROWS = text("alert.status IN ('open', 'acknowledged')")
_PLANNED = exists().where(
    Dispatch.anchor_kind == Anchor.ALERT, Dispatch.anchor_id == Alert.id, Dispatch.ended_at.is_(None)
)
_SILENT = select(Alert.id, Alert.patient_id).where(_UNFINISHED_ROWS, ~_PLANNED).limit(bindparam("most"))


def list_silent(most: int) -> Sequence[tuple[UUID, UUID]]:
    """Return alert and patient of unfinished alerts for which no message is planned any more."""
    return [(row.id, row.patient_id) for row in db.session.execute(_SILENT, {"most": most})]


def speak_again(alert_id: UUID, patient_id: UUID, now: datetime) -> None:
    """Give a silent alert its next message; somebody else may have done so meanwhile."""
    patients.hold_patient(patient_id)
    alert = db.session.get(Alert, alert_id, populate_existing=True, with_for_update=True)
    if alert is None or alert.status not in UNFINISHED:
        return
    open_row = select(Dispatch.id).where(*notices.rows_of(alert), Dispatch.ended_at.is_(None)).limit(1)
    if db.session.scalar(open_row) is None:
        notices.plan_next(alert, now)


def tell_next(dispatch_id: UUID, now: datetime) -> None:
    """Bring the next step of the ladder forward to now: the message before it reached nobody."""
    dead = db.session.get(Dispatch, dispatch_id)
    if dead is None or dead.anchor_kind != Anchor.ALERT:
        return
    later = db.session.scalars(
        select(Dispatch)
        .where(
            Dispatch.anchor_kind == Anchor.ALERT,
            Dispatch.anchor_id == dead.anchor_id,
            Dispatch.occurrence == dead.occurrence,
            Dispatch.step_key.startswith("escalate"),
            Dispatch.state == State.SCHEDULED,
            Dispatch.next_attempt_at > now,
        )
        .order_by(Dispatch.due_at)
        .limit(1)
    ).one_or_none()
    if later is not None:
        delivery.note_move(later, now, Reason.NOBODY_REACHED, now)
        later.due_at = later.not_before = later.next_attempt_at = now
        db.session.flush()
