"""One application per database, built by the migrations, emptied after every test; a clock that stands still."""

import io
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import flask_migrate
import hypothesis
import pytest
from flask import Flask

from tests.cast import Cast, again, build_cast
from tests.scene import Scene
from tests.support.kept import Kept, empty, written_down
from tests.support.postgres import PostgresServer
from tests.support.turns import DATABASES, find_out_of_turn
from tracker import clock, create_app, logs
from tracker.config import Settings
from tracker.db import db

SECRET_KEY = "tests-only-secret-key-0123456789-abcdef"
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MEMORY = Path("/dev/shm")

# The same examples on every machine, and a busy one may take its time for them.
hypothesis.settings.register_profile(
    "tests", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("tests")


# Where the tests that take longest are: who begins with them waits for nobody in the end.
LONGEST = (
    "hostile/test_hostile_contract",
    "jobs/test_clock_steps",
    "jobs/test_worker_process",
    "torture/test_",
    "delivery/test_neutral_messages",
    "commands/test_commands",
    "demo/test_run_process",
    "database/test_plans",
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "any_database: no database changes what it asserts: it runs on one, by turns"
    )
    config.addinivalue_line("markers", "both_databases: of a flow, but databases may answer it differently")


@pytest.hookimpl(tryfirst=True)  # pytest brings together afterwards what shares a database
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what would only repeat, unless TEST_BOTH asks for it, and put the longest tests first."""
    if not os.environ.get("TEST_BOTH"):
        by_turns = [item.nodeid for item in items if is_once_enough(item)]
        out_of_turn = find_out_of_turn(by_turns)
        items[:] = [item for item in items if item.nodeid not in out_of_turn]
    items.sort(key=lambda item: not any(part in item.nodeid for part in LONGEST))


def is_once_enough(item: pytest.Item) -> bool:
    """Say whether a case may run on either database: flows, and what is marked."""
    if item.get_closest_marker("both_databases") is not None:
        return False
    return item.path.stem.endswith("_flow") or item.get_closest_marker("any_database") is not None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started for this run."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder in memory where the machine has one: fsync is real but costs nothing."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session", params=DATABASES)
def database_url(request: pytest.FixtureRequest, scratch: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{scratch / 'tracker.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"tracker_{scratch.name.lower().replace('-', '_')}"
    server.drop_database(name)  # of the same run, if it has used SQLite meanwhile
    return server.create_database(name)


@pytest.fixture(scope="session")
def settings(database_url: str, scratch: Path) -> Settings:
    """Settings of a process that uses this database."""
    folder = scratch / database_url.split(":", 1)[0].split("+", 1)[0]
    return Settings(
        instance_dir=folder,
        database_url=database_url,
        secret_key=SECRET_KEY,
        log_level="ERROR",
        claim_batch=10,
    )


@pytest.fixture(scope="session")
def migrated_app(settings: Settings) -> Iterator[Flask]:
    """The application on a database that the migrations built."""
    application = create_app(settings)
    with application.app_context():
        flask_migrate.upgrade()
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """The application with an empty database and its context pushed."""
    yield migrated_app
    db.session.remove()
    empty()


@pytest.fixture
def moment() -> Iterator[clock.MovableClock]:
    """The clock of the whole process, standing at 2 March 2026, 15:00 UTC, until it is moved."""
    movable = clock.MovableClock(START)
    clock.replace(movable)
    yield movable
    clock.replace(None)


@pytest.fixture(scope="session")
def kept_cast(migrated_app: Flask) -> Kept[Cast]:
    """The cast of this run and database, with its rows."""
    return Kept()


@pytest.fixture
def cast(app: Flask, moment: clock.MovableClock, kept_cast: Kept[Cast]) -> Cast:
    """Everybody who appears in the API tests, signed in for a year of the clock that stands still."""
    assert clock.now() == START

    def make() -> Cast:
        assert written_down() == "", "the cast is kept without what others wrote"
        return build_cast(app)

    return again(kept_cast.take(make), app)


@pytest.fixture
def scene(app: Flask, cast: Cast, moment: clock.MovableClock) -> Scene:
    """Everybody is signed in and the clock stands at the end of the session."""
    return Scene(app, cast, moment)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Every line that the process logs at DEBUG, as it would stand on standard output."""
    root, lines, usual = logging.getLogger(), io.StringIO(), sys.stdout
    handlers, level = root.handlers, root.level
    sys.stdout = lines
    logs.configure("DEBUG")
    sys.stdout = usual
    yield lines
    root.handlers = handlers
    root.setLevel(level)
