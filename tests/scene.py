"""One patient's course over HTTP: sessions, check-ins and the worker's rounds at hours after the session's end."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.cast import Cast, Person
from tests.support.keys import keyed
from tracker import ids
from tracker.alerts import missed_checks
from tracker.clock import MovableClock
from tracker.db import db, transaction
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.jobs.dispatch import run_once
from tracker.jobs.exits import Exits
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession

ENDED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class Postbox:
    """A channel that keeps what was handed over, and when."""

    name = "email"
    drops_repetitions = True

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.mails: list[tuple[datetime, Message]] = []

    def send(self, message: Message) -> Result:
        self.mails.append((self.clock(), message))
        return Result(AttemptOutcome.ACCEPTED)

    def to(self, person: Person) -> list[datetime]:
        """When this person got a message."""
        return [at for at, message in self.mails if message.address == person.email]


@dataclass(slots=True)
class Scene:
    """The cast, the clock and the postbox, with the few moves that a story needs."""

    app: Flask
    cast: Cast
    clock: MovableClock
    postbox: Postbox = field(init=False)

    def __post_init__(self) -> None:
        self.postbox = Postbox(self.clock)

    def treat(self, patient: Person | None = None, **changes: Any) -> dict[str, Any]:
        """Record a session that ended at ENDED, unless told otherwise."""
        body = {
            "patient_id": str((patient or self.cast.pia).patient_id),
            "modality": "dry_needling",
            "technique": "deep",
            "body_areas": [{"region": "lower_back", "side": "left"}],
            "ended_at": ENDED.isoformat(),
            "time_zone": "Europe/Berlin",
            "baseline_soreness": 2,
        }
        answer = self.post("/v1/sessions", body | changes, self.cast.tilda)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        created: dict[str, Any] = answer.get_json()
        return created

    def book(self, patient: Person | None = None, starts: float = 24 * 7, **changes: Any) -> dict[str, Any]:
        """Book half an hour with Tilda, so many hours after ENDED: a week, which is 16:00 in Berlin."""
        body = {
            "patient_id": str((patient or self.cast.pia).patient_id),
            "kind": "follow_up",
            "starts_at": (ENDED + timedelta(hours=starts)).isoformat(),
            "duration_minutes": 30,
            "time_zone": "Europe/Berlin",
        }
        answer = self.post("/v1/appointments", body | changes, self.cast.tilda)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        booked: dict[str, Any] = answer.get_json()
        return booked

    def say(self, hours: float, person: Person | None = None, **items: Any) -> dict[str, Any]:
        """Log a check-in so many hours after ENDED and return it; red flags are answered "none" by default."""
        self.at(hours)
        body = {
            "recorded_at": self.clock().isoformat(), "time_zone": "Europe/Berlin", "red_flags": [], **items
        }  # fmt: skip
        answer = self.post("/v1/check-ins", body, person or self.cast.pia)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        logged: dict[str, Any] = answer.get_json()
        return logged

    def at(self, hours: float) -> None:
        """Move the clock to so many hours after ENDED."""
        self.clock.move_to(ENDED + timedelta(hours=hours))

    def work(self, hours: float | None = None) -> None:
        """Let the worker do one round, at that hour or now."""
        if hours is not None:
            self.at(hours)
        run_once(self.app.extensions["settings"], ids.new_id(), exits=Exits({"email": self.postbox}))
        for patient_id, session_id in sessions.list_to_assess(self.clock(), 100):
            with transaction():
                missed_checks.assess(patient_id, session_id, self.clock())

    def work_through(self, until: float) -> None:
        """Let the worker do a round at every moment at which something is due, up to that hour."""
        end = ENDED + timedelta(hours=until)
        while (moment := self._next()) is not None and moment <= end:
            self.clock.move_to(max(moment, self.clock()))
            self.work()
        self.at(until)
        self.work()

    def alerts(self, **query: str) -> list[dict[str, Any]]:
        """The alerts that Tilda sees, newest first."""
        items: list[dict[str, Any]] = self.get("/v1/alerts", self.cast.tilda, **query)["items"]
        return items

    def reminders(self) -> dict[str, list[tuple[str, str]]]:
        """What became of each of Pia's prompts: by step, (status, reason) in order of time."""
        found: dict[str, list[tuple[str, str]]] = {}
        for item in reversed(self.get("/v1/reminders", self.cast.pia)["items"]):
            found.setdefault(item["kind"], []).append((item["status"], item["reason"]))
        return found

    def get(self, path: str, person: Person, **query: str) -> dict[str, Any]:
        """Read something that must be there."""
        answer = self.cast.client.get(path, headers=person.headers, query_string=query)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found: dict[str, Any] = answer.get_json()
        return found

    def post(self, path: str, body: dict[str, Any], person: Person, key: str | None = None) -> TestResponse:
        """Create something."""
        return self.cast.client.post(path, json=body, headers=keyed(person.headers, key))

    def put(self, path: str, person: Person, body: dict[str, Any] | None = None) -> TestResponse:
        """Change a state."""
        return self.cast.client.put(path, json=body, headers=person.headers)

    def patch(self, path: str, person: Person, body: dict[str, Any], version: int = 1) -> TestResponse:
        """Change something that was read in this version."""
        headers = person.headers | {"If-Match": f'"{version}"'}
        return self.cast.client.patch(path, json=body, headers=headers)

    def _next(self) -> datetime | None:
        db.session.rollback()
        due = db.session.scalar(select(func.min(Dispatch.next_attempt_at)).where(Dispatch.ended_at.is_(None)))
        assess = db.session.scalar(select(func.min(TreatmentSession.assess_after)))
        return min((moment for moment in (due, assess) if moment), default=None)
