"""A process that has loaded everything and forks a real worker per order: fifty times faster than a new Python.

It never opens a database connection itself, so that no two workers share one.
Usage: python -m torture.nursery LOG_FILE, then one order per line on standard input.
"""

import gc
import json
import os
import signal
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import configure_mappers

from tests.jobs.due_rows import wanted
from torture import points
from torture.channel import LedgerChannel
from torture.ledger import Log
from tracker import clock, create_app, ids
from tracker.config import Settings
from tracker.delivery import channels
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.verdicts import Verdict
from tracker.delivery.vocabulary import Purpose
from tracker.jobs import worker
from tracker.jobs.dispatch import run_once

SILENCE_SECONDS = 60
POISON = "poison"
# For a clock that is ahead: so little that it is still this moment, yet the worker does one round and ends.
NOW = 0.001


@dataclass(frozen=True, slots=True)
class Order:
    """How one worker is to be: its settings, its way out, and where it kills itself."""

    settings: dict[str, Any] = field(default_factory=dict)
    # The file that is its provider; empty: the channel that the settings ask for.
    ledger: str = ""
    provider_seconds: float = 0.0
    # The name of a fail point; empty: it lives.
    point: str = ""
    # How far its clock is ahead, so that leases of others have ended for it; such a worker does one round.
    ahead_seconds: float = 0.0
    # As the command ``worker --paused`` starts it, with the real decision whether a message is wanted.
    paused: bool = False
    # What a web process is asked in its place.
    request: dict[str, Any] = field(default_factory=dict)


def work(app: Flask, order: Order) -> int:
    """Be the worker that was ordered; returns its exit status."""
    os.environ["PGAPPNAME"] = str(os.getpid())  # a trigger can tell who wrote
    settings: Settings = replace(app.extensions["settings"], **order.settings)
    app.extensions["settings"] = settings
    if order.ledger:
        _supply(LedgerChannel(Log(Path(order.ledger)), order.provider_seconds))
    with app.app_context():
        points.arm(order.point)
        if order.request:
            answer = app.test_client().post(**order.request)
            sys.stdout.write(answer.get_data(as_text=True))
            return os.EX_OK if answer.status_code == HTTPStatus.CREATED else os.EX_SOFTWARE
        if order.ahead_seconds:
            # The timetable of a whole worker goes by the clock of the machine.
            ahead = timedelta(seconds=order.ahead_seconds)
            clock.replace(lambda: datetime.now(UTC) + ahead)
            run_once(settings, ids.new_id(), last_look=LAST_LOOK)
            return os.EX_OK
    if order.paused:
        return app.test_cli_runner().invoke(args=["worker", "--paused"]).exit_code
    return worker.run(app, last_look=LAST_LOOK, silence_seconds=SILENCE_SECONDS)


def wanted_unless_poison(row: Dispatch, now: datetime) -> Verdict:
    """Every row is wanted; one that is poison kills whoever looks at it."""
    if row.step_key == POISON:
        points.die()
    return wanted(row, now)


LAST_LOOK = {Purpose.ALERT: wanted_unless_poison, Purpose.REMINDER: wanted_unless_poison}


def _supply(channel: LedgerChannel) -> None:
    setattr(channels, "open_all", lambda _: {channel.name: channel})  # noqa: B010


def serve(app: Flask, output: Path) -> None:
    """Fork and wait as told until standard input ends; then nobody is left."""
    children: set[int] = set()
    # Inherited: a worker that is told to stop before it could say what it does then, waits with that.
    signal.pthread_sigmask(signal.SIG_BLOCK, worker.STOP_SIGNALS)
    for line in sys.stdin:
        told = json.loads(line)
        if "start" in told:
            answer = os.fork()
            if answer == 0:
                _become(app, Order(**told["start"]), output)
            children.add(answer)
        elif "wait" in told:
            _, status = os.waitpid(told["wait"], 0)
            children.discard(told["wait"])
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = _end(children)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    _end(children)


def _end(children: set[int]) -> int:
    """Kill whoever is left, and say how many that were."""
    left = len(children)
    while children:
        child = children.pop()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return left


def _become(app: Flask, order: Order, output: Path) -> None:
    status = os.EX_SOFTWARE
    try:
        streams = os.open(os.devnull, os.O_RDONLY), os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(streams[0], 0)
        os.dup2(streams[1], 1)
        os.dup2(streams[1], 2)
        status = work(app, order)
    finally:
        sys.stdout.flush()
        os._exit(status)


if __name__ == "__main__":
    loaded = create_app()
    configure_mappers()
    gc.freeze()
    serve(loaded, Path(sys.argv[1]))
