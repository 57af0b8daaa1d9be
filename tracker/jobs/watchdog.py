"""Ends a process that has fallen silent, so that its supervisor can start it anew."""

import logging
import os
from collections.abc import Callable
from threading import Event, Thread

from tracker import clock

log = logging.getLogger(__name__)


class Watchdog:
    """Measures the silence on the monotonic clock: a wall clock that is set back must not lengthen it."""

    def __init__(self, silence_seconds: float, end: Callable[[int], object] = os._exit) -> None:
        self._silence = silence_seconds
        self._end = end
        self._last = clock.monotonic()
        self._finished = Event()
        self._thread = Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self.beat()
        self._thread.start()

    def beat(self) -> None:
        """Hear that a round trip to the database has just finished."""
        self._last = clock.monotonic()

    def finish(self) -> None:
        """Stop watching."""
        self._finished.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._finished.wait(min(1.0, self._silence / 5)):
            if clock.monotonic() - self._last > self._silence:
                log.critical("no work has finished for %.0f s; ending the process", self._silence)
                self._end(os.EX_SOFTWARE)
                return
