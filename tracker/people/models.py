"""Accounts, patients and the epoch of their feeds, invitations, consents, tokens and counted attempts."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, one_of
from tracker.people.rules.access import Role
from tracker.people.vocabulary import (
    ConsentKind,
    ConsentStatus,
    ContactChannel,
    InvitationKind,
    InvitationStatus,
    NotificationPermission,
    PatientStatus,
    Platform,
    PushProvider,
    TokenKind,
)


class Account(Base):
    """Somebody who can sign in."""

    __tablename__ = "account"
    __table_args__ = (one_of("role", Role), UniqueConstraint("email"), UniqueConstraint("patient_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinic.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    display_name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey("patient.id", use_alter=True))
    locale: Mapped[str] = mapped_column(String(16))
    time_zone: Mapped[str] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)
    # May set the clinic's hours, cover, protocol versions and members; a clinic_admin always may.
    administers: Mapped[bool] = mapped_column(default=False)
    profession: Mapped[str | None] = mapped_column(String(100))
    licence_number: Mapped[str | None] = mapped_column(String(60))
    # The last day of the licence, in the clinic's zone.
    licence_ends_on: Mapped[date | None]
    # Of a reminder worker outside: the channels by which it hands over.
    serves: Mapped[list[str] | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class StaffLeave(Base):
    """Time in which a member of staff is away, and who looks after their patients meanwhile."""

    __tablename__ = "staff_leave"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_end"),
        CheckConstraint("account_id <> cover_id", name="covered_by_another"),
        UniqueConstraint("created_by_id", "idempotency_key"),
        Index(None, "account_id", "ends_at"),
        Index(None, "cover_id", "ends_at"),
        Index(None, "clinic_id", "ends_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinic.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    cover_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    # Set once it is over and the alerts that its cover still owned went back.
    handed_back_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class Patient(Base):
    """A person in care; this row is the lock of everything that belongs to them."""

    __tablename__ = "patient"
    __table_args__ = (one_of("status", PatientStatus), Index(None, "therapist_id", "status"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinic.id"), index=True)
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    display_name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    # As E.164 writes it; the provider's word that its holder wants no messages stands beside it.
    phone: Mapped[str | None] = mapped_column(String(16))
    phone_opted_out_at: Mapped[datetime | None]
    # The ways to reach the patient in the order they chose; none chosen: that of the vocabulary.
    ways: Mapped[list[str] | None]
    # Since when routine prompts rest; the 48 h check and what follows an emergency still come.
    routine_paused_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(20))
    locale: Mapped[str] = mapped_column(String(16))
    time_zone: Mapped[str] = mapped_column(String(64))
    quiet_enabled: Mapped[bool] = mapped_column(default=True)
    quiet_starts: Mapped[str] = mapped_column(String(5), default="21:00")
    quiet_ends: Mapped[str] = mapped_column(String(5), default="08:00")
    opted_in: Mapped[list[str]] = mapped_column(default=list)
    preferences_version: Mapped[int] = mapped_column(default=1)
    consents_granted: Mapped[list[str]] = mapped_column(default=list)
    sync_seq: Mapped[int] = mapped_column(default=0)
    # The sync_seq of the last change that a phone shows of the patient row itself.
    shown_seq: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]


class Device(Base):
    """One installation of an app, and how its notifications reach it."""

    __tablename__ = "device"
    __table_args__ = (
        one_of("platform", Platform),
        one_of("push_provider", PushProvider),
        one_of("notification_permission", NotificationPermission),
        CheckConstraint(
            "(push_provider = 'web_push') = (p256dh IS NOT NULL AND auth IS NOT NULL)",
            name="keys_of_web_push",
        ),
        CheckConstraint("(retired_at IS NULL) = (retired_reason IS NULL)", name="retired_with_reason"),
        UniqueConstraint("account_id", "installation_id"),
        Index(None, "address_hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    installation_id: Mapped[str] = mapped_column(String(64))
    platform: Mapped[str] = mapped_column(String(20))
    push_provider: Mapped[str] = mapped_column(String(20))
    # The FCM token, or the endpoint of a web-push subscription; its hash finds an earlier owner of it.
    address: Mapped[str] = mapped_column(String(2000))
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    p256dh: Mapped[str | None] = mapped_column(String(100))
    auth: Mapped[str | None] = mapped_column(String(40))
    notification_permission: Mapped[str] = mapped_column(String(20))
    app_version: Mapped[str] = mapped_column(String(40))
    os_version: Mapped[str | None] = mapped_column(String(40))
    locale: Mapped[str] = mapped_column(String(16))
    # Evidence only: it moves no reminder.
    time_zone: Mapped[str] = mapped_column(String(64))
    registered_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    retired_reason: Mapped[str | None] = mapped_column(String(60))


class Consent(Base):
    """One thing a patient said about what may be done with their data; rows are only added."""

    __tablename__ = "consent"
    __table_args__ = (
        one_of("kind", ConsentKind),
        one_of("status", ConsentStatus),
        UniqueConstraint("created_by_id", "idempotency_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    document_version: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    recorded_at: Mapped[datetime]
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class Invitation(Base):
    """A code that lets one person in, once."""

    __tablename__ = "invitation"
    __table_args__ = (
        one_of("kind", InvitationKind),
        one_of("status", InvitationStatus),
        one_of("channel", ContactChannel),
        UniqueConstraint("created_by_id", "idempotency_key"),
        UniqueConstraint("code_hash"),
        Index(None, "clinic_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinic.id"))
    kind: Mapped[str] = mapped_column(String(20))
    display_name: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(10))
    address: Mapped[str | None] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(16))
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey("patient.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_installation: Mapped[str | None] = mapped_column(String(64))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class Token(Base):
    """A bearer secret, stored only as its hash; a family is one installation's sign-in."""

    __tablename__ = "token"
    __table_args__ = (
        one_of("kind", TokenKind),
        UniqueConstraint("token_hash"),
        Index(None, "family_id"),
        Index(None, "expires_at"),
        CheckConstraint("expires_at > created_at", name="lives"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    family_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    installation_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Attempts(Base):
    """How often somebody tried a secret within the current period; the throttle that all processes share."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "period_ends_at"),)

    subject: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    period_ends_at: Mapped[datetime]


class FeedEpoch(Base):
    """Names the life of the database that cursors of the feeds belong to; a restore begins another.

    One row; none in a database that was never restored.
    """

    __tablename__ = "feed_epoch"

    id: Mapped[UUID] = mapped_column(primary_key=True)
