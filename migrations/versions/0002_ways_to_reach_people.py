"""Devices, ways to reach people, appointments, pauses of sending, and the moves and receipts of a message."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLES = "role IN ('patient', 'therapist', 'service')"
ROLES_BEFORE = "role IN ('patient', 'therapist')"


def upgrade() -> None:
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_role_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_account_role_known"), ROLES)

    op.create_table(
        "sending_pause",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(scope = 'channel') = (channel IS NOT NULL)", name=op.f("ck_sending_pause_channel_named")
        ),
        sa.CheckConstraint(
            "(scope = 'clinic') = (clinic_id IS NOT NULL)", name=op.f("ck_sending_pause_clinic_named")
        ),
        sa.CheckConstraint(
            "scope IN ('all', 'clinic', 'channel')", name=op.f("ck_sending_pause_scope_known")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_sending_pause_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_pause")),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("installation_id", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("push_provider", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("p256dh", sa.String(length=100), nullable=True),
        sa.Column("auth", sa.String(length=40), nullable=True),
        sa.Column("notification_permission", sa.String(length=20), nullable=False),
        sa.Column("app_version", sa.String(length=40), nullable=False),
        sa.Column("os_version", sa.String(length=40), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_reason", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "(push_provider = 'web_push') = (p256dh IS NOT NULL AND auth IS NOT NULL)",
            name=op.f("ck_device_keys_of_web_push"),
        ),
        sa.CheckConstraint(
            "notification_permission IN ('granted', 'denied', 'not_asked')",
            name=op.f("ck_device_notification_permission_known"),
        ),
        sa.CheckConstraint("platform IN ('ios', 'android', 'web')", name=op.f("ck_device_platform_known")),
        sa.CheckConstraint(
            "push_provider IN ('fcm', 'web_push')", name=op.f("ck_device_push_provider_known")
        ),
        sa.CheckConstraint(
            "(retired_at IS NULL) = (retired_reason IS NULL)", name=op.f("ck_device_retired_with_reason")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_device_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint(
            "account_id", "installation_id", name=op.f("uq_device_account_id_installation_id")
        ),
    )
    with op.batch_alter_table("device") as batch_op:
        batch_op.create_index(batch_op.f("ix_device_address_hash"), ["address_hash"], unique=False)

    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("therapist_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column(
            "prepared",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("medicines", sa.String(length=2000), nullable=True),
        sa.Column("conditions", sa.String(length=2000), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sync_seq", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("kind IN ('treatment', 'follow_up')", name=op.f("ck_appointment_kind_known")),
        sa.CheckConstraint(
            "status IN ('booked', 'confirmed', 'cancelled', 'completed', 'no_show')",
            name=op.f("ck_appointment_status_known"),
        ),
        sa.CheckConstraint(
            "duration_minutes BETWEEN 5 AND 480", name=op.f("ck_appointment_duration_minutes_bounds")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_appointment_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["account.id"], name=op.f("fk_appointment_created_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_appointment_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["account.id"], name=op.f("fk_appointment_therapist_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint(
            "created_by_id", "idempotency_key", name=op.f("uq_appointment_created_by_id_idempotency_key")
        ),
    )
    with op.batch_alter_table("appointment") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_appointment_patient_id_starts_at_id"),
            ["patient_id", "starts_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_appointment_patient_id_sync_seq"), ["patient_id", "sync_seq"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_appointment_therapist_id_starts_at"), ["therapist_id", "starts_at"], unique=False
        )

    op.create_table(
        "dispatch_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispatch_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatch.id"], name=op.f("fk_dispatch_move_dispatch_id_dispatch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_move")),
    )
    with op.batch_alter_table("dispatch_move") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dispatch_move_dispatch_id_id"), ["dispatch_id", "id"], unique=False
        )

    with op.batch_alter_table("clinic") as batch_op:
        batch_op.add_column(sa.Column("webhook_url", sa.String(length=500), nullable=True))

    with op.batch_alter_table("delivery_attempt") as batch_op:
        batch_op.add_column(sa.Column("device_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "wording",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("receipt", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("receipt_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_delivery_attempt_provider_reference"), ["provider_reference"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_delivery_attempt_device_id_device"), "device", ["device_id"], ["id"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_delivery_attempt_receipt_known"),
            "receipt IN ('sent', 'bounced', 'delivered', 'opened')",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_delivery_attempt_receipt_with_time"), "(receipt IS NULL) = (receipt_at IS NULL)"
        )

    with op.batch_alter_table("dispatch") as batch_op:
        batch_op.add_column(sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("time_zone", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("retried_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("link_used_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_dispatch_merged_into_id_dispatch"), "dispatch", ["merged_into_id"], ["id"]
        )

        dead = sa.text("state = 'dead'")
        batch_op.create_index("ix_dispatch_dead", ["ended_at"], postgresql_where=dead, sqlite_where=dead)

    with op.batch_alter_table("worker_heartbeat") as batch_op:
        batch_op.add_column(
            sa.Column(
                "tally",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                nullable=True,
            )
        )

    with op.batch_alter_table("patient") as batch_op:
        batch_op.add_column(sa.Column("phone", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("phone_opted_out_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "ways",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("routine_paused_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM token WHERE account_id IN (SELECT id FROM account WHERE role = 'service')")
    op.execute("DELETE FROM account WHERE role = 'service'")
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_role_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_account_role_known"), ROLES_BEFORE)

    with op.batch_alter_table("worker_heartbeat") as batch_op:
        batch_op.drop_column("tally")

    with op.batch_alter_table("patient") as batch_op:
        batch_op.drop_column("routine_paused_at")
        batch_op.drop_column("ways")
        batch_op.drop_column("phone_opted_out_at")
        batch_op.drop_column("phone")

    with op.batch_alter_table("dispatch") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_dispatch_merged_into_id_dispatch"), type_="foreignkey")
        batch_op.drop_index("ix_dispatch_dead")
        batch_op.drop_column("link_used_at")
        batch_op.drop_column("retried_at")
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("time_zone")
        batch_op.drop_column("snoozed_until")

    with op.batch_alter_table("delivery_attempt") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_delivery_attempt_receipt_with_time"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_delivery_attempt_receipt_known"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_delivery_attempt_device_id_device"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_delivery_attempt_provider_reference"))
        batch_op.drop_column("receipt_at")
        batch_op.drop_column("receipt")
        batch_op.drop_column("wording")
        batch_op.drop_column("device_id")

    with op.batch_alter_table("clinic") as batch_op:
        batch_op.drop_column("webhook_url")

    with op.batch_alter_table("dispatch_move") as batch_op:
        batch_op.drop_index(batch_op.f("ix_dispatch_move_dispatch_id_id"))

    op.drop_table("dispatch_move")
    with op.batch_alter_table("appointment") as batch_op:
        batch_op.drop_index(batch_op.f("ix_appointment_therapist_id_starts_at"))
        batch_op.drop_index(batch_op.f("ix_appointment_patient_id_sync_seq"))
        batch_op.drop_index(batch_op.f("ix_appointment_patient_id_starts_at_id"))

    op.drop_table("appointment")
    with op.batch_alter_table("device") as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_address_hash"))

    op.drop_table("device")
    op.drop_table("sending_pause")
