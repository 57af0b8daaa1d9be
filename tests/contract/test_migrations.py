"""Migrations and models say the same, to the last CHECK, on both databases; nothing is lost on the way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, create_engine, inspect, text

from tests.conftest import SECRET_KEY
from tests.support.postgres import PostgresServer
from tracker import create_app
from tracker.config import Settings
from tracker.db import Base, db

HEAD = Path(__file__).parents[2] / "migrations" / "head.txt"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two empty databases of one kind: one to be migrated, one to be created from the models."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'migrated.db'}", f"sqlite:///{tmp_path / 'created.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    names = ("drift_migrated", "drift_created")
    yield server.create_database(names[0]), server.create_database(names[1])
    for name in names:
        server.drop_database(name)


@pytest.fixture
def bare_app(empty_urls: tuple[str, str], tmp_path: Path) -> Iterator[Flask]:
    """An application on an empty database."""
    settings = Settings(
        instance_dir=tmp_path, database_url=empty_urls[0], secret_key=SECRET_KEY, log_level="ERROR"
    )
    application = create_app(settings)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def test_migrated_and_created_databases_are_the_same(bare_app: Flask, empty_urls: tuple[str, str]) -> None:
    flask_migrate.upgrade()
    created = create_engine(empty_urls[1])
    Base.metadata.create_all(created)
    assert describe(db.engine) == describe(created)
    created.dispose()


def test_the_comparison_sees_a_changed_check(bare_app: Flask, empty_urls: tuple[str, str]) -> None:
    flask_migrate.upgrade()
    before = describe(db.engine)
    with db.engine.begin() as connection:
        if db.engine.dialect.name == "sqlite":
            connection.execute(text("CREATE INDEX ix_extra ON clinic (name)"))
        else:
            connection.execute(text("ALTER TABLE token DROP CONSTRAINT ck_token_kind_known"))
            connection.execute(
                text("ALTER TABLE token ADD CONSTRAINT ck_token_kind_known CHECK (kind IN ('access'))")
            )
    assert describe(db.engine) != before


def test_downgrade_leaves_nothing_and_upgrade_comes_back(bare_app: Flask) -> None:
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    flask_migrate.upgrade()
    assert set(Base.metadata.tables) <= set(inspect(db.engine).get_table_names())


def test_rebuilding_a_table_keeps_the_rows_of_its_children(bare_app: Flask) -> None:
    """SQLite rebuilds a table by dropping it: with foreign keys on, cascading children would be emptied."""
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        connection.execute(
            text("CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE)")
        )
        connection.execute(text("INSERT INTO parent VALUES (1)"))
        connection.execute(text("INSERT INTO child VALUES (1)"))
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM child")) == 1
        if connection.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_there_is_one_head_and_the_guard_file_names_it() -> None:
    heads = ScriptDirectory(str(HEAD.parent)).get_heads()
    assert list(heads) == [HEAD.read_text().strip()]


def describe(engine: Engine) -> dict[str, Any]:
    """Write a database down: columns, keys, indexes and checks of every table of ours."""
    found = inspect(engine)
    tables = sorted(set(Base.metadata.tables) & set(found.get_table_names()))
    return {table: _describe_table(found, table) for table in tables} | _definitions(engine)


def _describe_table(found: Any, table: str) -> dict[str, Any]:
    columns = {
        column["name"]: (str(column["type"]), column["nullable"], column["default"])
        for column in found.get_columns(table)
    }
    return {
        "columns": columns,
        "primary key": found.get_pk_constraint(table)["constrained_columns"],
        "foreign keys": sorted(
            (key["constrained_columns"], key["referred_table"]) for key in found.get_foreign_keys(table)
        ),
        "unique": sorted(str(key["column_names"]) for key in found.get_unique_constraints(table)),
        "checks": sorted(
            (str(check["name"]), " ".join(check["sqltext"].split()))
            for check in found.get_check_constraints(table)
        ),
        "indexes": sorted(str((index["name"], index["column_names"])) for index in found.get_indexes(table)),
    }


def _definitions(engine: Engine) -> dict[str, Any]:
    """Return the database's own text of every constraint and index, which shows what reflection leaves out."""
    if engine.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    else:
        query = (
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid::regclass::text"
            " NOT IN ('alembic_version') AND connamespace = 'public'::regnamespace"
            " UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename <> 'alembic_version' ORDER BY 1, 2"
        )
    with engine.connect() as connection:
        return {
            "definitions": [(row[0], " ".join(row[1].split())) for row in connection.execute(text(query))]
        }
