"""The other side of the race: a process of its own that hands over what is due whenever it is told to."""

import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

from torture.target import quieten
from tracker import clock, create_app, ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.rules.verdicts import Verdict
from tracker.delivery.vocabulary import AttemptOutcome, Purpose
from tracker.engine.last_look import LAST_LOOK
from tracker.jobs.dispatch import run_once
from tracker.jobs.exits import Exits

ANSWERS = (
    *[Result(AttemptOutcome.ACCEPTED)] * 5,
    *[Result(AttemptOutcome.TRANSIENT, "http_503")] * 3,
    *[Result(AttemptOutcome.UNKNOWN, "timeout")] * 2,
)


@dataclass(slots=True)
class Round:
    """What one round did: when each row was decided about, by the machine's own clock, and what left."""

    decided: dict[UUID, float] = field(default_factory=dict)
    sent_to: list[str] = field(default_factory=list)


class HalfHearted:
    """A provider that accepts every second message and forces the engine to look at the others again."""

    name = "email"
    drops_repetitions = True

    def __init__(self) -> None:
        self.round = Round()
        self._chance = random.Random(7)

    def send(self, message: Message) -> Result:
        self.round.sent_to.append(message.address)
        return self._chance.choice(ANSWERS)


class Dispatcher:
    """The process, seen from the side that withdraws."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def go(self, now: datetime) -> None:
        """Let it hand over what is due at this instant; it starts at once."""
        self._pipe.send(now)

    def finish(self) -> Round:
        """Wait until nothing is due any more."""
        done: Round = self._pipe.recv()
        return done


@contextmanager
def dispatcher(settings: Settings) -> Iterator[Dispatcher]:
    """Start the process and end it afterwards."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(settings, there))
    process.start()
    there.close()
    try:
        yield Dispatcher(here)
    finally:
        here.close()
        process.join(10)
        process.kill()
        process.join()


def _serve(settings: Settings, pipe: Connection) -> None:
    quieten()
    # Few at once: a claim and what follows from it lie close together.
    app, provider, settings = create_app(settings), HalfHearted(), replace(settings, claim_batch=8)

    def decide(row: Dispatch, now: datetime) -> Verdict:
        provider.round.decided[row.id] = time.monotonic()
        return LAST_LOOK[Purpose(row.purpose)](row, now)

    last_look: dict[Purpose, Any] = dict.fromkeys(Purpose, decide)
    with app.app_context():
        while (now := _next(pipe)) is not None:
            clock.replace(MovableClock(now))
            provider.round = Round()
            run_once(settings, ids.new_id(), last_look=last_look, exits=Exits({"email": provider}))
            pipe.send(provider.round)


def _next(pipe: Connection) -> datetime | None:
    try:
        now: datetime = pipe.recv()
    except (EOFError, ConnectionResetError):
        return None
    return now
