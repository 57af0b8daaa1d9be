"""How useful a clinic's alerts were: one statement per block, however many patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select

from tracker.alerts.models import Alert
from tracker.alerts.rules.usefulness import FOLLOWED, CountedAlert, Usefulness, count_patient_days, judge
from tracker.alerts.vocabulary import UNFINISHED
from tracker.clinics import service as clinics
from tracker.db import rows
from tracker.people.models import Account, Patient
from tracker.sessions.models import TreatmentSession
from tracker.sessions.vocabulary import SessionStatus


@dataclass(frozen=True, slots=True)
class Load:
    """How many alerts of the period one therapist owns, and how many of them are unfinished."""

    therapist_id: UUID
    display_name: str
    alert_count: int
    unfinished_count: int


@dataclass(frozen=True, slots=True)
class Report:
    """The alerts of a clinic in a period."""

    rules: Sequence[Usefulness]
    loads: Sequence[Load]
    alert_count: int
    patient_days: float


def report(clinic_id: UUID, start: datetime, end: datetime) -> Report:
    """Count the alerts raised from `start` up to `end`; historic ones, told to nobody, are left out."""
    raised = (
        Alert.clinic_id == clinic_id, Alert.raised_at >= start, Alert.raised_at < end, Alert.historic.is_(False),
    )  # fmt: skip
    columns = (Alert.rule, Alert.raised_at, Alert.acknowledged_at, Alert.outcome)
    alerts = [CountedAlert(*row) for row in rows(select(*columns).where(*raised))]
    unfinished = func.sum(case((Alert.status.in_(UNFINISHED), 1), else_=0))
    loads = (
        select(Alert.owner_id, Account.display_name, func.count(), unfinished)
        .join(Account, Account.id == Alert.owner_id)
        .where(*raised)
        .group_by(Alert.owner_id, Account.display_name)
        .order_by(func.count().desc(), Account.display_name)
    )
    followed = (
        select(TreatmentSession.patient_id, TreatmentSession.ended_at)
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .where(
            Patient.clinic_id == clinic_id,
            TreatmentSession.status == SessionStatus.COMPLETED,
            TreatmentSession.ended_at > start - FOLLOWED,
            TreatmentSession.ended_at < end,
        )
    )
    hours = clinics.hours_of(clinics.get_clinic(clinic_id))
    return Report(
        rules=[judge(rule, alerts, hours) for rule in sorted({alert.rule for alert in alerts})],
        loads=[Load(*row) for row in rows(loads)],
        alert_count=len(alerts),
        patient_days=count_patient_days(rows(followed), start, end),
    )
