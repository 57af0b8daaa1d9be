"""Real worker processes for the tests that stop and kill them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from tracker.config import Settings

# After which a test gives up; it proves nothing. A busy machine takes half a minute to start a worker.
PATIENCE_SECONDS = 120
ROOT = Path(__file__).resolve().parents[2]


class Workers:
    """Starts worker processes and leaves none behind."""

    def __init__(self, settings: Settings, folder: Path, **variables: Any) -> None:
        self._folder = folder
        self._environment = os.environ | {
            "INSTANCE_DIR": str(settings.instance_dir),
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key,
            "LOG_LEVEL": "INFO",
            "TICK_SECONDS": "1",
            **{name: str(value) for name, value in variables.items()},
        }
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                process.kill()
            process.communicate()

    def start(self, last_look: str = "wanted", silence_seconds: float = 30) -> subprocess.Popen[str]:
        """Start one worker; what it logs stands in the folder."""
        with (self._folder / "worker.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.jobs.worker_program", last_look, str(silence_seconds)],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.PIPE,
                text=True,
            )
        self._processes.append(process)
        return process


def stop(process: subprocess.Popen[str]) -> int:
    """Ask a worker to stop and return its exit status."""
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=PATIENCE_SECONDS)


def wait_until(reached: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.01)
