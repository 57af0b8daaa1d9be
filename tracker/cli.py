"""Commands for operators; each is one call of a service with the time of now."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from tracker.db import db

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def register(app: Flask) -> None:
    """Add all commands to the application."""
    Migrate(app, db, directory=str(MIGRATIONS))
