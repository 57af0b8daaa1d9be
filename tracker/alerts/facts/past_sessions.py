"""What was said after all sessions of a patient, and the alert about their course of treatment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select

from tracker.alerts import assessments
from tracker.alerts.facts.followed_session import COLUMNS, FollowedSession
from tracker.alerts.rules.baseline import READINGS
from tracker.alerts.rules.course_review import TreatedSession, look_back
from tracker.alerts.rules.facts import Answer
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.people.patients import PatientFacts
from tracker.sessions.models import TreatmentSession
from tracker.sessions.vocabulary import SessionStatus

# Convention: usual pain moves slowly, but what was said longer ago is no longer the pain before this session.
USUAL_PAIN_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class PastSession:
    """A session with its answers about soreness."""

    session: FollowedSession
    answers: list[Answer] = field(default_factory=list)


def review_course(patient: PatientFacts, now: datetime) -> None:
    """Let the alert about a patient's course of treatment follow all sessions until now."""
    past = list_past(patient.id, now)
    if not past:
        return
    said = _list_usual_pain(patient.id)
    course = [_look_back(one, said) for one in past]
    assessments.reassess_course(course, patient, now, past[-1].session.published.rule_set)


def list_visits(patient_id: UUID, until: datetime) -> list[tuple[UUID, TreatedSession]]:
    """Return the standing sessions of a patient until then with what each came to, oldest first."""
    said = _list_usual_pain(patient_id)
    return [(past.session.id, _look_back(past, said)) for past in list_past(patient_id, until)]


def list_past(patient_id: UUID, until: datetime) -> list[PastSession]:
    """Return the standing sessions of a patient that had ended by then, oldest first, with their answers."""
    found: dict[UUID, PastSession] = {}
    for row in db.session.connection().execute(_PAST, {"patient_id": patient_id, "until": until}):
        *columns, at, soreness = row
        session = FollowedSession(*columns)
        past = found.setdefault(session.id, PastSession(session))
        if soreness is not None:
            past.answers.append(Answer(at, soreness))
    return list(found.values())


def list_earlier_baselines(patient_id: UUID, before: datetime) -> list[int]:
    """Return the latest baselines that were asked before a session, oldest first."""
    found = db.session.connection().execute(_BASELINES, {"patient_id": patient_id, "before": before})
    return [row.baseline_soreness for row in found][::-1]


def _look_back(past: PastSession, said: Sequence[tuple[datetime, int]]) -> TreatedSession:
    session = past.session
    usual_pain = session.usual_pain
    if usual_pain is None:
        before = [pain for at, pain in said if timedelta() <= session.ended_at - at <= USUAL_PAIN_WITHIN]
        usual_pain = before[-1] if before else None
    return look_back(session.facts, past.answers, usual_pain)


def _list_usual_pain(patient_id: UUID) -> list[tuple[datetime, int]]:
    """Return when a patient said how strong their usual pain was, oldest first."""
    found = db.session.connection().execute(_USUAL_PAIN, {"patient_id": patient_id})
    return [(row.recorded_at, row.usual_pain) for row in found]


_PAST = (
    select(*COLUMNS, CheckIn.recorded_at, CheckIn.soreness)
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
