"""Hours, cover and licences of a clinic; its protocol versions; contact requests; snoozed alerts."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROLES = "role IN ('patient', 'therapist', 'clinic_admin', 'service')"
ROLES_BEFORE = "role IN ('patient', 'therapist', 'service')"
PURPOSES = "purpose IN ('alert', 'reminder', 'summary')"
PURPOSES_BEFORE = "purpose IN ('alert', 'reminder')"
# Clinics that exist already begin with the hours that a new one begins with.
OFFICE_HOURS = json.dumps(
    [
        {"weekday": day, "opens": "09:00", "closes": "17:00"}
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    ]
)


def upgrade() -> None:
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_role_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_account_role_known"), ROLES)

    with op.batch_alter_table("dispatch") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_dispatch_purpose_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_dispatch_purpose_known"), PURPOSES)
        merged = sa.text("merged_into_id IS NOT NULL")
        batch_op.create_index(
            "ix_dispatch_merged", ["merged_into_id"], postgresql_where=merged, sqlite_where=merged
        )
        batch_op.create_index(
            "ix_dispatch_summary",
            ["clinic_id", "due_at"],
            unique=False,
            postgresql_where=sa.text("purpose = 'summary'"),
            sqlite_where=sa.text("purpose = 'summary'"),
        )

    op.create_table(
        "clinic_protocol",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("base_key", sa.String(length=64), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column(
            "rule_set",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "expected_course",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "advice_texts",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_clinic_protocol_clinic_id_clinic")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["account.id"], name=op.f("fk_clinic_protocol_created_by_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_protocol")),
        sa.UniqueConstraint("clinic_id", "version", name=op.f("uq_clinic_protocol_clinic_id_version")),
        sa.UniqueConstraint(
            "created_by_id",
            "idempotency_key",
            name=op.f("uq_clinic_protocol_created_by_id_idempotency_key"),
        ),
    )
    op.create_table(
        "staff_leave",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("cover_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("account_id <> cover_id", name=op.f("ck_staff_leave_covered_by_another")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_staff_leave_starts_before_end")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_staff_leave_account_id_account")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_staff_leave_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["cover_id"], ["account.id"], name=op.f("fk_staff_leave_cover_id_account")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["account.id"], name=op.f("fk_staff_leave_created_by_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_leave")),
        sa.UniqueConstraint(
            "created_by_id", "idempotency_key", name=op.f("uq_staff_leave_created_by_id_idempotency_key")
        ),
    )
    with op.batch_alter_table("staff_leave") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_staff_leave_account_id_ends_at"), ["account_id", "ends_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_staff_leave_clinic_id_ends_at_id"), ["clinic_id", "ends_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_staff_leave_cover_id_ends_at"), ["cover_id", "ends_at"], unique=False
        )

    op.create_table(
        "contact_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("can_wait", sa.Boolean(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("callback_phone", sa.String(length=40), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_quality", sa.String(length=20), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=True),
        sa.Column(
            "advice",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("kind IN ('contact_me', 'worry')", name=op.f("ck_contact_request_kind_known")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["account.id"], name=op.f("fk_contact_request_created_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_contact_request_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["treatment_session.id"],
            name=op.f("fk_contact_request_session_id_treatment_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_request")),
        sa.UniqueConstraint(
            "created_by_id", "idempotency_key", name=op.f("uq_contact_request_created_by_id_idempotency_key")
        ),
    )
    with op.batch_alter_table("contact_request") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_request_patient_id_requested_at"),
            ["patient_id", "requested_at"],
            unique=False,
        )

    with op.batch_alter_table("account") as batch_op:
        batch_op.add_column(sa.Column("administers", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("profession", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("licence_number", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("licence_ends_on", sa.Date(), nullable=True))

    with op.batch_alter_table("alert") as batch_op:
        batch_op.add_column(sa.Column("contact_request_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("reply_due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("snooze_reason", sa.Text(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_alert_contact_request_id_contact_request"),
            "contact_request",
            ["contact_request_id"],
            ["id"],
        )
        for column in ("status", "severity", "rule"):
            batch_op.create_index(
                batch_op.f(f"ix_alert_clinic_id_{column}_raised_at_id"),
                ["clinic_id", column, "raised_at", "id"],
                unique=False,
            )

    with op.batch_alter_table("alert_event") as batch_op:
        batch_op.add_column(sa.Column("idempotency_key", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("body_hash", sa.LargeBinary(length=32), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_alert_event_actor_id_idempotency_key"), ["actor_id", "idempotency_key"]
        )

    with op.batch_alter_table("check_in") as batch_op:
        batch_op.add_column(sa.Column("course_position", sa.String(length=10), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_check_in_course_position_known"),
            "course_position IN ('below', 'inside', 'above', 'late')",
        )

    with op.batch_alter_table("clinic") as batch_op:
        batch_op.add_column(sa.Column("deputy_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "monitored_hours",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                nullable=False,
                server_default=OFFICE_HOURS,
            )
        )
        batch_op.add_column(
            sa.Column(
                "closed_days",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                nullable=False,
                server_default="[]",
            )
        )
        batch_op.add_column(
            sa.Column("urgent_reply_minutes", sa.Integer(), nullable=False, server_default="60")
        )
        batch_op.add_column(
            sa.Column("attention_reply_minutes", sa.Integer(), nullable=False, server_default="240")
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_clinic_deputy_id_account"), "account", ["deputy_id"], ["id"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_clinic_attention_reply_minutes_bounds"),
            "attention_reply_minutes BETWEEN 5 AND 2400",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_clinic_urgent_reply_minutes_bounds"), "urgent_reply_minutes BETWEEN 5 AND 480"
        )

    with op.batch_alter_table("treatment_session") as batch_op:
        batch_op.add_column(sa.Column("clinic_protocol_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_treatment_session_clinic_protocol_id_clinic_protocol"),
            "clinic_protocol",
            ["clinic_protocol_id"],
            ["id"],
        )

    with op.batch_alter_table("account") as batch_op:
        batch_op.alter_column("administers", server_default=None)
    with op.batch_alter_table("clinic") as batch_op:
        for name in ("monitored_hours", "closed_days", "urgent_reply_minutes", "attention_reply_minutes"):
            batch_op.alter_column(name, server_default=None)
    # Until now nobody could change a clinic but an operator; its owner of last resort may from here on.
    op.execute(
        "UPDATE account SET administers = true WHERE id IN (SELECT owner_of_last_resort_id FROM clinic)"
    )


def downgrade() -> None:
    op.execute("DELETE FROM token WHERE account_id IN (SELECT id FROM account WHERE role = 'clinic_admin')")
    op.execute("UPDATE account SET role = 'therapist', active = false WHERE role = 'clinic_admin'")
    op.execute(
        "UPDATE dispatch SET merged_into_id = NULL WHERE merged_into_id IN "
        "(SELECT id FROM dispatch WHERE purpose = 'summary')"
    )
    op.execute(
        "DELETE FROM delivery_attempt WHERE dispatch_id IN (SELECT id FROM dispatch WHERE purpose = 'summary')"
    )
    op.execute(
        "DELETE FROM dispatch_move WHERE dispatch_id IN (SELECT id FROM dispatch WHERE purpose = 'summary')"
    )
    op.execute("DELETE FROM dispatch WHERE purpose = 'summary'")
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_role_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_account_role_known"), ROLES_BEFORE)

    with op.batch_alter_table("treatment_session") as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_treatment_session_clinic_protocol_id_clinic_protocol"), type_="foreignkey"
        )
        batch_op.drop_column("clinic_protocol_id")

    with op.batch_alter_table("clinic") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_clinic_urgent_reply_minutes_bounds"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_clinic_attention_reply_minutes_bounds"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_clinic_deputy_id_account"), type_="foreignkey")
        batch_op.drop_column("attention_reply_minutes")
        batch_op.drop_column("urgent_reply_minutes")
        batch_op.drop_column("closed_days")
        batch_op.drop_column("monitored_hours")
        batch_op.drop_column("deputy_id")

    with op.batch_alter_table("check_in") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_check_in_course_position_known"), type_="check")
        batch_op.drop_column("course_position")

    with op.batch_alter_table("alert_event") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_alert_event_actor_id_idempotency_key"), type_="unique")
        batch_op.drop_column("body_hash")
        batch_op.drop_column("idempotency_key")

    with op.batch_alter_table("dispatch") as batch_op:
        batch_op.drop_index("ix_dispatch_merged")
        batch_op.drop_index("ix_dispatch_summary")
        batch_op.drop_constraint(batch_op.f("ck_dispatch_purpose_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_dispatch_purpose_known"), PURPOSES_BEFORE)

    with op.batch_alter_table("alert") as batch_op:
        for column in ("status", "severity", "rule"):
            batch_op.drop_index(batch_op.f(f"ix_alert_clinic_id_{column}_raised_at_id"))
        batch_op.drop_constraint(
            batch_op.f("fk_alert_contact_request_id_contact_request"), type_="foreignkey"
        )
        batch_op.drop_column("snooze_reason")
        batch_op.drop_column("snoozed_until")
        batch_op.drop_column("reply_due_at")
        batch_op.drop_column("contact_request_id")

    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_column("licence_ends_on")
        batch_op.drop_column("licence_number")
        batch_op.drop_column("profession")
        batch_op.drop_column("administers")

    with op.batch_alter_table("contact_request") as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_request_patient_id_requested_at"))

    op.drop_table("contact_request")
    with op.batch_alter_table("staff_leave") as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_leave_cover_id_ends_at"))
        batch_op.drop_index(batch_op.f("ix_staff_leave_clinic_id_ends_at_id"))
        batch_op.drop_index(batch_op.f("ix_staff_leave_account_id_ends_at"))

    op.drop_table("staff_leave")
    op.drop_table("clinic_protocol")
