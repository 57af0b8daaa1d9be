"""What was said after one session, and after all sessions of a patient, as the alert rules take it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select

from tracker.alerts import assessments
from tracker.alerts.protocol_in_force import rule_set_of
from tracker.alerts.rules.alcohol import alcohol_in_window
from tracker.alerts.rules.baseline import READINGS, estimate_baseline, steady_baseline
from tracker.alerts.rules.course_review import TreatedSession, look_back
from tracker.alerts.rules.facts import Answer, SessionFacts, Stiffness
from tracker.alerts.rules.facts import SessionAnswers as SessionAnswers
from tracker.checkins import service as checkins
from tracker.checkins.models import CheckIn
from tracker.checkins.service import GivenAnswer
from tracker.checkins.vocabulary import Alcohol
from tracker.db import db
from tracker.people.patients import PatientFacts
from tracker.sessions.models import TreatmentSession
from tracker.sessions.vocabulary import SessionStatus

# Convention: usual pain moves slowly, but what was said longer ago is no longer the pain before this session.
USUAL_PAIN_WITHIN = timedelta(days=14)


@dataclass(slots=True)
class _Past:
    """A session with its answers about soreness."""

    id: UUID
    facts: SessionFacts
    usual_pain: int | None
    clinic_protocol_id: UUID | None
    answers: list[Answer] = field(default_factory=list)


def read_session_answers(
    patient_id: UUID, session_id: UUID, facts: SessionFacts, also: GivenAnswer | None = None
) -> SessionAnswers:
    """Return what was said after a session; `also` is not stored yet, or stands for what is stored of it.

    The baseline is steadied by those of the sessions before; where nobody asked for one, what earlier sessions
    settled at stands for it.
    """
    given = [
        answer
        for answer in checkins.list_answers(session_id)
        if also is None or answer.check_in_id != also.check_in_id
    ]
    if also is not None:
        given.append(also)
    drank = [answer.recorded_at for answer in given if answer.alcohol == Alcohol.YES]
    facts = replace(facts, alcohol_at=alcohol_in_window(drank, facts.ended_at))
    if facts.baseline_soreness is None:
        estimated = estimate_baseline(
            (past.facts, past.answers)
            for past in _list_past(patient_id, facts.ended_at)
            if past.id != session_id
        )
        facts = replace(facts, baseline_soreness=estimated, baseline_estimated=estimated is not None)
    else:
        facts = steady_baseline(facts, _list_earlier_baselines(patient_id, facts.ended_at))
    return SessionAnswers(facts, _soreness(given), _stiffness(given))


def review_course(patient: PatientFacts, now: datetime) -> None:
    """Let the alert about a patient's course of treatment follow all sessions until now."""
    past = _list_past(patient.id, now)
    if not past:
        return
    said = _list_usual_pain(patient.id)
    course = [_look_back(one, said) for one in past]
    assessments.reassess_course(course, patient, now, rule_set_of(past[-1]))


def list_visits(patient_id: UUID, until: datetime) -> list[tuple[UUID, TreatedSession]]:
    """Return the standing sessions of a patient until then with what each came to, oldest first."""
    said = _list_usual_pain(patient_id)
    return [(past.id, _look_back(past, said)) for past in _list_past(patient_id, until)]


def _look_back(past: _Past, said: Sequence[tuple[datetime, int]]) -> TreatedSession:
    usual_pain = past.usual_pain
    if usual_pain is None:
        before = [pain for at, pain in said if timedelta() <= past.facts.ended_at - at <= USUAL_PAIN_WITHIN]
        usual_pain = before[-1] if before else None
    return look_back(past.facts, past.answers, usual_pain)


def _soreness(given: Sequence[GivenAnswer]) -> list[Answer]:
    return [
        Answer(answer.recorded_at, answer.soreness, answer.stiffness, str(answer.check_in_id))
        for answer in given
        if answer.soreness is not None
    ]


def _stiffness(given: Sequence[GivenAnswer]) -> list[Stiffness]:
    return [
        Stiffness(answer.recorded_at, answer.stiffness, str(answer.check_in_id))
        for answer in given
        if answer.stiffness is not None
    ]


def _list_past(patient_id: UUID, until: datetime) -> list[_Past]:
    """Return the standing sessions of a patient that had ended by then, oldest first, with their answers."""
    found: dict[UUID, _Past] = {}
    for row in db.session.connection().execute(_PAST, {"patient_id": patient_id, "until": until}):
        facts = SessionFacts(row.ended_at, row.baseline_soreness)
        past = found.setdefault(row.id, _Past(row.id, facts, row.usual_pain, row.clinic_protocol_id))
        if row.soreness is not None:
            past.answers.append(Answer(row.recorded_at, row.soreness))
    return list(found.values())


def _list_earlier_baselines(patient_id: UUID, before: datetime) -> list[int]:
    """Return the latest baselines that were asked before a session, oldest first."""
    found = db.session.connection().execute(_BASELINES, {"patient_id": patient_id, "before": before})
    return [row.baseline_soreness for row in found][::-1]


def _list_usual_pain(patient_id: UUID) -> list[tuple[datetime, int]]:
    """Return when a patient said how strong their usual pain was, oldest first."""
    found = db.session.connection().execute(_USUAL_PAIN, {"patient_id": patient_id})
    return [(row.recorded_at, row.usual_pain) for row in found]


_PAST = (
    select(
        TreatmentSession.id,
        TreatmentSession.ended_at,
        TreatmentSession.baseline_soreness,
        TreatmentSession.usual_pain,
        TreatmentSession.clinic_protocol_id,
        CheckIn.recorded_at,
        CheckIn.soreness,
    )
    .outerjoin(
        CheckIn,
        (CheckIn.session_id == TreatmentSession.id)
        & CheckIn.soreness.is_not(None)
        & CheckIn.deleted_at.is_(None),
    )
    .where(
        TreatmentSession.patient_id == bindparam("patient_id"),
        TreatmentSession.ended_at <= bindparam("until", type_=TreatmentSession.ended_at.type),
        TreatmentSession.status == SessionStatus.COMPLETED,
    )
    .order_by(TreatmentSession.ended_at, TreatmentSession.id, CheckIn.recorded_at, CheckIn.id)
)
_BASELINES = (
    select(TreatmentSession.baseline_soreness)
    .where(
        TreatmentSession.patient_id == bindparam("patient_id"),
        TreatmentSession.ended_at < bindparam("before", type_=TreatmentSession.ended_at.type),
        TreatmentSession.baseline_soreness.is_not(None),
        TreatmentSession.status == SessionStatus.COMPLETED,
    )
    .order_by(TreatmentSession.ended_at.desc(), TreatmentSession.id.desc())
    .limit(READINGS - 1)
)
_USUAL_PAIN = (
    select(CheckIn.recorded_at, CheckIn.usual_pain)
    .where(
        CheckIn.patient_id == bindparam("patient_id"),
        CheckIn.usual_pain.is_not(None),
        CheckIn.deleted_at.is_(None),
    )
    .order_by(CheckIn.recorded_at, CheckIn.id)
)
