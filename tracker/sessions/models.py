"""A treatment session and the tasks of its plan."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, Json, one_of, within
from tracker.protocols.tasks import StoredStatus
from tracker.sessions.rules.bodies import BodyArea
from tracker.sessions.vocabulary import Modality, SessionStatus, Technique


class TreatmentSession(Base):
    """One needling visit; its end is the anchor of everything that follows."""

    __tablename__ = "treatment_session"
    __table_args__ = (
        one_of("modality", Modality),
        one_of("technique", Technique),
        one_of("status", SessionStatus),
        within("baseline_soreness", 0, 10),
        within("baseline_stiffness", 0, 10),
        within("usual_pain", 0, 10),
        within("pain_during", 0, 10),
        UniqueConstraint("created_by_id", "idempotency_key"),
        Index(None, "patient_id", "ended_at", "id"),
        Index(None, "patient_id", "sync_seq"),
        Index(
            None,
            "assess_after",
            postgresql_where=text("assess_after IS NOT NULL"),
            sqlite_where=text("assess_after IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    modality: Mapped[str] = mapped_column(String(20))
    technique: Mapped[str] = mapped_column(String(20))
    body_areas: Mapped[list[BodyArea]] = mapped_column(Json)
    ended_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(String(64))
    duration_minutes: Mapped[int | None]
    needle_count: Mapped[int | None]
    pain_during: Mapped[int | None]
    post_care: Mapped[list[str]] = mapped_column(default=list)
    co_interventions: Mapped[list[str]] = mapped_column(default=list)
    baseline_soreness: Mapped[int | None]
    baseline_stiffness: Mapped[int | None]
    usual_pain: Mapped[int | None]
    patient_instructions: Mapped[str | None] = mapped_column(Text)
    staff_note: Mapped[str | None] = mapped_column(Text)
    follow_up_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(20))
    protocol_key: Mapped[str] = mapped_column(String(64))
    protocol_version: Mapped[int]
    # The clinic's published version in force when it was recorded; None: what ships.
    clinic_protocol_id: Mapped[UUID | None] = mapped_column(ForeignKey("clinic_protocol.id"))
    # Raised with every correction of the anchor; prompts of older generations are void.
    generation: Mapped[int] = mapped_column(default=1)
    # When the worker should ask next whether the checks went unanswered; NULL: nothing left to ask.
    assess_after: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    sync_seq: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))

    @property
    def stands(self) -> bool:
        """Say whether it took place as recorded."""
        return self.status == SessionStatus.COMPLETED


class PlanTask(Base):
    """One window of a session's plan: something to do, to avoid, or to answer."""

    __tablename__ = "plan_task"
    __table_args__ = (
        one_of("status", StoredStatus),
        UniqueConstraint("session_id", "key", "occurrence"),
        Index(None, "patient_id", "status", "closes_at"),
        Index(None, "patient_id", "sync_seq"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("treatment_session.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    key: Mapped[str] = mapped_column(String(64))
    occurrence: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(40))
    opens_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    closes_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(20))
    completed_at: Mapped[datetime | None]
    check_in_id: Mapped[UUID | None] = mapped_column(ForeignKey("check_in.id"))
    sync_seq: Mapped[int]

    def is_overdue(self, now: datetime) -> bool:
        """Say whether it is still open after it was asked."""
        asked = self.due_at is not None and self.due_at <= now < self.closes_at
        return asked and self.status == StoredStatus.OPEN
