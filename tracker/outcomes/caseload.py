"""A therapist's caseload, the patient who needs them most first; the same few queries for any number of patients."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tracker.alerts import missed_checks
from tracker.alerts.models import Alert
from tracker.alerts.rules.facts import Answer
from tracker.alerts.rules.missed import CheckFacts, HeardState, heard_state
from tracker.alerts.vocabulary import UNFINISHED, AlertStatus, Severity
from tracker.appointments import service as appointments
from tracker.checkins.models import CheckIn
from tracker.checkins.rules.items import SideEffectSeverity
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.reach import find_obstacles
from tracker.delivery.vocabulary import Anchor
from tracker.outcomes.rules.triage import Trend, Triage, TriageFacts, trend, triage
from tracker.outcomes.rules.triage_words import explain
from tracker.people.models import Patient
from tracker.people.patients import visible_patients
from tracker.people.rules.access import Actor
from tracker.people.vocabulary import PatientStatus
from tracker.protocols.catalog import CHECK_24H, CHECK_48H
from tracker.protocols.soreness import is_settled
from tracker.protocols.tasks import StoredStatus
from tracker.sessions.models import PlanTask, TreatmentSession
from tracker.sessions.vocabulary import SessionStatus

# What is older says nothing about how the latest session goes.
LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CaseloadRow:
    """One patient as the therapist's list shows them; the reasons of the order are in the row."""

    patient: Any
    triage: Triage
    triage_explanation: str
    facts: TriageFacts
    open_alert_count: int
    highest_open_severity: str | None
    overdue_check_in_count: int
    soreness_trend: Trend
    last_session: TreatmentSession | None
    heard: HeardState
    latest: Any | None
    next_appointment: Any | None
    alerted_at: datetime | None  # when the newest unfinished alert was raised

    @property
    def place(self) -> tuple[str, UUID]:
        """Return where this row stands in the order, as text that sorts like it."""
        rank, acknowledged, waiting, answered = self.triage.rank_key
        key = f"{rank:02d}{acknowledged:d}{_sortable(waiting)}{_sortable(answered)}"
        return key, self.patient.id


@dataclass(frozen=True, slots=True)
class _Records:
    """Everything read for all patients of a caseload, by patient or session."""

    sessions: dict[UUID, TreatmentSession]
    check_ins: dict[UUID, list[Any]]
    alerts: dict[UUID, list[Any]]
    tasks: dict[UUID, dict[str, PlanTask]]
    prompts: dict[UUID, list[Any]]
    next_appointments: dict[UUID, Any]
    unreachable: Collection[UUID]


def list_caseload(actor: Actor, channels: Collection[str], now: datetime) -> list[CaseloadRow]:
    """Return the caller's patients on a server with these channels, the one who needs them most first."""
    statement = select(Patient.id, Patient.display_name).where(
        Patient.id.in_(visible_patients(actor)), Patient.status != PatientStatus.ARCHIVED
    )
    patients = db.session.execute(statement).all()
    records = _read([patient.id for patient in patients], channels, now)
    rows = [_row(patient, records, now) for patient in patients]
    return sorted(rows, key=lambda row: row.place)


def rows_after(
    rows: Sequence[CaseloadRow], place: tuple[str, UUID], started_at: datetime
) -> list[CaseloadRow]:
    """Return what follows a place in the order, after what rose above it since the first page was read.

    The order moves while somebody pages: a patient who becomes an emergency meanwhile must not be passed over.
    """
    risen = [row for row in rows if row.place <= place and row.alerted_at and row.alerted_at > started_at]
    return risen + [row for row in rows if row.place > place]


def _sortable(seconds: float) -> str:
    return f"{max(seconds, 0):020.6f}"


def _read(patient_ids: Sequence[UUID], channels: Collection[str], now: datetime) -> _Records:
    since = now - LOOK_BACK
    sessions = {
        session.patient_id: session
        for session in db.session.scalars(
            select(TreatmentSession)
            .where(
                TreatmentSession.patient_id.in_(patient_ids),
                TreatmentSession.status == SessionStatus.COMPLETED,
                TreatmentSession.ended_at > since,
            )
            .order_by(TreatmentSession.ended_at)
        )
    }
    session_ids = [session.id for session in sessions.values()]
    tasks: dict[UUID, dict[str, PlanTask]] = defaultdict(dict)
    for task in db.session.scalars(select(PlanTask).where(PlanTask.session_id.in_(session_ids))):
        tasks[task.session_id][task.key] = task
    return _Records(
        sessions,
        _group(_CHECK_INS.where(CheckIn.patient_id.in_(patient_ids), CheckIn.recorded_at > since)),
        _group(_ALERTS.where(Alert.patient_id.in_(patient_ids), Alert.status.in_(UNFINISHED))),
        tasks,
        _group(_PROMPTS.where(Dispatch.anchor_id.in_(session_ids)).order_by(Dispatch.due_at)),
        appointments.find_next_of(patient_ids, now),
        find_obstacles(patient_ids, channels, now),
    )


_CHECK_INS = (
    select(
        CheckIn.patient_id,
        CheckIn.session_id,
        CheckIn.recorded_at,
        CheckIn.soreness,
        CheckIn.stiffness,
        CheckIn.course_position,
        CheckIn.side_effects,
        (CheckIn.red_flags.is_not(None)).label("red_flags_answered"),
    )
    .where(CheckIn.deleted_at.is_(None))
    .order_by(CheckIn.recorded_at, CheckIn.id)
)
_ALERTS = select(
    Alert.patient_id, Alert.severity, Alert.status, Alert.raised_at, Alert.settling, Alert.snoozed_until
)
_PROMPTS = select(Dispatch.anchor_id, Dispatch.step_key, missed_checks.PROMPT_STATE).where(
    Dispatch.anchor_kind == Anchor.SESSION, Dispatch.step_key.in_([CHECK_24H.key, CHECK_48H.key])
)


def _group(statement: Any) -> dict[UUID, list[Any]]:
    grouped: dict[UUID, list[Any]] = defaultdict(list)
    for row in db.session.execute(statement):
        grouped[row[0]].append(row)
    return grouped


def _row(patient: Any, records: _Records, now: datetime) -> CaseloadRow:
    session = records.sessions.get(patient.id)
    check_ins = records.check_ins.get(patient.id, [])
    open_alerts = records.alerts.get(patient.id, [])
    tasks = records.tasks.get(session.id, {}) if session else {}
    answers = [
        Answer(row.recorded_at, row.soreness, row.stiffness)
        for row in check_ins
        if session and row.session_id == session.id and row.soreness is not None
    ]
    unreachable = patient.id in records.unreachable
    heard = _heard(session, tasks, records, check_ins, unreachable, now) if session else HeardState.HEARD
    severities = [Severity(alert.severity) for alert in open_alerts]
    next_appointment = records.next_appointments.get(patient.id)
    facts = replace(
        _facts(session, answers, open_alerts, heard, unreachable),
        alert_snoozed=any(alert.snoozed_until is not None for alert in open_alerts),
        has_disclosed=bool(next_appointment and (next_appointment.medicines or next_appointment.conditions)),
        **_marks(session, check_ins),
    )
    ranked = triage(facts)
    return CaseloadRow(
        patient=patient,
        triage=ranked,
        triage_explanation=explain(facts, ranked.reasons),
        facts=facts,
        open_alert_count=len(open_alerts),
        highest_open_severity=min(severities, key=lambda severity: severity.rank) if severities else None,
        overdue_check_in_count=sum(_is_overdue(task, now) for task in tasks.values()),
        soreness_trend=trend(answers),
        last_session=session,
        heard=heard,
        latest=check_ins[-1] if check_ins else None,
        next_appointment=next_appointment,
        alerted_at=max((alert.raised_at for alert in open_alerts), default=None),
    )


def _marks(session: TreatmentSession | None, check_ins: Sequence[Any]) -> dict[str, Any]:
    """Return what was said since the latest session that a row shows without ranking by it."""
    since = [row for row in check_ins if session and row.session_id == session.id]
    positions = [row.course_position for row in since if row.soreness is not None]
    severe = any(
        effect["severity"] == SideEffectSeverity.SEVERE for row in since for effect in row.side_effects
    )
    return {"course_position": positions[-1] if positions else None, "severe_side_effect": severe}


def _heard(
    session: TreatmentSession,
    tasks: dict[str, PlanTask],
    records: _Records,
    check_ins: Sequence[Any],
    unreachable: bool,
    now: datetime,
) -> HeardState:
    prompts = records.prompts.get(session.id, [])
    states = {
        key: [prompt.state for prompt in prompts if prompt.step_key == key]
        for key in (CHECK_24H.key, CHECK_48H.key)
    }
    answered = any(
        row.session_id == session.id and row.soreness is not None and row.red_flags_answered
        for row in check_ins
    )
    checks = CheckFacts(
        missed_checks.outcome_of(tasks.get(CHECK_24H.key), states[CHECK_24H.key], now),
        missed_checks.outcome_of(tasks.get(CHECK_48H.key), states[CHECK_48H.key], now),
        other_answered=answered,
    )
    return heard_state(missed_checks.session_facts(session), checks, not unreachable, now)


def _facts(
    session: TreatmentSession | None,
    answers: Sequence[Answer],
    open_alerts: Sequence[Any],
    heard: HeardState,
    unreachable: bool,
) -> TriageFacts:
    ranked = sorted(open_alerts, key=lambda alert: Severity(alert.severity).rank)
    highest = Severity(ranked[0].severity) if ranked else None
    waiting = [
        alert.raised_at for alert in ranked if alert.severity == highest and alert.status == AlertStatus.OPEN
    ]
    last = answers[-1] if answers else None
    return TriageFacts(
        has_session=session is not None,
        highest_severity=highest,
        oldest_unacknowledged_at=min(waiting, default=None),
        heard=heard,
        cannot_be_reminded=unreachable,
        alert_settling=any(alert.settling for alert in open_alerts),
        last_answer_at=last.at if last else None,
        last_answer_settled=is_settled(last.soreness, session.baseline_soreness)
        if last and session
        else None,
    )


def _is_overdue(task: PlanTask, now: datetime) -> bool:
    due = task.due_at is not None and task.due_at <= now < task.closes_at
    return due and task.status == StoredStatus.OPEN
