"""Done in its time or not at all, though its parts know no common end: looking up, connecting, greeting."""

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import Thread
from typing import TypeVar

from tracker import clock

Made = TypeVar("Made")


def within(deadline: float, make: Callable[[], Made], drop: Callable[[Made], object]) -> Made:
    """Return what is made before an instant of the monotonic clock; raises TimeoutError, or what making it raised.

    A thread that is held up is left behind; what it makes too late is dropped.
    """
    future: Future[Made] = Future()

    def run() -> None:
        try:
            made = make()
        except Exception as failure:
            with suppress(InvalidStateError):  # nobody waits any more
                future.set_exception(failure)
            return
        try:
            future.set_result(made)
        except InvalidStateError:
            drop(made)

    Thread(target=run, name="connecting", daemon=True).start()
    try:
        return future.result(max(deadline - clock.monotonic(), 0))
    except TimeoutError:
        if future.cancel():
            raise
        return future.result()  # it came to its end at the last moment, or of its own accord
