"""A check-in and a red-flag report: what a patient said at one moment."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.checkins.rules.bodies import SideEffect
from tracker.checkins.rules.items import ITEMS
from tracker.checkins.rules.moments import answers_checks
from tracker.checkins.vocabulary import Alcohol, ContactKind, RecordedBy
from tracker.db import Base, Json, one_of, within
from tracker.protocols.expected_course import CoursePosition
from tracker.safety.advice import AdviceLevel


class CheckIn(Base):
    """One answer at one moment; a day may hold many."""

    __tablename__ = "check_in"
    __table_args__ = (
        one_of("recorded_by", RecordedBy),
        one_of("alcohol", Alcohol),
        one_of("course_position", CoursePosition),
        within("soreness", 0, 10),
        within("stiffness", 0, 10),
        within("usual_pain", 0, 10),
        within("hydration_ml", 0, 10000),
        UniqueConstraint("created_by_id", "idempotency_key"),
        Index(None, "patient_id", "recorded_at", "id"),
        Index(None, "patient_id", "sync_seq"),
        Index(None, "session_id", "recorded_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("treatment_session.id"))
    recorded_by: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(20))
    # The device's clock after correction; what the device said stands beside it as evidence.
    recorded_at: Mapped[datetime]
    device_recorded_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    clock_quality: Mapped[str] = mapped_column(String(20))
    time_zone: Mapped[str] = mapped_column(String(64))
    local_date: Mapped[date]
    soreness: Mapped[int | None]
    stiffness: Mapped[int | None]
    usual_pain: Mapped[int | None]
    hydration_ml: Mapped[int | None]
    alcohol: Mapped[str | None] = mapped_column(String(20))
    standard_drinks: Mapped[float | None] = mapped_column(Float)
    side_effects: Mapped[list[SideEffect]] = mapped_column(Json, default=list)
    # NULL: not asked or not answered; []: "none of these".
    red_flags: Mapped[list[str] | None]
    activities: Mapped[list[str] | None]
    note: Mapped[str | None] = mapped_column(Text)
    completed_plan_task_ids: Mapped[list[str]] = mapped_column(default=list)
    # The advice as it was given, so that a replayed request gets the same words.
    advice: Mapped[dict[str, Any]]
    # Against the expected course as it was then: below, inside, above, late; None: nothing to compare.
    course_position: Mapped[str | None] = mapped_column(String(10))
    amended: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    sync_seq: Mapped[int]
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))

    @property
    def is_by_patient(self) -> bool:
        """Say whether the patient typed it in themselves."""
        return self.recorded_by == RecordedBy.PATIENT

    @property
    def advised_emergency(self) -> bool:
        """Say whether it was answered like an emergency."""
        return bool(self.advice["level"] == AdviceLevel.EMERGENCY)

    @property
    def answers_checks(self) -> bool:
        """Say whether it answers the checks that were open at its moment."""
        return answers_checks(self.soreness, self.red_flags)


ITEM_COLUMNS = tuple(getattr(CheckIn, key) for key in ITEMS)  # one for each item that a check-in may hold


class RedFlagReport(Base):
    """Symptoms that a patient reported as worrying, and the advice they got in the same answer."""

    __tablename__ = "red_flag_report"
    __table_args__ = (
        UniqueConstraint("created_by_id", "idempotency_key"),
        Index(None, "patient_id", "reported_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("treatment_session.id"))
    symptoms: Mapped[list[str]]
    reported_at: Mapped[datetime]
    received_at: Mapped[datetime]
    clock_quality: Mapped[str] = mapped_column(String(20))
    time_zone: Mapped[str] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text)
    callback_phone: Mapped[str | None] = mapped_column(String(40))
    alert_ids: Mapped[list[str]]
    advice: Mapped[dict[str, Any]]
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class ContactRequest(Base):
    """A patient's wish to be contacted, or a worry that no question asked about."""

    __tablename__ = "contact_request"
    __table_args__ = (
        one_of("kind", ContactKind),
        UniqueConstraint("created_by_id", "idempotency_key"),
        Index(None, "patient_id", "requested_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("treatment_session.id"))
    kind: Mapped[str] = mapped_column(String(20))
    # The patient's answer to "can it wait until your next visit?"; None: not answered.
    can_wait: Mapped[bool | None]
    message: Mapped[str | None] = mapped_column(Text)
    callback_phone: Mapped[str | None] = mapped_column(String(40))
    requested_at: Mapped[datetime]
    received_at: Mapped[datetime]
    clock_quality: Mapped[str] = mapped_column(String(20))
    time_zone: Mapped[str] = mapped_column(String(64))
    alert_id: Mapped[UUID | None]
    advice: Mapped[dict[str, Any]]
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
