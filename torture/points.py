"""Fail points: places between two steps of the engine at which a worker kills itself.

Armed in the process of a torture worker alone; the engine knows nothing of them.
"""

import os
import signal
import time
from collections.abc import Callable
from functools import wraps
from itertools import count
from random import random
from threading import Thread, get_ident
from typing import Any

from sqlalchemy import event

from torture.channel import LedgerChannel
from tracker.db import db
from tracker.delivery import statements
from tracker.delivery.rules.message import Message, Result

# The last statement of each of the three transactions of a hand-over.
STEPS = {"claim": "claim_due", "begin": "begin", "result": "record"}
MOMENTS = ("before", "written", "committing", "committed")
RECEIVED = "provider received"
NAMES = (
    *(f"claim {moment}" for moment in MOMENTS),
    *(f"begin {moment}" for moment in MOMENTS),
    RECEIVED,
    *(f"result {moment}" for moment in MOMENTS),
)
COMMIT_SECONDS = 0.001
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


def arm(name: str) -> None:
    """Make this process kill itself at the point of this name; an empty name arms nothing.

    Besides NAMES there are ``write N`` and ``commit N``: after its Nth write, and in the middle of its Nth commit.
    """
    step, _, moment = name.partition(" ")
    if name == RECEIVED:
        _arm_channel()
    elif step in STEPS:
        _arm_step(STEPS[step], moment)
    elif step == "write":
        _arm_write(int(moment))
    elif step == "commit":
        _arm_commit(int(moment))


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the signal may reach another thread first


def _arm_channel() -> None:
    send = LedgerChannel.send

    def send_and_die(channel: LedgerChannel, message: Message) -> Result:
        result = send(channel, message)
        die()
        return result

    setattr(LedgerChannel, "send", send_and_die)  # noqa: B010


def _arm_step(function: str, moment: str) -> None:
    original: Callable[..., Any] = getattr(statements, function)

    @wraps(original)
    def step(*arguments: Any, **options: Any) -> Any:
        if moment == "before":
            die()
        result = original(*arguments, **options)
        if result != []:  # a claim that found nothing is none
            _after(moment)
        return result

    setattr(statements, function, step)


def _after(moment: str) -> None:
    if moment == "written":
        die()
    mine = get_ident()  # other tasks of the worker commit, too

    def committing(_: Any) -> None:
        if get_ident() == mine:
            Thread(target=_die_soon).start()

    def committed(_: Any) -> None:
        if get_ident() == mine:
            # A process that is to die while it commits comes no further than this.
            die() if moment == "committed" else time.sleep(60)

    if moment == "committing":
        event.listen(db.engine, "commit", committing)
    event.listen(db.session, "after_commit", committed)


def _arm_write(number: int) -> None:
    left = count(number - 1, -1)

    def written(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(WRITES) and next(left) == 0:
            die()

    event.listen(db.engine, "after_cursor_execute", written)


def _arm_commit(number: int) -> None:
    left = count(number - 1, -1)

    def committing(_: Any) -> None:
        if next(left) == 0:
            Thread(target=_die_soon).start()

    def committed(_: Any) -> None:
        if next(reached) == 0:
            time.sleep(60)  # comes no further than this

    reached = count(number - 1, -1)
    event.listen(db.engine, "commit", committing)
    event.listen(db.session, "after_commit", committed)


def _die_soon() -> None:
    time.sleep(random() * COMMIT_SECONDS)
    die()
