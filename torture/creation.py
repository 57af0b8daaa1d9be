"""A web process killed while it records a session: the reminders exist if and only if the session does."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count, cycle
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from tests.cast import LASTING, Cast, Person, admit, build_cast
from tests.support.keys import keyed, new_key
from torture.figures import Figure, exactly
from torture.nursery import Order
from torture.workers import Nursery
from tracker import clock
from tracker.db import db, transaction
from tracker.delivery.models import Dispatch
from tracker.people import sign_in
from tracker.sessions.models import TreatmentSession

SIGKILLED = -9
NOTHING = (0, 0)


@dataclass(slots=True)
class Creation:
    """How often a process was killed, what that left, and what should not have been left."""

    kills: int
    nothing: int
    everything: int
    wrong: list[str]


class _Desk:
    """Asks for one session per patient, in a process that may be told to die on the way."""

    def __init__(self, app: Flask, nursery: Nursery) -> None:
        self._nursery = nursery
        self._cast: Cast = build_cast(app)
        self._lives = sign_in.Lives(nursery.settings.secret_key, LASTING, LASTING)
        self._numbers = count()
        self._ended_at = (clock.now() - timedelta(hours=1)).isoformat()

    def new_patient(self) -> Person:
        with transaction():
            return admit(self._cast.tilda, f"patient{next(self._numbers)}", self._lives)

    def ask(self, patient: Person, key: str, point: str = "") -> int:
        """Return how the process ended that answered."""
        body = {
            "patient_id": str(patient.patient_id),
            "modality": "dry_needling",
            "technique": "deep",
            "body_areas": [{"region": "lower_back", "side": "left"}],
            "ended_at": self._ended_at,
            "time_zone": "Europe/Berlin",
            "baseline_soreness": 2,
        }
        request = {"path": "/v1/sessions", "json": body, "headers": keyed(self._cast.tilda.headers, key)}
        return self._nursery.wait(self._nursery.start(Order(request=request, point=point)))


def kill_creations(app: Flask, nursery: Nursery, times: int) -> Creation:
    """Kill a process at every write and every commit of the request, that many times; needs an empty database."""
    desk = _Desk(app, nursery)
    whole = desk.new_patient()
    desk.ask(whole, new_key())
    everything = found_of(whole.patient_id)
    seen = Creation(0, 0, 0, [] if min(everything) > 0 else [f"a whole session is {everything}"])
    for kind in cycle(["commit", "write"]):
        for number in count(1):
            if seen.kills == times:
                return seen
            if not _kill_at(f"{kind} {number}", desk, everything, seen):
                break
    raise AssertionError("unreachable")


def _kill_at(point: str, desk: _Desk, everything: tuple[int, int], seen: Creation) -> bool:
    """Say whether the request comes to this point at all; its sender asks again with the same key."""
    patient, key = desk.new_patient(), new_key()
    status = desk.ask(patient, key, point)
    left = found_of(patient.patient_id)
    again = desk.ask(patient, key)
    now = found_of(patient.patient_id)
    if status == SIGKILLED:
        seen.kills += 1
        seen.nothing += left == NOTHING
        seen.everything += left == everything
    if status not in {SIGKILLED, 0} or left not in {NOTHING, everything} or again != 0 or now != everything:
        seen.wrong.append(f"{point}: ended with {status}, left {left}; then {again}, {now}")
    return status == SIGKILLED


def found_of(patient_id: UUID) -> tuple[int, int]:
    """Return how many sessions and how many reminders a patient has."""
    db.session.rollback()
    counted: list[Any] = [
        db.session.scalar(select(func.count()).select_from(table).where(table.patient_id == patient_id))
        for table in (TreatmentSession, Dispatch)
    ]
    return counted[0], counted[1]


def figures(seen: Creation) -> list[Figure]:
    """Return what killed requests left, beside what they may leave."""
    return [
        exactly(
            f"recording a session: {seen.kills} kills, neither nothing nor everything", len(seen.wrong), 0
        ),
        Figure("    left nothing", seen.nothing),
        Figure("    left everything", seen.everything),
    ]
