"""Logging a check-in and listing 30 of them beside the bare minimum, on both databases."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import bare
from bench.apps import SECRET_KEY, create_migrated
from bench.cases import Case, Target, measure
from bench.rows import fill
from bench.servers import serve
from tests.support.postgres import PostgresServer
from tracker.db import db

# As `make run` starts the web process: more threads are of no use to SQLite, which has one writer.
THREADS = {"SQLite": 2, "PostgreSQL": 4}


def measure_all(folder: Path, server: PostgresServer, *, quick: bool) -> list[Case]:
    """Fill both databases, serve them and load them; the cases hold what was measured."""
    patients, rounds, seconds = (200, 1, 1.5) if quick else (1000, 3, 3.0)
    urls = {"SQLite": f"sqlite:///{folder}/tracker.db", "PostgreSQL": server.create_database("bench")}
    pids = {"SQLite": None, "PostgreSQL": server.pid}
    with ExitStack() as stack:
        cases: list[Case] = []
        for database, url in urls.items():
            print(f"{database}: writing {patients:,} patients with 40 check-ins each ...", flush=True)
            people = _fill(folder, url, patients)
            cases += stack.enter_context(_served(database, url, folder, people, pids[database]))
        for case in cases:
            case.check()
        for number in range(rounds):
            print(f"requests: round {number + 1} of {rounds} ...", flush=True)
            measure(cases if number % 2 == 0 else cases[::-1], seconds, number)
    return cases


def _fill(folder: Path, url: str, patients: int) -> list[tuple[str, str]]:
    """Write the rows into an empty database; return access tokens and patient ids."""
    app = create_migrated(folder, url)
    with app.app_context():
        people = fill(app, patients)
        db.session.remove()
        db.engine.dispose()
    bare.create_table(url)
    return people


@contextmanager
def _served(
    database: str, url: str, folder: Path, people: list[tuple[str, str]], pid: int | None
) -> Iterator[list[Case]]:
    """Serve the application and the bare views on one database; yield the cases to measure."""
    variables = {"INSTANCE_DIR": str(folder), "DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}
    threads = THREADS[database]
    with (
        serve("bench.bare:app", threads, {"BENCH_DATABASE": url}, folder / f"{database}-bare.log") as bare_at,
        serve("wsgi:app", threads, variables, folder / f"{database}-app.log") as app_at,
    ):
        yield [
            Case(database, method, Target(*app_at), Target(*bare_at), people, pid)
            for method in ("POST", "GET")
        ]
