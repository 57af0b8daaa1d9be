"""Runs migrations on either database, with the traps of both closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import JSON, Connection, text

from tracker.db import Base, UtcDateTime, db

# Any constant will do as long as every deployer of this project uses the same.
ADVISORY_LOCK = 7_242_026


def render_item(kind: str, item: Any, _autogen_context: Any) -> str | bool:
    """Write our own column types as plain ones: a migration must not import the code it outlives."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        binary = "postgresql.JSONB(none_as_null=True)"
        return f"sa.JSON(none_as_null=True).with_variant({binary}, 'postgresql')"
    return False


@contextmanager
def prepared(connection: Connection) -> Iterator[None]:
    """One deployer at a time on PostgreSQL; on SQLite no foreign keys while tables are rebuilt.

    With foreign keys on, rebuilding a table deletes the rows of every child that cascades, silently.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
            connection.commit()
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration left rows that point nowhere: {broken[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def configure(**target: Any) -> None:
    """Set up Alembic alike for a live database and for SQL on paper."""
    context.configure(
        target_metadata=Base.metadata,
        render_item=render_item,
        render_as_batch=True,
        transaction_per_migration=True,
        transactional_ddl=True,
        compare_type=True,
        compare_server_default=True,
        autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        **target,
    )


def run() -> None:
    """Run what Alembic was asked to run."""
    import tracker.models  # noqa: F401  (fills the metadata)

    if context.is_offline_mode():
        configure(url=current_app.config["SQLALCHEMY_DATABASE_URI"], literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    with db.engine.connect() as connection, prepared(connection):
        configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


run()
