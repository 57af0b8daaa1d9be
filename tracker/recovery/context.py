"""What a check-in needs to know of its patient, read in one statement: each further trip would cost as much again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select

from tracker.alerts.missed_checks import session_facts
from tracker.alerts.models import Alert
from tracker.alerts.rules.facts import SessionFacts
from tracker.audit.models import AuditEvent
from tracker.checkins.models import CheckIn
from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor
from tracker.protocols.catalog import Protocol
from tracker.protocols.tasks import StoredStatus
from tracker.safety.clinic_contact import ClinicContact
from tracker.safety.texts import SafetyTexts
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession
from tracker.sessions.vocabulary import SessionStatus


@dataclass(frozen=True, slots=True)
class AnsweredSession:
    """The session that an answer belongs to."""

    id: UUID
    facts: SessionFacts
    protocol: Protocol
    clinic_protocol_id: UUID | None


@dataclass(frozen=True, slots=True)
class CheckInContext:
    """What stands around a check-in once its patient is locked."""

    known: tuple[UUID, bytes] | None  # id and body hash of what this key created before
    session: AnsweredSession | None  # the one that was named, else the latest that had ended
    clinic: Any  # the columns of the clinic's row that advice needs
    contact: ClinicContact
    texts: SafetyTexts
    last_entry: tuple[int, bytes] | None  # position and hash of the newest row of the patient's trail
    has_open_checks: bool  # something asked of the patient waits for an answer at this moment
    has_alerts: bool  # about this session, closed ones too
    is_asking_again: bool  # a second question is still to leave


def read_context(
    patient: PatientFacts, actor: Actor, key: str, session_id: UUID | None, at: datetime, now: datetime
) -> CheckInContext:
    """Return what stands around a check-in of a locked patient that was felt at this instant."""
    given = {
        "clinic_id": patient.clinic_id,
        "patient_id": patient.id,
        "account_id": actor.account_id,
        "key": key,
        "session_id": session_id,
        "at": at,
    }
    row: Any = db.session.connection().execute(_CONTEXT, given).one()
    return CheckInContext(
        known=(row.known_id, bytes(row.known_hash)) if row.known_id else None,
        session=_session(row) if row.session_id else None,
        clinic=row,
        contact=clinics.contact_now(row, patient.locale, patient.time_zone, now),
        texts=clinics.texts_of(row, patient.locale),
        last_entry=(row.position, bytes(row.hash)) if row.position else None,
        has_open_checks=row.has_open_checks,
        has_alerts=row.has_alerts,
        is_asking_again=row.is_asking_again,
    )


def _session(row: Any) -> AnsweredSession:
    protocol = sessions.protocol_of(row)
    return AnsweredSession(row.session_id, session_facts(row), protocol, row.clinic_protocol_id)


_PATIENT_ID = bindparam("patient_id", type_=TreatmentSession.patient_id.type)
_AT = bindparam("at", type_=TreatmentSession.ended_at.type)
_LATEST = (
    select(TreatmentSession.id)
    .where(
        TreatmentSession.patient_id == _PATIENT_ID,
        TreatmentSession.ended_at <= _AT,
        TreatmentSession.status == SessionStatus.COMPLETED,
    )
    .order_by(TreatmentSession.ended_at.desc(), TreatmentSession.id.desc())
    .limit(1)
    .scalar_subquery()
)
_ANSWERED = func.coalesce(bindparam("session_id", type_=TreatmentSession.id.type), _LATEST)
_LAST_POSITION = (
    select(func.max(AuditEvent.position)).where(AuditEvent.chain_id == _PATIENT_ID).scalar_subquery()
)
_CONTEXT = (
    select(
        CheckIn.id.label("known_id"),
        CheckIn.body_hash.label("known_hash"),
        Clinic.name,
        Clinic.phone,
        Clinic.emergency_number,
        Clinic.urgent_care_phone,
        Clinic.urgent_instructions,
        Clinic.safety_texts_version,
        Clinic.time_zone,
        Clinic.monitored_hours,
        Clinic.closed_days,
        Clinic.urgent_reply_minutes,
        Clinic.attention_reply_minutes,
        TreatmentSession.id.label("session_id"),
        TreatmentSession.ended_at,
        TreatmentSession.baseline_soreness,
        TreatmentSession.baseline_stiffness,
        TreatmentSession.body_areas,
        TreatmentSession.protocol_key,
        TreatmentSession.protocol_version,
        TreatmentSession.clinic_protocol_id,
        AuditEvent.position,
        AuditEvent.hash,
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
        exists()
        .where(
            Dispatch.patient_id == _PATIENT_ID,
            Dispatch.anchor_kind == Anchor.CHECK_IN,
            Dispatch.ended_at.is_(None),
        )
        .label("is_asking_again"),
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
