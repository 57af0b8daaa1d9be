"""The real worker in a process of its own; only the decision whether a message is wanted is the test's.

Usage: python -m tests.jobs.worker_program wanted|hang SILENCE_SECONDS

With LOOK_SECONDS in its environment it looks after its timetable so often. With TICKS_FILE it writes a line
there for every tick: at which of its steps that was.
"""

import os
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from sqlalchemy import Engine, event

from tests.jobs.due_rows import wanted
from tracker import create_app
from tracker.delivery.models import Dispatch, WorkerHeartbeat
from tracker.delivery.rules.verdicts import Verdict
from tracker.delivery.vocabulary import Purpose
from tracker.jobs import worker


def hang(row: Dispatch, now: datetime) -> Verdict:
    """Never come back."""
    time.sleep(60)
    return wanted(row, now)


class Pedometer:
    """Counts steps of the steady clock beside the worker; a busy machine slows them as it slows the worker."""

    SECONDS = 0.1

    def __init__(self, file: Path) -> None:
        self._file, self._steps = file, 0
        Thread(target=self._walk, daemon=True).start()
        event.listen(Engine, "after_cursor_execute", self._note)

    def _walk(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, worker.STOP_SIGNALS)  # they are for the worker to hear
        never = Event()
        while not never.wait(self.SECONDS):
            self._steps += 1

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # Every tick signs itself there, and nothing else writes it.
        if WorkerHeartbeat.__tablename__ in statement and statement.startswith(("INSERT", "UPDATE")):
            with self._file.open("a") as ticks:
                ticks.write(f"{self._steps}\n")


if __name__ == "__main__":
    if ticks_file := os.environ.get("TICKS_FILE"):
        Pedometer(Path(ticks_file))
    if look_seconds := os.environ.get("LOOK_SECONDS"):
        worker.LOOK_SECONDS = float(look_seconds)
    last_look = {"wanted": wanted, "hang": hang}[sys.argv[1]]
    last_looks = {Purpose.ALERT: last_look, Purpose.REMINDER: last_look}
    sys.exit(worker.run(create_app(), last_look=last_looks, silence_seconds=float(sys.argv[2])))
