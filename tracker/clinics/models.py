"""A clinic: whose numbers the advice shows and who owns what nobody else owns."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base


class Clinic(Base):
    """One practice with its zone, numbers and approved safety texts."""

    __tablename__ = "clinic"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    default_locale: Mapped[str] = mapped_column(String(16))
    phone: Mapped[str] = mapped_column(String(40))
    emergency_number: Mapped[str | None] = mapped_column(String(40))
    urgent_care_phone: Mapped[str | None] = mapped_column(String(40))
    urgent_instructions: Mapped[str | None] = mapped_column(String(1000))
    safety_texts_version: Mapped[str | None] = mapped_column(String(20))
    safety_texts_approved_by: Mapped[str | None] = mapped_column(String(200))
    safety_texts_approved_at: Mapped[datetime | None]
    # Where the clinic's own system takes messages; signed with a secret that is derived, never stored.
    webhook_url: Mapped[str | None] = mapped_column(String(500))
    owner_of_last_resort_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", use_alter=True))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
