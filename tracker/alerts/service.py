"""Alerts as evidence moves them: raised, refreshed, quietened and closed; what people do stands in handling."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, select

from tracker import ids
from tracker.alerts import events, notices
from tracker.alerts.models import Alert
from tracker.alerts.owners import find_owner_id
from tracker.alerts.rules import lifecycle
from tracker.alerts.rules.facts import Finding, score_of
from tracker.alerts.vocabulary import RULE_SET_VERSION, UNFINISHED, AlertStatus, Rule, Severity
from tracker.db import db
from tracker.errors import NotFound
from tracker.people.patients import PatientFacts

OWN_WORDS = ("note", "callback_phone")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a finding comes from: whose, which session, which row, and when it became known."""

    patient: PatientFacts
    session_id: UUID | None
    now: datetime
    check_in_id: UUID | None = None
    red_flag_report_id: UUID | None = None
    contact_request_id: UUID | None = None

    @property
    def episode_id(self) -> UUID:
        """Return what the family is counted in: the session, or the patient where there is none."""
        return self.session_id or self.patient.id


def follow(
    family: str, evidence: Evidence, decide: Callable[[lifecycle.ExistingAlert | None], lifecycle.Transition]
) -> Alert | None:
    """Let the alert of a family follow a decision; return it when it says something new to the therapist."""
    latest = find_latest(evidence, family)
    return _apply(decide(_existing(latest)), latest, evidence)


def list_patients_of_owner(owner_id: UUID) -> Sequence[UUID]:
    """Return whose unfinished alerts somebody owns."""
    statement = select(Alert.patient_id).where(Alert.owner_id == owner_id, Alert.status.in_(UNFINISHED))
    return db.session.scalars(statement.distinct()).all()


def find_alert(alert_id: UUID) -> Alert | None:
    """Return an alert, read anew, or None."""
    return db.session.get(Alert, alert_id, populate_existing=True)


def find_latest(evidence: Evidence, family: str) -> Alert | None:
    """Return the unfinished alert of a family, or else the latest closed one."""
    unfinished_first = case((Alert.status.in_(UNFINISHED), 0), else_=1)
    statement = (
        select(Alert)
        .where(
            Alert.patient_id == evidence.patient.id,
            Alert.episode_id == evidence.episode_id,
            Alert.family == family,
        )
        .order_by(unfinished_first, Alert.raised_at.desc(), Alert.id.desc())
        .limit(1)
    )
    return db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def get_alert_of(patient_id: UUID, alert_id: UUID) -> Alert:
    """Return an alert of this patient, read anew and locked; raises NotFound."""
    statement = select(Alert).where(Alert.id == alert_id, Alert.patient_id == patient_id)
    alert = db.session.scalars(
        statement.with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if alert is None:
        raise NotFound
    return alert


def list_unfinished(patient_id: UUID) -> Sequence[Alert]:
    """Return the open and acknowledged alerts of a patient."""
    statement = select(Alert).where(Alert.patient_id == patient_id, Alert.status.in_(UNFINISHED))
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def _existing(row: Alert | None) -> lifecycle.ExistingAlert | None:
    if row is None:
        return None
    return lifecycle.ExistingAlert(
        status=AlertStatus(row.status),
        rule=Rule(row.rule),
        evidence_at=row.effective_at,
        soreness=score_of(row.inputs),
        check_in_id=str(row.check_in_id) if row.check_in_id else None,
        settling=row.settling,
        severity=Severity(row.severity),
        historic=row.historic,
        snoozed=row.snoozed_until is not None,
        lowest_since_told=row.inputs.get("lowest_since_told"),
        told=row.inputs.get("told", {}),
    )


def _apply(transition: lifecycle.Transition, alert: Alert | None, evidence: Evidence) -> Alert | None:
    """Carry out what was decided about an alert; return it when it says something new to the therapist."""
    if isinstance(transition, lifecycle.Raise):
        return _raise(transition, evidence)
    if alert is None or isinstance(transition, lifecycle.Nothing):
        return None
    now, patient = evidence.now, evidence.patient
    match transition:
        case lifecycle.Refresh(finding, notify):
            _show(alert, finding, evidence)
            events.add(alert, "repeated" if notify else "refreshed", finding.reason, now)
            if notify:
                notices.renew(alert, now, patient.sync_seq)
            return alert
        case lifecycle.Reopen(finding, notify):
            _show(alert, finding, evidence)
            events.add(alert, "reopened", finding.reason, now)
            notices.renew(alert, now, patient.sync_seq, unsaid=None if notify else "can_wait")
            return alert
        case lifecycle.MarkSettling(settling, note):
            alert.settling = settling
            alert.version += 1
            events.add(alert, "settling" if settling else "not_settling", note, now)
            if not settling and alert.status == AlertStatus.OPEN:
                # Its messages may have ended while it was quiet.
                notices.renew(alert, now, patient.sync_seq)
        case lifecycle.Resolve(note):
            close(alert, AlertStatus.RESOLVED, note, now, patient)
        case lifecycle.Withdraw(note):
            close(alert, AlertStatus.WITHDRAWN, note, now, patient)
    return None


def _raise(decision: lifecycle.Raise, evidence: Evidence) -> Alert:
    finding, now = decision.finding, evidence.now
    late = int((now - finding.at).total_seconds() // 60)
    alert = Alert(
        id=ids.new_id(),
        clinic_id=evidence.patient.clinic_id,
        patient_id=evidence.patient.id,
        session_id=evidence.session_id,
        episode_id=evidence.episode_id,
        check_in_id=_cause(finding, evidence),
        red_flag_report_id=evidence.red_flag_report_id,
        contact_request_id=evidence.contact_request_id,
        rule=finding.rule,
        rule_version=_version_of(finding),
        family=finding.family,
        severity=finding.severity,
        status=AlertStatus.RESOLVED if decision.historic else AlertStatus.OPEN,
        historic=decision.historic,
        raised_at=now,
        effective_at=finding.at,
        late_by_minutes=late if late >= 1 else None,
        reason=finding.reason,
        inputs=finding.inputs,
        owner_id=find_owner_id(evidence.patient, now),
        round=1,
        version=1,
    )
    db.session.add(alert)
    db.session.flush()
    events.add(alert, "historic" if decision.historic else "raised", finding.reason, now)
    if not decision.historic:
        # The cap keeps rules from crying; a patient who asks for somebody was promised an answer.
        asked = finding.rule is Rule.CONTACT_REQUEST
        pushed_at = None if asked else notices.find_last_push(evidence.patient.id, Severity.ATTENTION)
        may_push = lifecycle.may_push(finding.severity, pushed_at, now)
        notices.plan(alert, now, unsaid=None if may_push else "push_cap")
    return alert


def _version_of(finding: Finding) -> str:
    """Return the rule set that decided: the clinic's, where one did."""
    return str(finding.inputs.get("rule_set", RULE_SET_VERSION))


def _cause(finding: Finding, evidence: Evidence) -> UUID | None:
    """Return the check-in that a finding rests on: the newest of its evidence, or the one just written."""
    causes = finding.inputs.get("check_in_ids")
    return UUID(str(causes[0])) if isinstance(causes, list) and causes else evidence.check_in_id


def _show(alert: Alert, finding: Finding, evidence: Evidence) -> None:
    """Put the newest reason on top."""
    alert.rule, alert.severity = finding.rule, finding.severity
    alert.rule_version = _version_of(finding)
    # What the patient wrote, and where to call them, holds until they say something else.
    kept = {name: alert.inputs[name] for name in OWN_WORDS if name in alert.inputs}
    alert.reason, alert.inputs, alert.effective_at = finding.reason, kept | finding.inputs, finding.at
    alert.check_in_id = _cause(finding, evidence)
    alert.red_flag_report_id = evidence.red_flag_report_id or alert.red_flag_report_id
    alert.contact_request_id = evidence.contact_request_id or alert.contact_request_id
    alert.settling = False
    alert.version += 1


def close(alert: Alert, status: AlertStatus, reason: str, now: datetime, patient: PatientFacts) -> None:
    """Close an alert for a reason that stays readable, and cancel its messages."""
    alert.status, alert.resolved_at = status, now
    alert.snoozed_until = alert.snooze_reason = None
    alert.version += 1
    events.add(alert, status.value, reason, now)
    notices.cancel(alert.id, status.value, now, patient.sync_seq)
    notices.plan_closed(alert, now)
