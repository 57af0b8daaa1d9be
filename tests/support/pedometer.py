"""Time as a busy machine lets it pass: steps of a thread, which it holds up as it holds up what is measured."""

from threading import Event, Thread
from typing import Self

STEP_SECONDS = 0.05


class Pedometer:
    """Counts steps while it is entered; ``seconds`` is never more than has passed."""

    def __init__(self) -> None:
        self._arrived, self._steps = Event(), 0
        self._walker = Thread(target=self._walk, daemon=True)

    def __enter__(self) -> Self:
        self._walker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._arrived.set()
        self._walker.join()

    @property
    def seconds(self) -> float:
        """How long the steps took that were walked."""
        return self._steps * STEP_SECONDS

    def _walk(self) -> None:
        while not self._arrived.wait(STEP_SECONDS):
            self._steps += 1
