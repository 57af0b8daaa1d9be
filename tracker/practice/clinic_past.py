"""A clinic's own past as the replay takes it: its sessions, what was said after them, what was raised and done."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tracker.alerts.models import Alert
from tracker.alerts.rules.baseline import estimate_baseline
from tracker.alerts.rules.facts import Answer
from tracker.alerts.vocabulary import AlertStatus
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.replay.comparison import COMPARED_FAMILIES, ComparedSession, RaisedAlert
from tracker.replay.recorded import FOLLOW_HOURS, RecordedLog, RecordedSession
from tracker.replay.replay import facts_of
from tracker.sessions.models import TreatmentSession
from tracker.sessions.vocabulary import SessionStatus


def list_past(clinic_id: UUID, since: datetime, until: datetime) -> list[ComparedSession]:
    """Return the standing sessions of a clinic that ended in a span, oldest first; reads only, in three statements.

    Alerts that were stored as historic notified nobody, and withdrawn ones lost their cause: both are left out.
    """
    patients = select(TreatmentSession.patient_id).where(*_ended_in(clinic_id, since, until))
    treated = _list_sessions(clinic_id, patients, until)
    logs, raised = _list_logs(patients), _list_raised(clinic_id, patients)
    earlier: dict[UUID, list[RecordedSession]] = defaultdict(list)
    found = []
    for row in treated:
        recorded = _recorded(row, logs[row.id], earlier[row.patient_id], until)
        if row.ended_at >= since:
            found.append(
                ComparedSession(_with_baseline(recorded, earlier[row.patient_id]), tuple(raised[row.id]))
            )
        earlier[row.patient_id].append(recorded)
    return found


def _with_baseline(session: RecordedSession, earlier: Sequence[RecordedSession]) -> RecordedSession:
    """Where nobody asked for a baseline, put what earlier sessions settled at, as the service does."""
    if session.baseline_soreness is not None:
        return session
    estimated = estimate_baseline((facts_of(one), _answers(one)) for one in earlier)
    return replace(session, baseline_soreness=estimated, earlier_baselines=())


def _answers(session: RecordedSession) -> list[Answer]:
    return [Answer(log.at, log.soreness) for log in session.logs if log.soreness is not None]


def _recorded(
    row: Any, logs: Sequence[RecordedLog], earlier: Sequence[RecordedSession], until: datetime
) -> RecordedSession:
    followed = (until - row.ended_at) / timedelta(hours=1)
    return RecordedSession(
        id=str(row.id),
        ended_at=row.ended_at,
        logs=tuple(logs),
        regions=tuple(area["region"] for area in row.body_areas),
        baseline_soreness=row.baseline_soreness,
        baseline_stiffness=row.baseline_stiffness,
        follow_hours=min(followed, FOLLOW_HOURS),
        patient=str(row.patient_id),
        earlier_baselines=tuple(
            one.baseline_soreness for one in earlier if one.baseline_soreness is not None
        ),
    )


def _ended_in(clinic_id: UUID, since: datetime, until: datetime) -> tuple[Any, ...]:
    return (
        TreatmentSession.clinic_id == clinic_id,
        TreatmentSession.status == SessionStatus.COMPLETED,
        TreatmentSession.ended_at >= since,
        TreatmentSession.ended_at <= until,
    )


def _list_sessions(clinic_id: UUID, patients: Any, until: datetime) -> Sequence[Any]:
    statement = (
        select(
            TreatmentSession.id,
            TreatmentSession.patient_id,
            TreatmentSession.ended_at,
            TreatmentSession.body_areas,
            TreatmentSession.baseline_soreness,
            TreatmentSession.baseline_stiffness,
        )
        .where(
            TreatmentSession.clinic_id == clinic_id,
            TreatmentSession.status == SessionStatus.COMPLETED,
            TreatmentSession.ended_at <= until,
            TreatmentSession.patient_id.in_(patients),
        )
        .order_by(TreatmentSession.ended_at, TreatmentSession.id)
    )
    return db.session.execute(statement).all()


def _list_logs(patients: Any) -> dict[UUID, list[RecordedLog]]:
    statement = (
        select(
            CheckIn.session_id, CheckIn.recorded_at, CheckIn.soreness, CheckIn.stiffness, CheckIn.red_flags
        )
        .where(
            CheckIn.patient_id.in_(patients), CheckIn.session_id.is_not(None), CheckIn.deleted_at.is_(None)
        )
        .order_by(CheckIn.recorded_at, CheckIn.id)
    )
    found: dict[UUID, list[RecordedLog]] = defaultdict(list)
    rows: Any = db.session.execute(statement)
    for session_id, at, soreness, stiffness, red_flags in rows:
        found[session_id].append(RecordedLog(at, soreness, stiffness, tuple(red_flags or ())))
    return found


def _list_raised(clinic_id: UUID, patients: Any) -> dict[UUID, list[RaisedAlert]]:
    statement = (
        select(Alert.session_id, Alert.rule, Alert.family, Alert.raised_at, Alert.outcome)
        .where(
            Alert.clinic_id == clinic_id,
            Alert.patient_id.in_(patients),
            Alert.session_id.is_not(None),
            Alert.family.in_(COMPARED_FAMILIES),
            Alert.historic.is_(False),
            Alert.status != AlertStatus.WITHDRAWN,
        )
        .order_by(Alert.raised_at, Alert.id)
    )
    found: dict[UUID, list[RaisedAlert]] = defaultdict(list)
    rows: Any = db.session.execute(statement)
    for row in rows:
        found[row.session_id].append(RaisedAlert(row.rule, row.family, row.raised_at, row.outcome))
    return found
