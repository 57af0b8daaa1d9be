"""Measures logging a check-in and listing 30 of them beside the bare minimum, on both databases, in one run."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import flask_migrate

from bench import bare, report
from bench.cases import Case, Target, measure
from bench.rows import fill
from bench.servers import ROOT, serve
from tests.support import postgres
from tracker import create_app
from tracker.config import Settings
from tracker.db import db

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
SECRET_KEY = "bench-only-secret-key-0123456789-abcdef"
# As `make run` starts the web process: more threads are of no use to SQLite, which has one writer.
THREADS = {"SQLite": 2, "PostgreSQL": 4}
RESULT = ROOT / "instance/bench.json"


def main() -> None:
    """Run all cases, print the table and write every number to one file."""
    quick = _quick()
    patients, rounds, seconds = (200, 1, 1.5) if quick else (1000, 3, 3.0)
    load_before = os.getloadavg()[0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        postgres.OPTIONS.update(DURABLE)  # the tests do without; a promise kept over a power cut costs time
        server = stack.enter_context(postgres.PostgresServer())
        urls = {"SQLite": f"sqlite:///{folder}/tracker.db", "PostgreSQL": server.create_database("bench")}
        pids = {"SQLite": None, "PostgreSQL": server.pid}
        cases: list[Case] = []
        for database, url in urls.items():
            print(f"{database}: writing {patients:,} patients with 40 check-ins each ...", flush=True)
            people = _fill(folder, url, patients)
            cases += stack.enter_context(_served(database, url, folder, people, pids[database]))
        for case in cases:
            case.check()
        for number in range(rounds):
            print(f"round {number + 1} of {rounds} ...", flush=True)
            measure(cases if number % 2 == 0 else cases[::-1], seconds, number)
    result = report.summarise(cases, load_before)
    result |= {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
    }
    print(report.table(result))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(f"All numbers: {RESULT}")
    if result["refused"]:
        sys.exit("Some requests were refused, so the numbers are not those of the work that was asked for.")


def _quick() -> bool:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: a rough idea in half a minute")
    return bool(parser.parse_args().quick)


def _fill(folder: Path, url: str, patients: int) -> list[tuple[str, str]]:
    """Migrate an empty database and write the rows; return access tokens and patient ids."""
    settings = Settings(instance_dir=folder, database_url=url, secret_key=SECRET_KEY, log_level="ERROR")
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
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


if __name__ == "__main__":
    main()
