"""The server for the tests works, and dies with the process that started it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests.support.postgres import NoPostgres, PostgresServer

ROOT = Path(__file__).resolve().parents[2]
START_AND_SLEEP = """
import sys, time
from tests.support.postgres import PostgresServer
server = PostgresServer().start()
print(server.pid, server.folder, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as started:
        yield started


def answer(url: str, question: str) -> object:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return connection.scalar(text(question))


def holds_within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_copy_holds_what_its_template_held(server: PostgresServer) -> None:
    engine = create_engine(server.create_database("support_first"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept AS SELECT 42 AS answer"))
    copy = server.create_database("support_second", template="support_first")
    assert answer(copy, "SELECT answer FROM kept") == 42
    server.drop_database("support_second")
    server.drop_database("support_first")
    present = "SELECT count(*) FROM pg_database WHERE datname LIKE 'support_%'"
    assert answer(server.url("postgres"), present) == 0


def test_a_database_is_dropped_while_somebody_is_connected(server: PostgresServer) -> None:
    engine = create_engine(server.create_database("support_busy"), poolclass=NullPool)
    connection = engine.connect()
    server.drop_database("support_busy")
    connection.invalidate()
    assert (
        answer(server.url("postgres"), "SELECT count(*) FROM pg_database WHERE datname = 'support_busy'") == 0
    )


def test_stopping_leaves_neither_process_nor_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    server = PostgresServer().start()
    pid, folder = server.pid, server.folder
    assert pid
    assert folder
    assert answer(server.url("postgres"), "SHOW timezone") == "UTC"
    server.stop()
    server.stop()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_killed_process_leaves_no_server_behind() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "TEST_DATABASE_URL"}
    with subprocess.Popen(
        [sys.executable, "-c", START_AND_SLEEP], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as child:
        assert child.stdout
        pid, folder = child.stdout.readline().split()
        os.kill(int(pid), 0)
        child.send_signal(signal.SIGKILL)
        assert holds_within(60, lambda: not Path(folder).exists())


def test_a_given_server_is_left_as_it_was(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", server.url("postgres"))
    with PostgresServer() as given:
        assert given.pid is None
        created = given.create_database("support_given")
        assert answer(created, "SELECT current_database()") == "support_given"
    left = "SELECT count(*) FROM pg_database WHERE datname = 'support_given'"
    assert answer(server.url("postgres"), left) == 0


def test_a_given_server_that_does_not_answer_is_an_error_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://postgres@/postgres?host=/tmp/no-such-folder")
    with pytest.raises(NoPostgres, match=r"no answer: .* or set TEST_DATABASE_URL"):
        PostgresServer().start()
