"""The database handle: base class, constraint names, column types, transactions, SQLite's discipline."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, CheckConstraint, Connection, DateTime, Dialect, MetaData, Uuid, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import CoreExecuteOptionsParameter
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant; refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; SQLite keeps it without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return an aware UTC instant whatever the driver gave."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Base(DeclarativeBase):
    """Base of every row."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime(),
            UUID: Uuid(),
            dict[str, Any]: Json,
            list[str]: Json,
            list[dict[str, Any]]: Json,
            list[dict[str, str]]: Json,
        },
    )


db = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False, "autoflush": False}
)

# SQLite has one writer; waiting here in turn is fair, waiting in its busy handler is not
# (p99 of a write: 14 ms against 375 ms).
_sqlite_writer = threading.RLock()


def one_of(column: str, vocabulary: type[StrEnum]) -> CheckConstraint:
    """Return the named CHECK that keeps a text column inside a vocabulary, alike on both databases."""
    members = ", ".join(f"'{member.value}'" for member in vocabulary)
    return CheckConstraint(f"{column} IN ({members})", name=f"{column}_known")


def within(column: str, low: int, high: int) -> CheckConstraint:
    """Return the named CHECK that keeps a number inside its bounds; NULL passes."""
    return CheckConstraint(f"{column} BETWEEN {low} AND {high}", name=f"{column}_bounds")


def is_sqlite() -> bool:
    """Say whether the current application runs on the embedded database."""
    return db.engine.dialect.name == "sqlite"


@contextmanager
def transaction() -> Iterator[None]:
    """Commit at the end, roll back on any error; on SQLite one writer of the process at a time."""
    session = db.session()
    session.commit()  # ends what was only read before; nothing is pending outside a transaction
    sqlite = is_sqlite()
    if sqlite:
        _sqlite_writer.acquire()
    try:
        session.connection(execution_options={"write": True})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        if sqlite:
            _sqlite_writer.release()


# SQLite's driver is in this state already; to name it would make SQLAlchemy take it out again afterwards.
_ALONE: dict[str, CoreExecuteOptionsParameter] = {
    "sqlite": {"alone": True},
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
}


def reading() -> Connection:
    """Return the connection of this unit of work; outside a transaction each statement stands alone.

    Without BEGIN and ROLLBACK a read costs one trip to the server instead of three.
    """
    session = db.session()
    if session.in_transaction():
        return session.connection()
    return session.connection(execution_options=_ALONE[db.engine.dialect.name])


def rows(statement: Any, parameters: Any = None) -> Sequence[Any]:
    """Run one statement and return all rows."""
    return db.session.execute(statement, parameters).all()


def init(app: Flask, url: str) -> None:
    """Bind the database to the application and install SQLite's discipline."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(url)
    db.init_app(app)
    if url.startswith("sqlite"):
        with app.app_context():
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)


def _engine_options(url: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
        "hide_parameters": True,  # the text of a database error must not carry a patient's values into a log
    }
    if url.startswith("sqlite"):
        return options | {"connect_args": {"timeout": 10, "check_same_thread": False}}
    limits = {
        "timezone": "UTC",
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
    }
    return options | {
        "pool_size": 8,
        "max_overflow": 64,  # one for each of the most sender threads a worker may have
        "pool_recycle": 1800,
        "connect_args": {
            "options": " ".join(f"-c {key}={value}" for key, value in limits.items()),
            "connect_timeout": 5,
            # A server that is gone without a word is noticed after 15 s, by whoever asks it and by whoever waits for
            # its answer. A ping before each use (pool_pre_ping) would wait as long, and cost a trip every time.
            "tcp_user_timeout": 15000,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
        },
    }


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN loses concurrent updates silently
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "busy_timeout=10000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if "alone" not in options:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if "write" in options else "BEGIN")
