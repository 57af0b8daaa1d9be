"""The processes of the service as children of this one: started, looked after, ended together."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tracker.config import Settings

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
STOP_SECONDS = 10
WEB = "web process"


class CannotRun(Exception):
    """What keeps the service from running, in one sentence."""


@dataclass(frozen=True, slots=True)
class Child:
    """One process; what it prints goes to a file."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Raise CannotRun when the process has ended by itself."""
        status = self.process.poll()
        if status is not None:
            how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
            raise CannotRun(f"The {self.name} {how}, so all was stopped (see {self.log}).{self._reason()}")

    def end(self, patience_seconds: float) -> None:
        """Wait until the process has ended, but not longer, and leave nothing of it behind."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patience_seconds)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # also what a killed one has left running
        self.process.wait()

    def _reason(self) -> str:
        """Return the sentence a process left behind; log records are none."""
        last = self.log.read_text(errors="replace").strip().rpartition("\n")[2]
        return f" It said: {last}" if last.endswith(".") and last[0] not in "[{" else ""


@dataclass(slots=True)
class Service:
    """The web process and the worker."""

    settings: Settings
    port: int
    environment: Mapping[str, str]
    children: list[Child] = field(default_factory=list)
    has_answered: bool = False

    def start(self) -> None:
        """Start both; more threads are of no use to SQLite, which has one writer."""
        threads = "2" if self.settings.is_sqlite else "4"
        web = ["granian", "--interface", "wsgi", "--host", HOST, "--port", str(self.port)]
        self._start(WEB, "web.log", *web, "--blocking-threads", threads, "--no-ws", "wsgi:app")
        self._start("worker", "worker.log", "flask", "--app", "wsgi", "worker")

    def is_ready(self) -> bool:
        """Say whether the web process answers and its database is ready."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            status = connection.getresponse().status
            self.has_answered = True
            return status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def check(self) -> None:
        """Raise CannotRun when either process has ended by itself."""
        for child in self.children:
            child.check()

    def end(self) -> None:
        """Ask both to end, and wait until they have."""
        for child in self.children:
            child.process.terminate()
        # Granian hangs for good when it is asked to end while it starts; nobody waits for an answer then.
        patience = STOP_SECONDS if self.has_answered else 0
        for child in reversed(self.children):
            child.end(patience if child.name == WEB else STOP_SECONDS)

    def _start(self, name: str, log_name: str, *command: str) -> None:
        log = self.settings.instance_dir / log_name
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  (no part of it comes from outside)
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches this process alone, which ends the others in order
            )
        self.children.append(Child(name, log, process))
