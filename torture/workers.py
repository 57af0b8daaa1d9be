"""The other end of the nursery: starts real workers, strikes them, and leaves none behind."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from tests.jobs.worker_processes import ROOT
from torture.ledger import Log
from torture.nursery import Order
from tracker.config import Settings


class Nursery:
    """Workers of one database, each forked from a loaded parent."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self._output = folder / "workers.log"
        self.strikes = Log(folder / "strikes")
        variables = {
            "INSTANCE_DIR": str(settings.instance_dir),
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key,
            "LOG_LEVEL": "ERROR",
            "TICK_SECONDS": "1",
        }
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "torture.nursery", str(self._output)],
            cwd=ROOT,
            env=os.environ | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._parent.communicate()
        self.strikes.close()

    def start(self, order: Order) -> int:
        """Start one worker; returns its process id."""
        return self._ask({"start": asdict(order)})

    def wait(self, process: int) -> int:
        """Return the exit status of a worker that is ending, or minus the signal that killed it."""
        return self._ask({"wait": process})

    def strike(self, process: int, by: signal.Signals) -> None:
        """Send a signal to a worker, and write down that it was this one."""
        self.strikes.keep_strike(process)
        os.kill(process, by)

    def kill(self, process: int) -> None:
        """Kill a worker and see it gone."""
        self.strike(process, signal.SIGKILL)
        assert self.wait(process) == -signal.SIGKILL, self.said()

    def resume(self, process: int) -> None:
        """Wake up a worker that was paused."""
        os.kill(process, signal.SIGCONT)

    def terminate(self, process: int) -> None:
        """Stop a worker in the middle of its work, as a rolling restart does."""
        self.strikes.keep_strike(process)
        self.stop(process)

    def stop(self, process: int) -> None:
        """Stop a worker as its supervisor would; it must end well."""
        os.kill(process, signal.SIGTERM)
        status = self.wait(process)
        assert status == os.EX_OK, f"a worker ended with {status}: {self.said()}"

    def run(self, order: Order) -> None:
        """Have a worker that does one round do it; it must end well."""
        assert self.wait(self.start(order)) == os.EX_OK, self.said()

    def said(self) -> str:
        """Return the last of what workers wrote to their log."""
        return self._output.read_text()[-2000:] if self._output.exists() else ""

    def end_all(self) -> None:
        """Kill whoever still runs."""
        self._ask({})

    def _ask(self, told: dict[str, Any]) -> int:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(told) + "\n")
        self._parent.stdin.flush()
        answer = self._parent.stdout.readline()
        assert answer, "the nursery has ended"
        return int(answer)
