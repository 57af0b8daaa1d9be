"""A database of its own for one long run, built by the migrations and gone afterwards."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask

from tests.conftest import MEMORY, SECRET_KEY
from tests.support.postgres import PostgresServer
from tracker import create_app
from tracker.config import Settings
from tracker.db import db

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
DATABASES = (SQLITE, POSTGRESQL)


@dataclass(frozen=True, slots=True)
class Stage:
    """An empty service, its settings, and a folder for what a run writes."""

    database: str
    app: Flask
    settings: Settings
    folder: Path


@contextmanager
def stage(database: str, **changes: Any) -> Iterator[Stage]:
    """Set the stage with these settings changed; its application context is pushed."""
    with (
        tempfile.TemporaryDirectory(prefix="torture-", dir=MEMORY if MEMORY.is_dir() else None) as name,
        _address(database, Path(name)) as url,
    ):
        folder = Path(name)
        settings = Settings(
            instance_dir=folder, database_url=url, secret_key=SECRET_KEY, log_level="ERROR", **changes
        )
        app = create_app(settings)
        with app.app_context():
            flask_migrate.upgrade()
            try:
                yield Stage(database, app, settings, folder)
            finally:
                db.session.remove()
                db.engine.dispose()


@contextmanager
def _address(database: str, folder: Path) -> Iterator[str]:
    if database == SQLITE:
        yield f"sqlite:///{folder / 'tracker.db'}"
        return
    with PostgresServer() as server:
        name = folder.name.replace("-", "_")
        url = server.create_database(name)
        try:
            yield url
        finally:
            server.drop_database(name)
