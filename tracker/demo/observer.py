"""Reads from the database what has happened since the last look: nothing is told by who made it happen."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from flask import Flask
from sqlalchemy import and_, select

from tracker.alerts.models import Alert, AlertEvent
from tracker.checkins.models import CheckIn, RedFlagReport
from tracker.checkins.vocabulary import RecordedBy
from tracker.db import db
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, Reason, State
from tracker.local_time.zones import zone
from tracker.people.models import Account, Patient
from tracker.sessions.models import TreatmentSession

# In this order where several things happened at one instant.
KINDS = (
    "recorded",
    "reported",
    "answered",
    "raised",
    "reopened",
    "repeated",
    "refreshed",
    "acknowledged",
    "resolved",
    "withdrawn",
    "settling",
    "not_settling",
    "sent",
    "told",
    "escalated",
    "suppressed",
    "cancelled",
    "expired",
    "failed",
)
_ENDED = {State.SUPPRESSED: "suppressed", State.CANCELLED: "cancelled", State.EXPIRED: "expired"}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one patient, at an instant and in the zone the patient lives in."""

    at: datetime
    patient: str
    time_zone: str
    kind: str
    what: str
    detail: str = ""

    @property
    def local(self) -> datetime:
        """Return the instant on the patient's clock."""
        return self.at.astimezone(zone(self.time_zone))

    @property
    def when(self) -> str:
        """Return the patient's local day and time, such as ``Sun 8 16:00``."""
        return f"{self.local:%a} {self.local.day} {self.local:%H:%M}"


class _Seen(NamedTuple):
    """What one row tells: a key that no other thing that happened has, whom it concerns, when, and what."""

    key: Hashable
    patient_id: UUID
    at: datetime
    kind: str
    what: str
    detail: str


class Observer:
    """Remembers what it has seen, and returns only what is new."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._seen: set[Hashable] = set()
        self.events: list[Event] = []

    def look(self) -> None:
        """Add what has happened since the last look."""
        with self._app.app_context():
            new = {key: event for key, event in _everything() if key not in self._seen}
        self._seen.update(new)
        self.events += sorted(new.values(), key=lambda event: (event.at, KINDS.index(event.kind)))


def _everything() -> Iterator[tuple[Hashable, Event]]:
    statement = select(Patient.id, Patient.display_name, Patient.time_zone)
    people = {row.id: (row.display_name, row.time_zone) for row in db.session.execute(statement)}
    for read in (_sessions, _check_ins, _reports, _alerts, _messages):
        for seen in read():
            yield seen.key, Event(seen.at, *people[seen.patient_id], seen.kind, seen.what, seen.detail)


def _sessions() -> Iterator[_Seen]:
    for row in db.session.scalars(select(TreatmentSession)):
        areas = ", ".join(f"{area['side']} {area['region'].replace('_', ' ')}" for area in row.body_areas)
        detail = f"{areas}; {row.baseline_soreness}/10 before it"
        yield _Seen(row.id, row.patient_id, row.created_at, "recorded", "session", detail)


def _check_ins() -> Iterator[_Seen]:
    for row in db.session.scalars(select(CheckIn)):
        told = " (told the therapist by telephone)" if row.recorded_by == RecordedBy.STAFF else ""
        level = str(row.advice["level"]).replace("_", " ")
        detail = f"{row.soreness}/10, no warning sign{told}; advice: {level}"
        yield _Seen(row.id, row.patient_id, row.received_at, "answered", f"{row.soreness}/10", detail)


def _reports() -> Iterator[_Seen]:
    for row in db.session.scalars(select(RedFlagReport)):
        symptoms = ", ".join(row.symptoms)
        detail = f"{symptoms.replace('_', ' ')}; advice at once: {row.advice['title']}"
        yield _Seen(row.id, row.patient_id, row.received_at, "reported", symptoms, detail)


def _alerts() -> Iterator[_Seen]:
    statement = (
        select(AlertEvent, Alert.patient_id, Alert.rule, Alert.severity, Account.display_name)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .outerjoin(Account, Account.id == AlertEvent.actor_id)
    )
    for event, patient_id, rule, severity, who in db.session.execute(statement):
        if event.kind == "escalated":
            continue  # its message is seen instead
        said = f"{severity}: {event.detail}" if event.kind == "raised" else event.detail.replace("_", " ")
        detail = " ".join(filter(None, [f"by {who}:" if who and said else f"by {who}" if who else "", said]))
        yield _Seen(event.id, patient_id, event.at, event.kind, rule, detail)


def _messages() -> Iterator[_Seen]:
    accepted = and_(
        DeliveryAttempt.dispatch_id == Dispatch.id, DeliveryAttempt.outcome == AttemptOutcome.ACCEPTED
    )
    statement = (
        select(Dispatch, Account.display_name, TreatmentSession.ended_at)
        .outerjoin(DeliveryAttempt, accepted)
        .outerjoin(Account, Account.id == DeliveryAttempt.recipient_id)
        .outerjoin(TreatmentSession, TreatmentSession.id == Dispatch.anchor_id)
        .where(Dispatch.ended_at.is_not(None))
    )
    for row, recipient, session_ended_at in db.session.execute(statement):
        assert row.ended_at is not None, "the statement asks for these alone"
        told = _message(row, recipient, session_ended_at)
        yield _Seen((row.id, row.state), row.patient_id, row.ended_at, *told)


def _message(row: Dispatch, recipient: str | None, session_ended_at: datetime | None) -> tuple[str, str, str]:
    """Return kind, what and detail of a message that has reached its end."""
    alert = row.purpose != Purpose.REMINDER
    what = f"{row.step_key}_again" if row.occurrence and not alert else row.step_key
    if row.state != State.ACCEPTED:
        return _ENDED.get(State(row.state), "failed"), what, f"{_words(what)}: {_words(row.reason or '')}"
    if alert:
        return "escalated" if what.startswith("escalate") else "told", what, f"a neutral mail to {recipient}"
    after = row.ended_at - session_ended_at if row.ended_at and session_ended_at else None
    hours = f", {after.total_seconds() / 3600:.0f} h after the session" if after else ""
    moved = "" if row.planned_because == Reason.ON_TIME else f" ({_words(row.planned_because)})"
    return "sent", what, f"{_words(what)}{hours}{moved}"


def _words(name: str) -> str:
    return (
        name.replace("_", " ")
        .replace(" 24h", " at 24 h")
        .replace(" 48h", " at 48 h")
        .replace(" 72h", " at 72 h")
    )
