"""The embedded database has one worker: a file lock that dies with its process."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from tracker.config import Settings


class AlreadyRunning(Exception):
    """Another worker serves this database; the message says what to do."""


@contextmanager
def sole_worker(settings: Settings) -> Iterator[None]:
    """Hold the lock beside an SQLite database; raises AlreadyRunning. PostgreSQL allows any number of workers."""
    if not settings.is_sqlite:
        yield
        return
    path = lock_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"A worker is already running on this database (lock: {path}); stop it first, "
                "or use PostgreSQL, which allows several."
            ) from None
        yield


def lock_path(settings: Settings) -> Path:
    """Return the lock file, which stands beside the database file."""
    database = settings.instance_dir / (make_url(settings.database_url).database or "")
    return database.with_name(f"{database.name}.worker-lock")
