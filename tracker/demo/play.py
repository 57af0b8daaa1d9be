"""Plays deeds on a movable clock: it jumps to the next thing that is due, so that a week takes seconds."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from sqlalchemy import func, select

from tracker.clock import MovableClock
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.sessions.models import TreatmentSession

# What a round of the worker leaves due at the same moment, such as a message about an alert, the next one takes.
ROUNDS_AT_ONE_MOMENT = 3


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a person does at an instant."""

    at: datetime
    do: Callable[[], None]


class WorkerStuck(Exception):
    """The worker was asked to work and left what was due where it was."""


def play(
    app: Flask,
    moment: MovableClock,
    deeds: Iterable[Deed],
    work: Callable[[], None],
    until: datetime,
    watch: Callable[[], None] = lambda: None,
) -> None:
    """Do every deed at its instant, and let the worker work whenever something is due, up to a last instant.

    ``work`` is one round of the real worker; ``watch`` is called after each step. Raises WorkerStuck.
    """
    agenda = deque(sorted(deeds, key=lambda deed: deed.at))
    while True:
        due = find_next_due(app)
        times = [at for at in (due, agenda[0].at if agenda else None) if at is not None and at <= until]
        if not times:
            break
        moment.move_to(max(min(times), moment()))
        if agenda and agenda[0].at <= moment():
            agenda.popleft().do()
        else:
            _let_work(app, moment, work)
        watch()
    moment.move_to(max(until, moment()))


def find_next_due(app: Flask) -> datetime | None:
    """Return when the worker next has something to do, or None."""
    with app.app_context():
        message = select(func.min(Dispatch.next_attempt_at)).where(Dispatch.ended_at.is_(None))
        look = select(func.min(TreatmentSession.assess_after))
        moments = [db.session.scalar(statement) for statement in (message, look)]
    return min((at for at in moments if at is not None), default=None)


def _let_work(app: Flask, moment: MovableClock, work: Callable[[], None]) -> None:
    for _ in range(ROUNDS_AT_ONE_MOMENT):
        work()
        due = find_next_due(app)
        if due is None or due > moment():
            return
    raise WorkerStuck(f"Something was due at {due:%Y-%m-%d %H:%M} UTC and stayed so.")
