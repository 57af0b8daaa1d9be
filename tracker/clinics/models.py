"""A clinic: its numbers and hours, who owns what nobody else owns, and the protocol versions it published."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, within

# The clinic's proposal until it sets its own; no trial sets these times (care flow, section 4).
URGENT_REPLY_MINUTES = 60
ATTENTION_REPLY_MINUTES = 240
_OFFICE_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def office_hours() -> list[dict[str, str]]:
    """Return Monday to Friday, 9:00 to 17:00: a convention that a clinic replaces by its own hours."""
    return [{"weekday": day, "opens": "09:00", "closes": "17:00"} for day in _OFFICE_DAYS]


class Clinic(Base):
    """One practice with its zone, numbers and approved safety texts."""

    __tablename__ = "clinic"
    __table_args__ = (within("urgent_reply_minutes", 5, 480), within("attention_reply_minutes", 5, 2400))

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
    deputy_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", use_alter=True))
    # When somebody looks at alerts, in the clinic's zone: {"weekday", "opens", "closes"} each; and days off.
    monitored_hours: Mapped[list[dict[str, str]]] = mapped_column(default=office_hours)
    closed_days: Mapped[list[dict[str, str]]] = mapped_column(default=list)
    # How soon somebody answers, in minutes of monitored time.
    urgent_reply_minutes: Mapped[int] = mapped_column(default=URGENT_REPLY_MINUTES)
    attention_reply_minutes: Mapped[int] = mapped_column(default=ATTENTION_REPLY_MINUTES)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class ClinicProtocol(Base):
    """A published version of a clinic's protocol: its alert rules, expected course and words; it never changes."""

    __tablename__ = "clinic_protocol"
    __table_args__ = (
        UniqueConstraint("clinic_id", "version"),
        UniqueConstraint("created_by_id", "idempotency_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinic.id"))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    # The shipped protocol whose steps it uses.
    base_key: Mapped[str] = mapped_column(String(64))
    base_version: Mapped[int]
    rule_set: Mapped[dict[str, Any]]
    expected_course: Mapped[dict[str, Any] | None]
    # By locale and key; what is not named keeps the words of the safety texts.
    advice_texts: Mapped[list[dict[str, str]] | None]
    author: Mapped[str] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime]
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
