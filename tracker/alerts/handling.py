"""What people do with an alert: take it on, put it off, give it to somebody, close it, open it again."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from tracker.alerts import events, notices
from tracker.alerts.models import Alert
from tracker.alerts.owners import find_owner_id
from tracker.alerts.vocabulary import UNFINISHED, AlertStatus, Severity
from tracker.db import db
from tracker.delivery.vocabulary import Reason
from tracker.errors import Conflict, Fault, Invalid
from tracker.people import staff
from tracker.people.patients import PatientFacts
from tracker.people.rules.cover import Candidate

# Convention: what is put off for longer than a week is not put off, it is forgotten.
LONGEST_SNOOZE = timedelta(days=7)
MAY_WAIT = frozenset({Severity.ATTENTION, Severity.ROUTINE})
REOPENED = "reopened"


def acknowledge(alert: Alert, patient: PatientFacts, actor_id: UUID, now: datetime) -> None:
    """Take an alert on; a second acknowledgement keeps the first person. Raises Conflict when it is closed."""
    if alert.status == AlertStatus.ACKNOWLEDGED:
        return
    if alert.status != AlertStatus.OPEN:
        raise Conflict(f"This alert is {alert.status}; it needs no acknowledgement.")
    alert.status = AlertStatus.ACKNOWLEDGED
    alert.acknowledged_at, alert.acknowledged_by_id = now, actor_id
    alert.version += 1
    events.add(alert, "acknowledged", "", now, actor_id)
    _replan(alert, Reason.ACKNOWLEDGED, patient, now)


def resolve(
    alert: Alert, patient: PatientFacts, actor_id: UUID, outcome: str, note: str, now: datetime
) -> None:
    """Close an alert with what was done; the same again changes nothing. Raises Conflict on another outcome."""
    if alert.status == AlertStatus.RESOLVED and alert.outcome == outcome:
        return
    if alert.status not in UNFINISHED:
        raise Conflict(f"This alert was {alert.status} before.", code="already_resolved")
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by_id = now, actor_id
    alert.status, alert.outcome, alert.resolution_note = AlertStatus.RESOLVED, outcome, note
    alert.resolved_at, alert.resolved_by_id = now, actor_id
    alert.snoozed_until = alert.snooze_reason = None
    alert.version += 1
    events.add(alert, "resolved", f"{outcome}: {note}" if note else outcome, now, actor_id)
    notices.cancel(alert.id, Reason.RESOLVED, now, patient.sync_seq)


def reopen(alert: Alert, patient: PatientFacts, actor_id: UUID, reason: str, now: datetime) -> None:
    """Open a resolved alert again for who answers for the patient now, and tell them; while open, nothing changes.

    Raises Conflict when it is not resolved, or when another one of its kind is unfinished meanwhile.
    """
    if alert.status in UNFINISHED and events.was_done(alert.id, REOPENED):
        return
    if alert.status != AlertStatus.RESOLVED:
        raise Conflict(f"This alert is {alert.status}; only a resolved one can be opened again.")
    newer = select(Alert.id).where(
        Alert.patient_id == alert.patient_id,
        Alert.episode_id == alert.episode_id,
        Alert.family == alert.family,
        Alert.status.in_(UNFINISHED),
    )
    if db.session.scalar(newer.limit(1)) is not None:
        raise Conflict("A newer alert about the same thing is unfinished; go on there.")
    alert.outcome = alert.resolution_note = alert.resolved_at = alert.resolved_by_id = None
    alert.settling = alert.historic = False
    # Whoever owned it while it was unfinished may only have covered, or the patient is another's by now.
    alert.owner_id = find_owner_id(patient, now)
    alert.version += 1
    events.add(alert, REOPENED, reason, now, actor_id)
    notices.renew(alert, now, patient.sync_seq)
    db.session.flush()


def assign(alert: Alert, patient: PatientFacts, therapist_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Give an unfinished alert to an active therapist of the clinic, who is told and has to take it on.

    The same again changes nothing. Raises Invalid for anybody else, Conflict when it is closed.
    """
    account = staff.find_therapist(alert.clinic_id, therapist_id)
    if account is None:
        raise Invalid(Fault("#/therapist_id", "unknown_value", "Name an active therapist of the clinic."))
    if alert.status not in UNFINISHED:
        raise Conflict(f"This alert is {alert.status}; only an unfinished one can be given to somebody.")
    if alert.owner_id == therapist_id:
        return
    alert.owner_id = therapist_id
    alert.version += 1
    events.add(alert, "assigned", f"Given to {account.display_name}.", now, actor_id)
    if therapist_id == actor_id:
        return
    if alert.status == AlertStatus.OPEN and alert.snoozed_until is None:
        notices.plan_assigned(alert, now)
    else:
        notices.renew(alert, now, patient.sync_seq)
    db.session.flush()


def pass_on(
    alert: Alert, patient: PatientFacts, to: Candidate, detail: str, now: datetime, actor_id: UUID | None
) -> bool:
    """Give an unfinished alert another owner, who is told while nobody acknowledged it; False if it is theirs."""
    owner_id = UUID(to.staff_id)
    if alert.owner_id == owner_id:
        return False
    alert.owner_id = owner_id
    alert.version += 1
    events.add(alert, "passed_on", detail, now, actor_id)
    if alert.status == AlertStatus.OPEN and alert.snoozed_until is None:
        notices.renew(alert, now, patient.sync_seq, afresh=True)
    db.session.flush()
    return True


def snooze(
    alert: Alert, patient: PatientFacts, actor_id: UUID, until: datetime, reason: str, now: datetime
) -> None:
    """Keep an alert quiet until then, unless it gets worse; the same again changes nothing.

    Raises Conflict for what must not wait or is closed, Invalid for an end in the past or too far ahead.
    """
    if alert.status not in UNFINISHED:
        raise Conflict(f"This alert is {alert.status}; it needs no snooze.")
    if alert.severity not in MAY_WAIT:
        raise Conflict(f"An alert of severity {alert.severity} cannot be put off; acknowledge it.")
    if (alert.snoozed_until, alert.snooze_reason) == (until, reason):
        return
    if not now < until <= now + LONGEST_SNOOZE:
        days = LONGEST_SNOOZE.days
        raise Invalid(
            Fault("#/until", "out_of_range", f"Must be later than now and at most {days} days ahead.")
        )
    alert.snoozed_until, alert.snooze_reason = until, reason
    alert.version += 1
    events.add(alert, "snoozed", f"Until {until:%Y-%m-%dT%H:%M:%SZ}: {reason}", now, actor_id)
    _replan(alert, Reason.SNOOZED, patient, now)


def end_snooze(alert: Alert, patient: PatientFacts, actor_id: UUID, now: datetime) -> None:
    """Take a snooze back; what nobody has taken on escalates again from now. Without a snooze nothing changes."""
    if alert.snoozed_until is None:
        return
    events.add(alert, "snooze_ended", alert.snooze_reason or "", now, actor_id)
    alert.version += 1
    if alert.status == AlertStatus.OPEN:
        # Who takes it back knows of it.
        notices.renew(alert, now, patient.sync_seq, unsaid=Reason.SNOOZE_ENDED)
    else:
        alert.snoozed_until = alert.snooze_reason = None
        _replan(alert, Reason.SNOOZE_ENDED, patient, now)
    db.session.flush()


def _replan(alert: Alert, reason: Reason, patient: PatientFacts, now: datetime) -> None:
    notices.cancel(alert.id, reason, now, patient.sync_seq)
    notices.plan_next(alert, now)
    db.session.flush()
