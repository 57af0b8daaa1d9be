"""The application as it is measured, on a database of its own."""

from pathlib import Path

import flask_migrate
from flask import Flask

from tracker import create_app
from tracker.config import Settings

SECRET_KEY = "bench-only-secret-key-0123456789-abcdef"


def settings_of(folder: Path, url: str) -> Settings:
    """Return the settings of a process on this database."""
    return Settings(instance_dir=folder, database_url=url, secret_key=SECRET_KEY, log_level="ERROR")


def create_migrated(folder: Path, url: str) -> Flask:
    """Build the tables of an empty database; return the application on it."""
    app = create_app(settings_of(folder, url))
    with app.app_context():
        flask_migrate.upgrade()
    return app
