"""Very many messages of very many patients, written by the database itself with one statement for each kind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, insert, select, text

from tests.jobs.due_rows import make_patient
from tracker.db import UtcDateTime, db, transaction
from tracker.delivery.vocabulary import OPEN_STATES, Purpose, State
from tracker.people.models import Patient
from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.sessions.models import TreatmentSession
from tracker.sessions.vocabulary import SessionStatus

# Patients and messages are numbered, and the number is the id: it grows, as the ids of real rows do.
WRITE = """
WITH RECURSIVE series (number) AS (
    SELECT CAST(:first AS integer) UNION ALL SELECT number + 1 FROM series WHERE number < :last
), message AS (SELECT number, {due} AS due_at, {end} AS not_after FROM series)
INSERT INTO dispatch (
    id, purpose, audience, anchor_kind, anchor_id, step_key, occurrence, generation, clinic_id, patient_id,
    nominal_at, due_at, not_before, not_after, planned_because, state, reason, next_attempt_at, claims,
    attempt_count, accepted_at, ended_at, sync_seq, created_at)
SELECT {id}, :purpose, 'patient', 'session', {anchor}, 'check_24h', {occurrence}, 1, :clinic_id, {patient},
    due_at, due_at, due_at, not_after, 'on_time', :state, :reason, due_at, 0,
    :attempt_count, {ended}, {ended}, number, due_at
FROM message
"""
IN_DIALECT = {
    "postgresql": {
        "id": "lpad(to_hex(number), 32, '0')::uuid",
        "patient": "lpad(to_hex(number % :patients), 32, '0')::uuid",
        "due": ":start + number % :spread * interval '1 second'",
        "end": ":start + (number % :spread + :wanted) * interval '1 second'",
    },
    "sqlite": {
        "id": "printf('%032x', number)",
        "patient": "printf('%032x', number % :patients)",
        "due": "strftime('%Y-%m-%d %H:%M:%f000', :start, (number % :spread) || ' seconds')",
        "end": "strftime('%Y-%m-%d %H:%M:%f000', :start, (number % :spread + :wanted) || ' seconds')",
    },
}


# To check two million references that are right by construction would take longer than to write the rows.
FASTER = {
    "postgresql": ("SET LOCAL session_replication_role = replica", "SET LOCAL statement_timeout = 0"),
    "sqlite": ("PRAGMA cache_size = -400000",),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """So many messages alike, falling due evenly over a time from a start on, each wanted for twelve hours."""

    count: int
    start: datetime
    state: State = State.SCHEDULED
    purpose: Purpose = Purpose.REMINDER
    spread: timedelta = timedelta(seconds=1)
    wanted: timedelta = timedelta(hours=12)
    anchored: bool = False  # to the one session of its patient


def make_patients(now: datetime, count: int) -> None:
    """Write a clinic with so many patients, numbered from zero."""
    first = make_patient(now)
    row = dict(db.session.execute(select(Patient.__table__).where(Patient.id == first.id)).one()._mapping)
    with transaction():
        copies = [row | {"id": UUID(int=number), "sync_seq": 0} for number in range(count)]
        db.session.execute(insert(Patient), copies)


def make_void_sessions(now: datetime) -> None:
    """Give each patient a session that was entered in error, with the id of its patient."""
    with transaction():
        rows = [
            {
                "id": patient.id,
                "patient_id": patient.id,
                "clinic_id": patient.clinic_id,
                "therapist_id": patient.therapist_id,
                "created_by_id": patient.therapist_id,
                "modality": "dry_needling",
                "technique": "deep",
                "body_areas": [],
                "ended_at": now,
                "time_zone": "UTC",
                "status": SessionStatus.ENTERED_IN_ERROR,
                "protocol_key": STANDARD_AFTERCARE.key,
                "protocol_version": STANDARD_AFTERCARE.version,
                "sync_seq": 0,
                "created_at": now,
                "updated_at": now,
                "idempotency_key": str(patient.id),
                "body_hash": b"",
            }
            for patient in db.session.scalars(select(Patient))
        ]
        db.session.execute(insert(TreatmentSession), rows)


def write_messages(kinds: list[Kind], patients: int, first: int = 0) -> None:
    """Write messages of these patients in turn, numbered from ``first`` on, and let the database count them."""
    dialect = db.engine.dialect.name
    with transaction():
        for setting in FASTER[dialect]:
            db.session.execute(text(setting))
        clinic_id = db.session.scalars(select(Patient.clinic_id).limit(1)).one()
        for kind in kinds:
            ended = "NULL" if kind.state in OPEN_STATES else "due_at"
            words = IN_DIALECT[dialect] | {"ended": ended}
            words["anchor"] = words["patient" if kind.anchored else "id"]
            words["occurrence"] = "number" if kind.anchored else "0"
            statement = text(WRITE.format(**words)).bindparams(
                bindparam("start", type_=UtcDateTime()),
                bindparam("clinic_id", clinic_id, Patient.clinic_id.type),
            )
            values = {
                "first": first,
                "last": first + kind.count - 1,
                "purpose": kind.purpose,
                "patients": patients,
                "state": kind.state,
                "reason": None if kind.state in OPEN_STATES else kind.state,
                "attempt_count": int(kind.state is State.ACCEPTED),
                "start": kind.start,
                "spread": int(kind.spread.total_seconds()),
                "wanted": int(kind.wanted.total_seconds()),
            }
            db.session.execute(statement, values)
            first += kind.count
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
