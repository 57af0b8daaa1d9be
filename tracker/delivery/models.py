"""The one dispatch table, its attempts, and the worker's sign of life."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, case, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, Json, one_of
from tracker.delivery.vocabulary import (
    AttemptOutcome,
    Audience,
    PauseScope,
    Purpose,
    Receipt,
    State,
    TallyCounts,
    WaitsFor,
)

_OPEN = text("ended_at IS NULL")
_CLAIMABLE = text("ended_at IS NULL AND waits_for IS NULL")
_WAITING = text("ended_at IS NULL AND waits_for IS NOT NULL")
_DEAD = text("state = 'dead'")
_MERGED = text("merged_into_id IS NOT NULL")
_SUMMARY = text("purpose = 'summary'")


class Dispatch(Base):
    """One message that is to reach one person within one window, and what has become of it."""

    __tablename__ = "dispatch"
    __table_args__ = (
        one_of("purpose", Purpose),
        one_of("audience", Audience),
        one_of("state", State),
        one_of("waits_for", WaitsFor),
        CheckConstraint(
            "(state IN ('claimed', 'sending')) = (claim_token IS NOT NULL)", name="claimed_by_token"
        ),
        CheckConstraint(
            "(state IN ('scheduled', 'claimed', 'sending')) = (ended_at IS NULL)", name="ended_when_terminal"
        ),
        CheckConstraint("ended_at IS NULL OR reason IS NOT NULL", name="ended_with_reason"),
        UniqueConstraint("anchor_kind", "anchor_id", "step_key", "occurrence", "generation"),
        Index(
            "ix_dispatch_claimable",
            "purpose",
            "next_attempt_at",
            postgresql_where=_CLAIMABLE,
            sqlite_where=_CLAIMABLE,
        ),
        Index(
            "ix_dispatch_waiting",
            "clinic_id",
            "waits_for",
            "next_attempt_at",
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        Index("ix_dispatch_expiring", "not_after", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_dispatch_merged", "merged_into_id", postgresql_where=_MERGED, sqlite_where=_MERGED),
        Index("ix_dispatch_dead", "ended_at", postgresql_where=_DEAD, sqlite_where=_DEAD),
        Index("ix_dispatch_summary", "clinic_id", "due_at", postgresql_where=_SUMMARY, sqlite_where=_SUMMARY),
        Index(None, "patient_id", "due_at", "id"),
        Index(None, "patient_id", "sync_seq"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    audience: Mapped[str] = mapped_column(String(20))
    anchor_kind: Mapped[str] = mapped_column(String(20))
    anchor_id: Mapped[UUID]
    step_key: Mapped[str] = mapped_column(String(64))
    occurrence: Mapped[int] = mapped_column(default=0)
    generation: Mapped[int] = mapped_column(default=1)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    plan_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("plan_task.id"), index=True)
    # Before quiet hours moved it; never changes.
    nominal_at: Mapped[datetime]
    due_at: Mapped[datetime]
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    planned_because: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(60))
    # The next moment at which a worker may take the row; the end of the lease while one holds it.
    next_attempt_at: Mapped[datetime]
    # What it was put off to when it was looked at last or a try failed; before that nobody was late.
    postponed_until: Mapped[datetime | None]
    # Set: no worker inside takes the row, however long it is due.
    waits_for: Mapped[str | None] = mapped_column(String(20))
    claim_token: Mapped[UUID | None]
    claimed_by: Mapped[UUID | None]
    # Claims that ended without a recorded outcome count towards the limit; others are given back.
    claims: Mapped[int] = mapped_column(default=0)
    attempt_count: Mapped[int] = mapped_column(default=0)
    accepted_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    # The zone in which local hours were last reckoned.
    time_zone: Mapped[str | None] = mapped_column(String(64))
    # The prompt of another session that asks this one's question too.
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("dispatch.id"))
    # An operator's word that it be tried again: what came of it before does not count any more.
    retried_at: Mapped[datetime | None]
    # When the page behind its link took an answer; it takes one.
    link_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    sync_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


# From when on a worker could hand it over.
READY_AT = case((Dispatch.postponed_until > Dispatch.due_at, Dispatch.postponed_until), else_=Dispatch.due_at)


class DeliveryAttempt(Base):
    """One hand-over, written before it is tried; its outcome is filled in once."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        one_of("outcome", AttemptOutcome),
        one_of("receipt", Receipt),
        CheckConstraint("(receipt IS NULL) = (receipt_at IS NULL)", name="receipt_with_time"),
        UniqueConstraint("dispatch_id", "number"),
        Index(None, "send_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    dispatch_id: Mapped[UUID] = mapped_column(ForeignKey("dispatch.id"))
    number: Mapped[int]
    channel: Mapped[str] = mapped_column(String(20))
    recipient_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    # What was said, with {link} for the link: a repetition says the same even if the catalogue has changed since.
    wording: Mapped[dict[str, str] | None] = mapped_column(Json)
    send_key: Mapped[str] = mapped_column(String(64))
    claim_token: Mapped[UUID]
    claimed_by: Mapped[UUID]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    error_code: Mapped[str | None] = mapped_column(String(60))
    provider_reference: Mapped[str | None] = mapped_column(String(200))
    # What the provider asked for: before this instant nothing is tried by the same way.
    not_again_before: Mapped[datetime | None]
    # What the provider said later about its way to the person; it only moves forward.
    receipt: Mapped[str | None] = mapped_column(String(20))
    receipt_at: Mapped[datetime | None]


class DispatchMove(Base):
    """One change of the moment at which a message leaves, and why; rows are only added."""

    __tablename__ = "dispatch_move"
    __table_args__ = (Index(None, "dispatch_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    dispatch_id: Mapped[UUID] = mapped_column(ForeignKey("dispatch.id"))
    at: Mapped[datetime]
    from_at: Mapped[datetime]
    # None: it will not leave.
    to_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(60))
    time_zone: Mapped[str | None] = mapped_column(String(64))


class SendingPause(Base):
    """An operator's word that nothing leaves: at all, for one clinic, or by one channel."""

    __tablename__ = "sending_pause"
    __table_args__ = (
        one_of("scope", PauseScope),
        CheckConstraint("(scope = 'clinic') = (clinic_id IS NOT NULL)", name="clinic_named"),
        CheckConstraint("(scope = 'channel') = (channel IS NOT NULL)", name="channel_named"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(20))
    clinic_id: Mapped[UUID | None] = mapped_column(ForeignKey("clinic.id"))
    channel: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(200))
    paused_at: Mapped[datetime]
    resumed_at: Mapped[datetime | None]


class WorkerHeartbeat(Base):
    """When a worker process last finished a tick."""

    __tablename__ = "worker_heartbeat"

    worker_id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    last_tick_at: Mapped[datetime]
    # It came to an orderly end: its silence is no fault.
    ended_at: Mapped[datetime | None]
    # What it has handed over since it started.
    tally: Mapped[TallyCounts | None] = mapped_column(Json)
