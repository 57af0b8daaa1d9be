"""Patients who write and a worker that sends, whatever the database does meanwhile, and what they were told."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.cast import Cast, Person
from tests.jobs.due_rows import EVERY_ROW
from tests.support.keys import keyed, new_key
from torture.channel import LedgerChannel
from torture.ledger import Log
from torture.provider_channel import NeverShut
from torture.stage import Stage
from tracker import clock, ids
from tracker.audit import service as audit
from tracker.audit.models import AuditEvent
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.jobs.dispatch import DATABASE_AWAY, run_once
from tracker.jobs.exits import Exits

PAUSE_AFTER_FAILURE = 0.02


@dataclass(slots=True)
class Heard:
    """What one patient was answered."""

    acknowledged: dict[str, UUID] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    changed: list[str] = field(default_factory=list)
    last_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One check-in as a phone keeps it until it is acknowledged: the same key and the same body each time."""

    key: str
    body: dict[str, Any]


def write(note: str = "") -> Entry:
    """Write a check-in of this moment."""
    body = {"recorded_at": clock.now().isoformat(), "time_zone": "Europe/Berlin", "hydration_ml": 250}
    return Entry(new_key(), body | ({"note": note} if note else {}))


def hand_in(client: FlaskClient, person: Person, entry: Entry, heard: Heard) -> bool:
    """Hand a check-in to the service and say whether it was acknowledged."""
    answer = client.post("/v1/check-ins", json=entry.body, headers=keyed(person.headers, entry.key))
    heard.statuses[answer.status_code] += 1
    if answer.status_code not in {200, 201}:
        return False
    logged = UUID(answer.get_json()["id"])
    if heard.acknowledged.setdefault(entry.key, logged) != logged:
        heard.changed.append(f"key {entry.key} was first answered with another id")
    heard.last_at = time.monotonic()
    return True


class Traffic:
    """Threads that write and send until the block ends; everything that went wrong is kept.

    ``beside`` runs in the place of the worker that sends, until the event it is given is set.
    """

    def __init__(
        self, stage: Stage, cast: Cast, beside: Callable[[threading.Event], None] | None = None
    ) -> None:
        self._stage, self._stop, self._quiet = stage, threading.Event(), threading.Event()
        self.heard = [Heard(), Heard(), Heard()]
        self.log = Log(stage.folder / "provider")
        self.rounds_failed = 0
        self.surprises: list[str] = []
        people = (cast.pia, cast.paul, cast.otto)
        self._threads = [
            *(
                threading.Thread(target=self._guard, args=(self._write, person, heard))
                for person, heard in zip(people, self.heard, strict=True)
            ),
            threading.Thread(target=self._guard, args=(beside or self._dispatch, self._stop)),
        ]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_writing()
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.log.close()

    def stop_writing(self) -> None:
        """Let the patients end after what they write just now; the worker goes on."""
        self._quiet.set()

    def wait_for_all(self, since: float, seconds: float = 30) -> float:
        """Wait until every patient was acknowledged since then; return how long it took, or the whole wait."""
        while min(heard.last_at for heard in self.heard) < since:
            if time.monotonic() - since > seconds:
                return seconds
            time.sleep(0.002)
        return max(heard.last_at for heard in self.heard) - since

    def _guard(self, work: Callable[..., None], *details: Any) -> None:
        try:
            work(*details)
        except BaseException as error:
            self.surprises.append(f"{work.__name__} ended with {type(error).__name__}: {error}")
            raise

    def _write(self, person: Person, heard: Heard) -> None:
        client, entry = self._stage.app.test_client(), write()
        while not self._quiet.is_set():
            if hand_in(client, person, entry, heard):
                entry = write()
            else:
                time.sleep(PAUSE_AFTER_FAILURE)

    def _dispatch(self, stop: threading.Event) -> None:
        worker_id, exits = ids.new_id(), NeverShut(LedgerChannel(self.log))
        while not stop.is_set():
            with self._stage.app.app_context():
                self.rounds_failed += not send(self._stage, worker_id, exits, stop)
            stop.wait(0.1)


def send(stage: Stage, worker_id: UUID, exits: Exits, stop: threading.Event | None = None) -> bool:
    """Let a worker do one round, as its timetable would, and say whether it came to its end."""
    try:
        run_once(stage.settings, worker_id, last_look=EVERY_ROW, exits=exits, stop=stop)
    except DATABASE_AWAY:
        return False
    return True


def lost(heard: Sequence[Heard]) -> list[str]:
    """Return what was acknowledged and is not there, is there twice, or is there in part."""
    db.session.rollback()
    acknowledged = {logged for one in heard for logged in one.acknowledged.values()}
    stored = set(db.session.scalars(select(CheckIn.id)))
    audited = select(AuditEvent.resource_id).where(AuditEvent.resource_kind == "check_in")
    written_of = Counter(db.session.scalars(audited.where(AuditEvent.action == "create")))
    twice = select(CheckIn.idempotency_key).group_by(CheckIn.idempotency_key).having(func.count() > 1)
    return [
        *(f"check-in {logged} was acknowledged and is not there" for logged in acknowledged - stored),
        *(
            f"check-in {logged} has {written_of[logged]} audit rows"
            for logged in stored
            if written_of[logged] != 1
        ),
        *(f"audit row of check-in {logged} that is not there" for logged in written_of.keys() - stored),
        *(f"key {key} was logged twice" for key in db.session.scalars(twice)),
        *(f"chain {chain} breaks" for chain in audit.list_chains() if audit.find_break(chain) is not None),
        *(line for one in heard for line in one.changed),
    ]
