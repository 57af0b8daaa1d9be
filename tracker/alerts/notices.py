"""The messages of an alert: its ladder as dispatch rows, looked at once more before each leaves."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from tracker import ids
from tracker.alerts.escalation import ladder, owner
from tracker.alerts.models import Alert, AlertEvent
from tracker.alerts.vocabulary import AlertStatus, Severity
from tracker.db import db
from tracker.delivery import service as delivery
from tracker.delivery.models import Dispatch
from tracker.delivery.recipients import staff_recipient
from tracker.delivery.states import Audience, Purpose, State
from tracker.delivery.verdicts import Drop, HandOver, Verdict
from tracker.people import service as people
from tracker.people import staff
from tracker.people.cover import Line
from tracker.people.models import Account
from tracker.people.service import PatientFacts

ANCHOR = "alert"
# A message about an alert is still worth sending a day later: the alert stays until somebody takes it on.
LIFE = timedelta(hours=24)


def plan(alert: Alert, patient: PatientFacts, now: datetime, *, may_push: bool) -> None:
    """Plan the first message and every escalation; each later one waits only for nobody to acknowledge."""
    steps = ladder(Severity(alert.severity), now)
    delivery.plan(
        [
            {
                "id": ids.new_id(),
                "purpose": Purpose.ALERT.value,
                "audience": step.audience.value,
                "anchor_kind": ANCHOR,
                "anchor_id": alert.id,
                "step_key": step.key,
                "occurrence": alert.round,
                "generation": 1,
                "clinic_id": alert.clinic_id,
                "patient_id": patient.id,
                "plan_task_id": None,
                "nominal_at": step.at,
                "due_at": step.at,
                "not_before": step.at,
                "not_after": step.at + LIFE,
                "planned_because": alert.severity,
                "state": (State.SCHEDULED if may_push or index else State.SUPPRESSED).value,
                "reason": None if may_push or index else "push_cap",
                "next_attempt_at": step.at,
                "ended_at": None if may_push or index else now,
                "sync_seq": patient.sync_seq,
                "created_at": now,
            }
            for index, step in enumerate(steps)
        ]
    )


def cancel(alert_id: UUID, reason: str, now: datetime, sync_seq: int) -> None:
    """Cancel what has not been sent yet."""
    delivery.cancel_open(ANCHOR, alert_id, reason, now, sync_seq)


def find_last_push(patient_id: UUID, severity: Severity) -> datetime | None:
    """Return when the latest first message about an alert of this severity was planned to leave."""
    statement = (
        select(func.max(Dispatch.due_at))
        .join(Alert, Alert.id == Dispatch.anchor_id)
        .where(
            Dispatch.patient_id == patient_id,
            Dispatch.purpose == Purpose.ALERT,
            Dispatch.step_key == "notify",
            Dispatch.state.not_in([State.SUPPRESSED, State.CANCELLED]),
            Alert.severity == severity,
        )
    )
    return db.session.scalar(statement)


def find_unwanted(dispatch_ids: Collection[UUID], now: datetime) -> dict[UUID, Drop]:
    """Return which of these messages end when they are claimed, and why; the others are for `recheck`."""
    chosen = (Dispatch.id.in_(dispatch_ids), Dispatch.attempt_count == 0, Dispatch.not_after > now)
    facts = select(Dispatch.id, Alert.status, Alert.settling, Alert.severity)
    rows = db.session.execute(facts.join(Alert, Alert.id == Dispatch.anchor_id).where(*chosen))
    return {row.id: end for row in rows if (end := _find_end(row))}


def recheck(row: Dispatch, now: datetime) -> Verdict:
    """Decide, with the patient locked, whether a claimed alert message still has to go, and to whom."""
    if now >= row.not_after:
        return Drop(State.EXPIRED, "expired")
    alert = db.session.get(Alert, row.anchor_id, populate_existing=True, with_for_update=True)
    if alert is None:
        return Drop(State.CANCELLED, AlertStatus.WITHDRAWN)
    if end := _find_end(alert):
        return end
    person = _find_recipient(Audience(row.audience), alert, now)
    if person is None:
        return Drop(State.DEAD, "no_address")
    if row.step_key != "notify":
        _pass_on(alert, person, row.id, now)
    return HandOver(staff_recipient(person, now), "alert")


def _find_end(alert: Any) -> Drop | None:
    """Return why nobody need hear of an alert, a row with its status, mark and severity; None: somebody must."""
    if alert.status != AlertStatus.OPEN:
        return Drop(State.CANCELLED, alert.status)
    if alert.settling and alert.severity == Severity.ATTENTION:
        return Drop(State.SUPPRESSED, "settling")
    return None


def _pass_on(alert: Alert, person: Account, step_id: UUID, now: datetime) -> None:
    """Make somebody the owner; a step that is looked at again, as after a failure, is told of once."""
    alert.owner_id = person.id
    if db.session.get(AlertEvent, step_id) is None:  # the event bears the id of its message
        detail = f"Nobody had acknowledged it; passed on to {person.display_name}."
        db.session.add(AlertEvent(id=step_id, alert_id=alert.id, at=now, kind="escalated", detail=detail))
    db.session.flush()


def _find_recipient(audience: Audience, alert: Alert, now: datetime) -> Account | None:
    """Return who is addressed now: who answers for the owner, or who stands behind the owner by then."""
    line = staff.find_line(alert.owner_id, now)
    behind = {
        Audience.OWNER: line,
        Audience.DEPUTY: Line(None, None, line.deputy, line.last_resort),
        Audience.LAST_RESORT: Line(None, None, None, line.last_resort),
    }
    found = owner(*behind[audience])
    return people.find_account(UUID(found.staff_id)) if found else None
