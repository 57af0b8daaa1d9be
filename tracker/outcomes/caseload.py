"""A therapist's caseload, the patient who needs them most first; the reasons of the order are in the row."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tracker.alerts.facts.check_outcomes import check_facts_of
from tracker.alerts.facts.followed_session import followed
from tracker.alerts.rules.facts import Answer
from tracker.alerts.rules.missed import HeardState, heard_state
from tracker.alerts.vocabulary import AlertStatus, Severity
from tracker.appointments.service import NextAppointment
from tracker.checkins.rules.items import SideEffectSeverity
from tracker.outcomes.caseload_records import ListedCheckIn, ListedPatient, PatientRecords, read_records
from tracker.outcomes.rules.triage import Trend, Triage, TriageFacts, trend, triage
from tracker.outcomes.rules.triage_words import explain
from tracker.people.rules.access import Actor
from tracker.protocols.soreness import is_settled
from tracker.sessions.models import TreatmentSession


@dataclass(frozen=True, slots=True)
class CaseloadRow:
    """One patient as the therapist's list shows them; the reasons of the order are in the row."""

    patient: ListedPatient
    triage: Triage
    triage_explanation: str
    facts: TriageFacts
    open_alert_count: int
    highest_open_severity: str | None
    overdue_check_in_count: int
    soreness_trend: Trend
    last_session: TreatmentSession | None
    heard: HeardState
    latest: ListedCheckIn | None
    next_appointment: NextAppointment | None
    alerted_at: datetime | None  # when the newest unfinished alert was raised

    @property
    def place(self) -> tuple[str, UUID]:
        """Return where this row stands in the order, as text that sorts like it."""
        rank, acknowledged, waiting, answered = self.triage.rank_key
        key = f"{rank:02d}{acknowledged:d}{_sortable(waiting)}{_sortable(answered)}"
        return key, self.patient.id


def list_caseload(actor: Actor, channels: Collection[str], now: datetime) -> list[CaseloadRow]:
    """Return the caller's patients on a server with these channels, the one who needs them most first."""
    rows = [_row(records, now) for records in read_records(actor, channels, now)]
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


def _row(records: PatientRecords, now: datetime) -> CaseloadRow:
    session, visit = records.session, records.next_appointment
    since = [row for row in records.check_ins if session and row.session_id == session.id]
    answers = [
        Answer(row.recorded_at, row.soreness, row.stiffness) for row in since if row.soreness is not None
    ]
    heard = _heard(session, records, since, now) if session else HeardState.HEARD
    severities = [Severity(alert.severity) for alert in records.alerts]
    facts = replace(
        _facts(records, answers, heard),
        alert_snoozed=any(alert.snoozed_until is not None for alert in records.alerts),
        has_disclosed=bool(visit and (visit.medicines or visit.conditions)),
        course_position=next(
            (row.course_position for row in reversed(since) if row.soreness is not None), None
        ),
        severe_side_effect=any(_is_severe(row) for row in since),
    )
    ranked = triage(facts)
    by_key = {task.key: task for task in records.tasks}  # of a daily one the last
    return CaseloadRow(
        patient=records.patient,
        triage=ranked,
        triage_explanation=explain(facts, ranked.reasons),
        facts=facts,
        open_alert_count=len(records.alerts),
        highest_open_severity=min(severities, key=lambda severity: severity.rank, default=None),
        overdue_check_in_count=sum(task.is_overdue(now) for task in by_key.values()),
        soreness_trend=trend(answers),
        last_session=session,
        heard=heard,
        latest=records.check_ins[-1] if records.check_ins else None,
        next_appointment=visit,
        alerted_at=max((alert.raised_at for alert in records.alerts), default=None),
    )


def _is_severe(row: ListedCheckIn) -> bool:
    return any(effect["severity"] == SideEffectSeverity.SEVERE for effect in row.side_effects)


def _heard(
    session: TreatmentSession, records: PatientRecords, since: Sequence[ListedCheckIn], now: datetime
) -> HeardState:
    answered = any(row.answers_checks for row in since)
    checks = check_facts_of(records.tasks, records.prompts, answered, now)
    return heard_state(followed(session).facts, checks, not records.unreachable, now)


def _facts(records: PatientRecords, answers: Sequence[Answer], heard: HeardState) -> TriageFacts:
    session = records.session
    ranked = sorted(records.alerts, key=lambda alert: Severity(alert.severity).rank)
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
        cannot_be_reminded=records.unreachable,
        alert_settling=any(alert.settling for alert in records.alerts),
        last_answer_at=last.at if last else None,
        last_answer_settled=is_settled(last.soreness, session.baseline_soreness)
        if last and session
        else None,
    )
