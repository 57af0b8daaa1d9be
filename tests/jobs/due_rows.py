"""Rows for the engine, and the two things around it that a test supplies: who decides, and the way out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from tracker import ids
from tracker.clinics.models import Clinic
from tracker.db import db, transaction
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.rules.routes import Route
from tracker.delivery.rules.verdicts import HandOver, Recipient, Verdict
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, State
from tracker.jobs.exits import Exits
from tracker.people.models import Account, Patient

ACCEPTED = Result(AttemptOutcome.ACCEPTED)


class RecordingChannel:
    """Keeps what was handed over and answers as told."""

    name = "email"
    drops_repetitions = True

    def __init__(self, answer: Callable[[Message], Result] = lambda _: ACCEPTED) -> None:
        self.sent: list[Message] = []
        self._answer = answer
        self._lock = Lock()

    def send(self, message: Message) -> Result:
        with self._lock:
            self.sent.append(message)
        return self._answer(message)

    @property
    def exits(self) -> Exits:
        """The only way out of a worker."""
        return Exits({self.name: self})

    @property
    def keys(self) -> list[str]:
        return [message.send_key for message in self.sent]


def to(address: str, locale: str = "en") -> Recipient:
    """Somebody with one mail address."""
    return Recipient(None, (Route("email", address),), locale)


def wanted(row: Dispatch, now: datetime) -> Verdict:
    """Every row is still wanted, each by an address of its own."""
    return HandOver(to(f"{row.id}@example.org"), "reminder")


EVERY_ROW = {Purpose.ALERT: wanted, Purpose.REMINDER: wanted}


def make_patient(now: datetime) -> Patient:
    """A clinic with one therapist and one patient."""
    clinic = Clinic(
        id=ids.new_id(), name="C", time_zone="UTC", default_locale="en", phone="1", version=1, created_at=now
    )
    therapist = Account(
        id=ids.new_id(),
        clinic_id=clinic.id,
        role="therapist",
        display_name="T",
        locale="en",
        time_zone="UTC",
        created_at=now,
    )
    patient = Patient(
        id=ids.new_id(),
        clinic_id=clinic.id,
        therapist_id=therapist.id,
        display_name="P",
        status="active",
        locale="en",
        time_zone="UTC",
        created_at=now,
    )
    with transaction():
        for row in (clinic, therapist, patient):
            db.session.add(row)
            db.session.flush()
    return patient


def make_due(patient: Patient, now: datetime, count: int = 1, **changes: Any) -> list[UUID]:
    """Plan messages that are due now and wanted for twelve hours."""
    row: dict[str, Any] = {
        "purpose": Purpose.REMINDER,
        "audience": "patient",
        "anchor_kind": "session",
        "step_key": "check_24h",
        "clinic_id": patient.clinic_id,
        "patient_id": patient.id,
        "nominal_at": now,
        "due_at": now,
        "not_before": now,
        "not_after": now + timedelta(hours=12),
        "planned_because": "on_time",
        "state": State.SCHEDULED,
        "created_at": now,
    }
    row |= {"next_attempt_at": changes.get("due_at", now)} | changes
    rows = [{"id": ids.new_id(), "anchor_id": ids.new_id()} | row for _ in range(count)]
    with transaction():
        if rows:  # an insert of no rows would be one of nothing but defaults
            db.session.execute(insert(Dispatch), rows)
    return [row["id"] for row in rows]


def read_row(dispatch_id: UUID) -> Dispatch:
    """The row as it stands in the database now."""
    db.session.rollback()
    row = db.session.get(Dispatch, dispatch_id, populate_existing=True)
    assert row is not None
    return row


def read_attempts(dispatch_id: UUID | None = None) -> list[DeliveryAttempt]:
    """The hand-overs of one row, or of all, as they stand in the database now."""
    db.session.rollback()
    statement = select(DeliveryAttempt).order_by(DeliveryAttempt.dispatch_id, DeliveryAttempt.number)
    if dispatch_id is not None:
        statement = statement.where(DeliveryAttempt.dispatch_id == dispatch_id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def outcomes(dispatch_id: UUID) -> list[str | None]:
    """What came of each hand-over of a row."""
    return [attempt.outcome for attempt in read_attempts(dispatch_id)]


def sync_seq_of(patient: Patient) -> int:
    """The patient's position as a phone would see it."""
    db.session.rollback()
    return db.session.execute(select(Patient.sync_seq).where(Patient.id == patient.id)).scalar_one()
