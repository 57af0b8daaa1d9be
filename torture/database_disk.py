"""A disk that is full: writes are refused with 503, reads answer, and room alone brings everything back (R12)."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import flask_migrate
from sqlalchemy import NullPool, create_engine, event, text

from tests.cast import Cast, Person, build_cast
from tests.conftest import SECRET_KEY
from tests.jobs.due_rows import make_due, make_patient
from tests.support.postgres import PostgresServer
from torture.channel import LedgerChannel
from torture.checker import check
from torture.database_traffic import Heard, hand_in, lost, send, write
from torture.figures import Figure, at_least, exactly
from torture.ledger import Log, read_ledger
from torture.provider_channel import NeverShut
from torture.stage import POSTGRESQL, Stage
from torture.target import Report
from tracker import clock, create_app, ids
from tracker.config import Settings
from tracker.db import db

ATTEMPTS = 200
AFTERWARDS = 20
DUE = 40
NOTE_BYTES = 950
SMALL_MEGABYTES, LARGE_MEGABYTES = 32, 96
BYTES_LEFT = 600_000
PAGES_LEFT = 60


def fill_sqlite(stage: Stage, attempts: int = ATTEMPTS) -> Report:
    """Let SQLite refuse to grow, by the number of pages a connection may use."""
    cast = build_cast(stage.app)
    limit = {"pages": 2**31 - 2}

    def confine(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit['pages']}").close()

    event.listen(db.engine, "checkout", confine)
    used = db.session.scalar(text("PRAGMA page_count")) or 0
    db.session.remove()
    limit["pages"] = used + PAGES_LEFT

    def make_room() -> None:
        limit["pages"] = 2**31 - 2

    try:
        return fill(stage, cast, attempts, make_room)
    finally:
        event.remove(db.engine, "checkout", confine)


def fill_postgresql(attempts: int = ATTEMPTS) -> Report:
    """Put a database on a file system of a few megabytes, which only a user who may mount can do."""
    with PostgresServer(breakable=True) as server, small_disk() as (disk, enlarge):
        if disk is None:
            missing = Report()
            missing.add(Figure("not run: this user may not mount a file system", 0, "run as root", False))
            return missing
        create_small_database(server, disk)
        settings = Settings(
            instance_dir=disk.parent,
            database_url=server.url("small"),
            secret_key=SECRET_KEY,
            log_level="ERROR",
        )
        app = create_app(settings)
        with app.app_context():
            flask_migrate.upgrade()
            stage, cast = Stage(POSTGRESQL, app, settings, disk.parent), build_cast(app)
            leave_only(BYTES_LEFT, disk)
            try:
                return fill(stage, cast, attempts, enlarge)
            finally:
                db.session.remove()
                db.engine.dispose()


def fill(stage: Stage, cast: Cast, attempts: int, make_room: Callable[[], None]) -> Report:
    """Write until nothing more fits and on, read meanwhile, make room, and write again in the same process."""
    log, worker_id = Log(stage.folder / "provider"), ids.new_id()
    exits = NeverShut(LedgerChannel(log))
    make_due(make_patient(clock.now()), clock.now(), DUE)
    # In a thread of its own, so that each request has a context of its own.
    with ThreadPoolExecutor(1) as outside:
        heard, full, reads = outside.submit(write_until_full, stage, cast.pia, attempts).result()
        rounds_failed = sum(not send(stage, worker_id, exits) for _ in range(3))
        make_room()
        again = outside.submit(write_on, stage, cast.pia).result()
    # What the failed rounds had claimed comes back with the end of its lease.
    clock.replace(lambda: datetime.now(UTC) + timedelta(seconds=stage.settings.lease_seconds + 1))
    sent = send(stage, worker_id, exits)
    clock.replace(None)
    log.close()
    return judge(stage, [heard, full, again], reads, rounds_failed, sent)


def write_until_full(stage: Stage, person: Person, attempts: int) -> tuple[Heard, Heard, list[int]]:
    """Write until it is refused, and then so many times more with a read after each."""
    client, heard, full, reads = stage.app.test_client(), Heard(), Heard(), []
    while hand_in(client, person, write(note()), heard):
        pass
    for _ in range(attempts):
        hand_in(client, person, write(note()), full)
        reads.append(client.get("/v1/check-ins?limit=5", headers=person.headers).status_code)
    return heard, full, reads


def write_on(stage: Stage, person: Person) -> Heard:
    """Write a little more."""
    client, again = stage.app.test_client(), Heard()
    for _ in range(AFTERWARDS):
        hand_in(client, person, write(note()), again)
    return again


def note() -> str:
    """A note that no database can make smaller."""
    return token_hex(NOTE_BYTES)


def judge(stage: Stage, heard: list[Heard], reads: list[int], rounds_failed: int, sent: bool) -> Report:
    """Put what was answered beside the goals."""
    before, full, again = heard
    gone = lost(heard)
    found = check([replace(copy, process=0) for copy in read_ledger(stage.folder / "provider")])
    refused = full.statuses[503] + full.statuses[507]
    report = Report()
    report.add(
        Figure("writes acknowledged before it was full", len(before.acknowledged)),
        Figure("writes tried while it was full", full.statuses.total()),
        at_least("  refused with 503 or 507", refused, full.statuses.total() * 0.9),
        exactly(
            "  answered neither so nor with 201", full.statuses.total() - refused - full.statuses[201], 0
        ),
        exactly("reads meanwhile that did not answer", sum(status != 200 for status in reads), 0),
        Figure("rounds of the worker that failed meanwhile, of 3", rounds_failed),
        exactly("writes acknowledged once there was room", again.statuses[201], AFTERWARDS),
        exactly("the worker went on without a restart", int(sent), 1),
        exactly("acknowledged writes lost, doubled or torn", len(gone), 0),
        exactly("findings of the checker", len(found.faults()), 0),
        findings=[*gone, *found.faults(), f"while full: {dict(full.statuses)}, reads: {set(reads)}"],
    )
    return report


def leave_only(size: int, disk: Path) -> None:
    """Fill a file system but for so many bytes."""
    room = os.statvfs(disk)
    (disk / "ballast").write_bytes(bytes(room.f_bavail * room.f_frsize - size))


def create_small_database(server: PostgresServer, disk: Path) -> None:
    """Create the database ``small`` with all its tables on that disk; the log of writes stays elsewhere."""
    engine = create_engine(server.url("postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE TABLESPACE small LOCATION '{disk}'"))
        connection.execute(text("CREATE DATABASE small TABLESPACE small"))


@contextmanager
def small_disk() -> Iterator[tuple[Path | None, Callable[[], None]]]:
    """Mount a file system of a few megabytes that belongs to the server's user, and give a way to enlarge it."""
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        os.chmod(name, 0o711)
        disk = Path(name) / "disk"
        disk.mkdir()

        def mount(options: str) -> bool:
            command = ["mount", "-t", "tmpfs", "-o", options, "torture", str(disk)]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0

        owner = f"uid={user.pw_uid},gid={user.pw_gid},mode=700"
        if not mount(f"size={SMALL_MEGABYTES}m,{owner}"):
            yield None, lambda: None
            return
        try:
            yield disk, lambda: _check(mount(f"remount,size={LARGE_MEGABYTES}m"))
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=True)


def _check(done: bool) -> None:
    assert done, "the file system could not be enlarged"
