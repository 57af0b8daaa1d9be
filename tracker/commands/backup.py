"""A backup of the embedded database while everything runs (PostgreSQL has pg_dump), and what a restore needs."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import text

from tracker.commands.console import one_sentence
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.outcomes import feed

POSTGRESQL = "This database is PostgreSQL: pg_dump writes its backup, as docs/operations.md shows."


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def back_up(file: Path) -> None:
    """Write a backup of the SQLite database to FILE, which must not exist yet; the service goes on meanwhile."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.is_sqlite:
        raise click.ClickException(POSTGRESQL)
    try:
        with one_sentence():
            size = _write(file)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already; name a new file.") from None
    except (OSError, sqlite3.Error) as failure:
        raise click.ClickException(f"{file} could not be written: {failure}.") from None
    click.echo(f"{file} holds the whole database: {size:,} bytes, found intact.")


@click.command("restored")
@with_appcontext
def note_restore() -> None:
    """Say that this database comes from a backup, before web processes start: phones fetch everything again."""
    with one_sentence(), transaction():
        feed.begin_epoch()
    click.echo("Every phone will fetch everything again.")


def _write(file: Path) -> int:
    """Write the backup and return its size; it appears whole and checked, for its owner alone, or not at all."""
    db.session.execute(text("SELECT version_num FROM alembic_version"))  # an empty database is no backup
    db.session.rollback()
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=file.parent)
    os.close(handle)
    draft = Path(name)
    try:
        with closing(db.engine.raw_connection()) as pooled, closing(sqlite3.connect(draft)) as copy:
            source = pooled.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(copy)  # all pages in one step: one moment of the database, whoever writes meanwhile
            copy.execute("PRAGMA journal_mode=DELETE")  # one file that needs no other beside it
            _check(copy)
        os.link(draft, file)  # refuses a file that is there
        return file.stat().st_size
    finally:
        draft.unlink()


def _check(copy: sqlite3.Connection) -> None:
    """Read every page, index and reference of the copy; raises DatabaseError for the first that is wrong."""
    found = {row[0] for what in ("integrity", "foreign_key") for row in copy.execute(f"PRAGMA {what}_check")}
    if wrong := sorted(found - {"ok"}):
        raise sqlite3.DatabaseError(f"it is not intact ({wrong[0]})")
