"""Who did what to whose record, as a chain that shows any change."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base


class AuditEvent(Base):
    """One write, or one read by staff; each row's hash covers the row before it in its chain."""

    __tablename__ = "audit_event"
    __table_args__ = (UniqueConstraint("chain_id", "position"), Index(None, "occurred_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # The patient's id; for what concerns no single patient, the id of the account that acted; for what an
    # operator does at the command line, the id of the clinic or account it is done to.
    chain_id: Mapped[UUID]
    position: Mapped[int]
    occurred_at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(20))
    resource_kind: Mapped[str] = mapped_column(String(40))
    resource_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
