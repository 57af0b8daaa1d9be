"""How each database is backed up while it is written, and put back afterwards: the steps of docs/operations.md."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import make_url

from tests.support.postgres import ENVIRONMENT, PostgresServer, program
from torture.database import on_breakable_server
from torture.stage import SQLITE, Stage, stage
from tracker.db import db

# Both belong to the database that is put aside: beside another one they would spoil it.
BESIDE = ("-wal", "-shm")


class Keeper(Protocol):
    """Keeps backups of the database of one stage."""

    stage: Stage

    def back_up(self, file: Path) -> None:
        """Write a backup to a new file."""

    def restore(self, file: Path) -> None:
        """Put a backup in the place of the database, which nobody uses."""


class SqliteKeeper:
    """Backs up by the command, restores by copying the file."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def back_up(self, file: Path) -> None:
        result = self.stage.app.test_cli_runner().invoke(args=["backup", str(file)])
        assert result.exit_code == 0, result.output

    def restore(self, file: Path) -> None:
        db.session.remove()
        db.engine.dispose()
        database = Path(make_url(self.stage.settings.database_url).database or "")
        for path in (database, *(Path(f"{database}{end}") for end in BESIDE)):
            path.unlink(missing_ok=True)
        shutil.copyfile(file, database)


class PostgresKeeper:
    """Backs up by pg_dump, restores by pg_restore into a new database."""

    def __init__(self, stage: Stage, server: PostgresServer) -> None:
        self.stage, self._server = stage, server
        # The programs know the addresses of libpq, not those of SQLAlchemy.
        self._address = stage.settings.database_url.replace("postgresql+psycopg:", "postgresql:")

    def back_up(self, file: Path) -> None:
        _run("pg_dump", "--format=custom", f"--file={file}", self._address)

    def restore(self, file: Path) -> None:
        db.session.remove()
        db.engine.dispose()
        name = make_url(self.stage.settings.database_url).database or ""
        self._server.drop_database(name)
        self._server.create_database(name)
        _run("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={self._address}", str(file))


def _run(name: str, *words: str) -> None:
    done = subprocess.run(
        [program(name), *words], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def keeper_of(database: str) -> Iterator[Keeper]:
    """An empty service on a database of this kind that outlives crashes, and who keeps its backups."""
    if database == SQLITE:
        with stage(SQLITE, lease_seconds=5, send_timeout_seconds=1) as place:
            yield SqliteKeeper(place)
        return
    with on_breakable_server() as (server, place):
        yield PostgresKeeper(place, server)
