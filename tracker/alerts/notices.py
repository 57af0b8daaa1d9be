"""The messages of an alert as dispatch rows: a ladder, its repeats, the daily list, the end of a snooze."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from tracker.alerts.models import Alert
from tracker.alerts.rules.escalation import (
    EscalationStep,
    ReplyTargets,
    ladder,
    next_digest,
    next_repeat,
    reply_due,
    unfinished_digest,
)
from tracker.alerts.vocabulary import AlertStatus, Severity
from tracker.clinics import service as clinics
from tracker.clinics.rules.hours import read_hours
from tracker.db import db
from tracker.delivery import service as delivery
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.new_message import NewMessage, Placed, place
from tracker.delivery.vocabulary import Anchor, Audience, Purpose, Reason, State

NOTIFY, REPEAT, ASSIGNED, WAKE, DIGEST = "notify", "repeat", "assigned", "wake", "digest"
# A message about an alert is still worth sending a day later; after that the next one of the ladder takes over.
LIFE = timedelta(hours=24)
# The list of a Friday is read on Monday.
DIGEST_LIFE = timedelta(days=3)
# An overdue step of the round before comes after the news itself.
FIRST_ALONE = timedelta(minutes=1)
UNSENT = frozenset({State.DEAD, State.EXPIRED})


class Standing(Protocol):
    """What of an alert, or of a row of its columns, decides whether anybody need hear of it."""

    @property
    def status(self) -> str:
        """Where it stands."""

    @property
    def severity(self) -> str:
        """How soon a person must look."""

    @property
    def settling(self) -> bool:
        """Whether the patient improves."""

    @property
    def snoozed_until(self) -> datetime | None:
        """Until when it was put off."""


def targets_of(alert: Alert) -> ReplyTargets:
    """Return how soon the clinic answers."""
    clinic = clinics.get_clinic(alert.clinic_id)
    try:
        hours = clinics.hours_of(clinic)
    except (ValueError, LookupError):  # hours that cannot be read must not keep an alert from being raised
        hours = read_hours(clinic.time_zone, [], [])
    return ReplyTargets(hours, clinic.urgent_reply_minutes, clinic.attention_reply_minutes)


def plan(alert: Alert, now: datetime, *, unsaid: Reason | None = None) -> None:
    """Plan the first message, every escalation and the reply target of a round; routine goes to the digest.

    ``unsaid``: why the first message does not leave.
    """
    targets, severity = targets_of(alert), Severity(alert.severity)
    alert.reply_due_at = reply_due(severity, now, targets)
    _plan_steps(alert, ladder(severity, now, targets), targets, now, unsaid)


def renew(
    alert: Alert, now: datetime, sync_seq: int, *, unsaid: Reason | None = None, afresh: bool = False
) -> None:
    """Open it again for whoever is next to look: a new round, told at once, and no snooze any more.

    What nobody has acknowledged yet keeps the target and the steps it had, for news must not put them off;
    ``afresh``: it begins anew for another owner.
    """
    waiting = alert.status == AlertStatus.OPEN and alert.snoozed_until is None and not afresh
    promised = _find_planned(alert) if waiting else {}
    targets, severity = targets_of(alert), Severity(alert.severity)
    due = [reply_due(severity, now, targets), alert.reply_due_at if waiting else None]
    cancel(alert.id, Reason.RENEWED, now, sync_seq)
    alert.status, alert.acknowledged_at, alert.acknowledged_by_id = AlertStatus.OPEN, None, None
    alert.snoozed_until = alert.snooze_reason = None
    alert.round += 1
    alert.reply_due_at = min((moment for moment in due if moment), default=None)
    steps = [
        replace(step, at=max(min(step.at, promised.get(step.key, step.at)), now + FIRST_ALONE))
        if step.key != NOTIFY
        else step
        for step in ladder(severity, now, targets)
    ]
    if not steps and unsaid is None:
        steps = [EscalationStep(NOTIFY, now, Audience.OWNER)]
    _plan_steps(alert, steps, targets, now, unsaid)


def cancel(alert_id: UUID, reason: Reason, now: datetime, sync_seq: int) -> None:
    """Cancel what has not been sent yet."""
    delivery.cancel_open(Anchor.ALERT, alert_id, reason, now, sync_seq)


def plan_next(alert: Alert, now: datetime) -> None:
    """Plan what an unfinished alert that has nothing planned any more says next, and when."""
    targets = targets_of(alert)
    if alert.snoozed_until is not None:
        _plan_again(alert, Purpose.ALERT, WAKE, max(alert.snoozed_until, now), now)
    elif alert.status == AlertStatus.ACKNOWLEDGED:
        since = alert.acknowledged_at or now
        _plan_digest(alert, unfinished_digest(since, now, targets.hours), now, Reason.UNFINISHED)
    elif alert.severity == Severity.ROUTINE or is_calming(alert):
        _plan_digest(alert, next_digest(now, targets.hours), now, Reason(alert.severity))
    else:
        last = _find_last(alert)
        # Nobody was told by what expired: its successor counts from when that was due.
        since = (
            (last.due_at if last.state == State.EXPIRED else last.ended_at or now)
            if last
            else alert.raised_at
        )
        due = max(next_repeat(Severity(alert.severity), since, targets), now)
        _plan_again(alert, Purpose.ALERT, REPEAT, due, now)


def plan_closed(alert: Alert, now: datetime) -> None:
    """Let the owner read in the next digest that an alert closed without them."""
    _plan_digest(alert, next_digest(now, targets_of(alert).hours), now, Reason.CLOSED_BY_ITSELF)


def plan_assigned(alert: Alert, now: datetime) -> None:
    """Tell a new owner at once, beside what is planned already."""
    _plan_again(alert, Purpose.ALERT, ASSIGNED, now, now)


def find_last_push(patient_id: UUID, severity: Severity) -> datetime | None:
    """Return when the latest first message about an alert of this severity left, or is to leave."""
    statement = (
        select(func.max(Dispatch.due_at))
        .join(Alert, Alert.id == Dispatch.anchor_id)
        .where(
            Dispatch.patient_id == patient_id,
            Dispatch.purpose == Purpose.ALERT,
            Dispatch.step_key == NOTIFY,
            Dispatch.state.not_in([State.SUPPRESSED, State.CANCELLED, *UNSENT]),
            Alert.severity == severity,
        )
    )
    return db.session.scalar(statement)


def is_calming(alert: Standing) -> bool:
    """Say whether an alert is quiet as the patient improves; red flags never are."""
    return alert.settling and alert.severity == Severity.ATTENTION


def _plan_steps(
    alert: Alert, steps: Sequence[EscalationStep], targets: ReplyTargets, now: datetime, unsaid: Reason | None
) -> None:
    messages = [_message(alert, Purpose.ALERT, step.key, step.at, step.audience) for step in steps]
    if messages and unsaid:
        first = messages[0]
        messages[0] = replace(first, placed=place(None, unsaid, now, meant_for=first.placed.due_at))
    delivery.plan(messages, now)
    if unsaid or not messages:
        _plan_digest(alert, next_digest(now, targets.hours), now, Reason(alert.severity))


def _find_planned(alert: Alert) -> dict[str, datetime]:
    """Return when the steps of the ladder that are still ahead are due."""
    statement = select(Dispatch.step_key, Dispatch.due_at).where(
        *rows_of(alert), Dispatch.step_key.startswith("escalate"), Dispatch.ended_at.is_(None)
    )
    return {row.step_key: row.due_at for row in db.session.execute(statement)}


def _find_last(alert: Alert) -> Dispatch | None:
    """Return the message of this round of an alert that ended last."""
    statement = select(Dispatch).where(
        *rows_of(alert), Dispatch.occurrence == alert.round, Dispatch.purpose == Purpose.ALERT
    )
    newest_first = (Dispatch.ended_at.desc(), Dispatch.due_at.desc())
    return db.session.scalars(statement.order_by(*newest_first).limit(1)).one_or_none()


def _plan_digest(alert: Alert, due: datetime, now: datetime, because: Reason) -> None:
    _plan_again(alert, Purpose.SUMMARY, DIGEST, due, now, because)


def _plan_again(
    alert: Alert, purpose: Purpose, step_key: str, due: datetime, now: datetime, because: Reason | None = None
) -> None:
    """Plan one more message of a kind that an alert may have several times."""
    earlier = select(func.max(Dispatch.generation)).where(*rows_of(alert), Dispatch.step_key == step_key)
    generation = (db.session.scalar(earlier) or 0) + 1
    message = _message(alert, purpose, step_key, due, Audience.OWNER)
    because = because or Reason(alert.severity)
    delivery.plan([replace(message, generation=generation, planned_because=because)], now)


def _message(alert: Alert, purpose: Purpose, step_key: str, due: datetime, audience: Audience) -> NewMessage:
    because = Reason(alert.severity)
    return NewMessage(
        purpose=purpose,
        audience=audience,
        anchor_kind=Anchor.ALERT,
        anchor_id=alert.id,
        step_key=step_key,
        occurrence=alert.round,
        clinic_id=alert.clinic_id,
        patient_id=alert.patient_id,
        nominal_at=due,
        not_before=due,
        not_after=due + (LIFE if purpose is Purpose.ALERT else DIGEST_LIFE),
        placed=Placed(due, because),
        planned_because=because,
    )


def rows_of(alert: Alert) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that pick the messages of an alert."""
    return Dispatch.anchor_kind == Anchor.ALERT, Dispatch.anchor_id == alert.id
