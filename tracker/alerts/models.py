"""A finding for a therapist with its evidence, its owner and what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.alerts.vocabulary import AlertOutcome, AlertStatus, Rule, Severity
from tracker.db import Base, one_of

_UNFINISHED = text("status IN ('open', 'acknowledged')")


class Alert(Base):
    """One thing a therapist should know about one patient; at most one unfinished per session and family."""

    __tablename__ = "alert"
    __table_args__ = (
        one_of("rule", Rule),
        one_of("severity", Severity),
        one_of("status", AlertStatus),
        one_of("outcome", AlertOutcome),
        Index(
            "ux_alert_unfinished",
            "patient_id",
            "episode_id",
            "family",
            unique=True,
            postgresql_where=_UNFINISHED,
            sqlite_where=_UNFINISHED,
        ),
        Index(None, "patient_id", "raised_at", "id"),
        Index(None, "owner_id", "status"),
        Index(None, "clinic_id", "raised_at", "id"),
        Index(None, "clinic_id", "status", "raised_at", "id"),
        Index(None, "clinic_id", "severity", "raised_at", "id"),
        Index(None, "clinic_id", "rule", "raised_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("treatment_session.id"))
    # The session's id, or the patient's where there is none: never NULL, so that "one unfinished" holds.
    episode_id: Mapped[UUID]
    check_in_id: Mapped[UUID | None] = mapped_column(ForeignKey("check_in.id"))
    red_flag_report_id: Mapped[UUID | None] = mapped_column(ForeignKey("red_flag_report.id"))
    contact_request_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact_request.id"))
    rule: Mapped[str] = mapped_column(String(40))
    rule_version: Mapped[str] = mapped_column(String(20))
    family: Mapped[str] = mapped_column(String(80))
    severity: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    settling: Mapped[bool] = mapped_column(default=False)
    # Found in data that came late and no longer true when it came: kept, notified to nobody.
    historic: Mapped[bool] = mapped_column(default=False)
    raised_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    late_by_minutes: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)
    inputs: Mapped[dict[str, Any]]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    # Counts the rounds of notifying: each raise, reopening or repeat starts a new ladder.
    round: Mapped[int] = mapped_column(default=1)
    # By when somebody should have acknowledged it, counted in the clinic's monitored time.
    reply_due_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    snooze_reason: Mapped[str | None] = mapped_column(Text)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    outcome: Mapped[str | None] = mapped_column(String(40))
    resolution_note: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)


class AlertEvent(Base):
    """One step in an alert's life; rows are only added."""

    __tablename__ = "alert_event"
    __table_args__ = (UniqueConstraint("actor_id", "idempotency_key"), Index(None, "alert_id", "at", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alert.id"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(30))
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    detail: Mapped[str] = mapped_column(Text)
    # Of a note, which a client may send twice.
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    body_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
