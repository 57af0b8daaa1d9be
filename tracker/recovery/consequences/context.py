"""What a check-in needs to know of its patient, read in one statement: each further trip would cost as much again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select

from tracker.alerts.facts.followed_session import COLUMNS, FollowedSession
from tracker.alerts.models import Alert
from tracker.audit.models import AuditEvent
from tracker.checkins.models import CheckIn
from tracker.clinics.models import Clinic
from tracker.clinics.service import FACTS, ClinicFacts
from tracker.db import db
from tracker.people.patients import PatientFacts
from tracker.protocols.tasks import StoredStatus
from tracker.reminders.second_answers import is_asking
from tracker.sessions.models import PlanTask, TreatmentSession
from tracker.sessions.service import LATEST


@dataclass(frozen=True, slots=True)
class CheckInContext:
    """What stands around a check-in once its patient is locked."""

    known: tuple[UUID, bytes] | None  # id and body hash of what this key created before
    session: FollowedSession | None  # the one that was named, else the latest that had ended
    clinic: ClinicFacts
    last_entry: tuple[int, bytes] | None  # position and hash of the newest row of the patient's trail
    has_open_checks: bool  # something asked of the patient waits for an answer at this moment
    has_alerts: bool  # about this session, closed ones too
    is_asking_again: bool  # a second question is still to leave


def read_context(
    patient: PatientFacts, account_id: UUID, key: str, session_id: UUID | None, at: datetime
) -> CheckInContext:
    """Return what stands around a check-in of a locked patient that was felt at this instant."""
    given = {
        "clinic_id": patient.clinic_id,
        "patient_id": patient.id,
        "account_id": account_id,
        "key": key,
        "session_id": session_id,
        "at": at,
    }
    row = db.session.connection().execute(_CONTEXT, given).one()
    clinic, session = row[: len(FACTS)], row[len(FACTS) : len(FACTS) + len(COLUMNS)]
    return CheckInContext(
        known=(row.known_id, bytes(row.known_hash)) if row.known_id else None,
        session=FollowedSession(*session) if session[0] else None,
        clinic=ClinicFacts(*clinic),
        last_entry=(row.last_position, bytes(row.last_hash)) if row.last_position else None,
        has_open_checks=row.has_open_checks,
        has_alerts=row.has_alerts,
        is_asking_again=row.is_asking_again,
    )


_PATIENT_ID = bindparam("patient_id", type_=TreatmentSession.patient_id.type)
_AT = bindparam("at", type_=TreatmentSession.ended_at.type)
_ANSWERED = func.coalesce(
    bindparam("session_id", type_=TreatmentSession.id.type),
    LATEST.with_only_columns(TreatmentSession.id).scalar_subquery(),
)
_LAST_POSITION = (
    select(func.max(AuditEvent.position)).where(AuditEvent.chain_id == _PATIENT_ID).scalar_subquery()
)
_CONTEXT = (
    select(
        *FACTS,
        *COLUMNS,
        CheckIn.id.label("known_id"),
        CheckIn.body_hash.label("known_hash"),
        AuditEvent.position.label("last_position"),
        AuditEvent.hash.label("last_hash"),
        exists()
        .where(
            PlanTask.session_id == TreatmentSession.id,
            PlanTask.status == StoredStatus.OPEN,
            PlanTask.due_at.is_not(None),
            PlanTask.opens_at <= _AT,
            PlanTask.closes_at > _AT,
        )
        .label("has_open_checks"),
        exists()
        .where(Alert.patient_id == _PATIENT_ID, Alert.episode_id == TreatmentSession.id)
        .label("has_alerts"),
        is_asking(_PATIENT_ID).label("is_asking_again"),
    )
    .select_from(Clinic)
    .outerjoin(
        CheckIn,
        (CheckIn.created_by_id == bindparam("account_id")) & (CheckIn.idempotency_key == bindparam("key")),
    )
    .outerjoin(
        TreatmentSession, (TreatmentSession.id == _ANSWERED) & (TreatmentSession.patient_id == _PATIENT_ID)
    )
    .outerjoin(AuditEvent, (AuditEvent.chain_id == _PATIENT_ID) & (AuditEvent.position == _LAST_POSITION))
    .where(Clinic.id == bindparam("clinic_id"))
)
