"""The appointment: a time at the clinic, and what the patient has prepared for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.appointments.vocabulary import AppointmentKind, AppointmentStatus
from tracker.db import Base, one_of, within


class Appointment(Base):
    """One time at which a patient is expected at the clinic."""

    __tablename__ = "appointment"
    __table_args__ = (
        one_of("kind", AppointmentKind),
        one_of("status", AppointmentStatus),
        within("duration_minutes", 5, 480),
        UniqueConstraint("created_by_id", "idempotency_key"),
        Index(None, "patient_id", "starts_at", "id"),
        Index(None, "therapist_id", "starts_at"),
        Index(None, "patient_id", "sync_seq"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime]
    duration_minutes: Mapped[int]
    time_zone: Mapped[str] = mapped_column(String(64))
    location: Mapped[str | None] = mapped_column(String(200))
    # The items the patient ticked, and what they wrote beside them for the therapist.
    prepared: Mapped[list[str]] = mapped_column(default=list)
    medicines: Mapped[str | None] = mapped_column(String(2000))
    conditions: Mapped[str | None] = mapped_column(String(2000))
    # Raised when it moves, so that prompts planned for the old time can be told from new ones.
    generation: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    sync_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
