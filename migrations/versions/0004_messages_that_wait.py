"""Messages that wait for a paused clinic or a worker outside; receipts by their key; cursors after a restore."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")
CLAIMABLE = sa.text("ended_at IS NULL AND waits_for IS NULL")
WAITING = sa.text("ended_at IS NULL AND waits_for IS NOT NULL")
WAITS_FOR = "waits_for IN ('resume', 'outside_worker')"


def upgrade() -> None:
    with op.batch_alter_table("account") as batch_op:
        json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
        batch_op.add_column(sa.Column("serves", json, nullable=True))

    with op.batch_alter_table("dispatch") as batch_op:
        batch_op.add_column(sa.Column("postponed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("waits_for", sa.String(length=20), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_dispatch_waits_for_known"), WAITS_FOR)
        batch_op.drop_index("ix_dispatch_claimable")
        _index(batch_op, "claimable", ["purpose", "next_attempt_at"], CLAIMABLE)
        _index(batch_op, "waiting", ["clinic_id", "waits_for", "next_attempt_at"], WAITING)

    with op.batch_alter_table("delivery_attempt") as batch_op:
        batch_op.add_column(sa.Column("not_again_before", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f("ix_delivery_attempt_provider_reference"))
        batch_op.create_index(batch_op.f("ix_delivery_attempt_send_key"), ["send_key"], unique=False)

    with op.batch_alter_table("worker_heartbeat") as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))

    op.create_table(
        "feed_epoch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_epoch")),
    )


def downgrade() -> None:
    op.drop_table("feed_epoch")

    with op.batch_alter_table("worker_heartbeat") as batch_op:
        batch_op.drop_column("ended_at")

    with op.batch_alter_table("delivery_attempt") as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_attempt_send_key"))
        batch_op.create_index(
            batch_op.f("ix_delivery_attempt_provider_reference"), ["provider_reference"], unique=False
        )
        batch_op.drop_column("not_again_before")

    with op.batch_alter_table("dispatch") as batch_op:
        batch_op.drop_index("ix_dispatch_waiting")
        batch_op.drop_index("ix_dispatch_claimable")
        _index(batch_op, "claimable", ["purpose", "next_attempt_at"], OPEN)
        batch_op.drop_constraint(batch_op.f("ck_dispatch_waits_for_known"), type_="check")
        batch_op.drop_column("waits_for")
        batch_op.drop_column("postponed_until")

    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_column("serves")


def _index(batch_op: BatchOperations, name: str, columns: list[str], where: sa.TextClause) -> None:
    batch_op.create_index(f"ix_dispatch_{name}", columns, postgresql_where=where, sqlite_where=where)
