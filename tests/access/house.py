"""A clinic in the middle of a story: one of everything that is Pia's, and the calls that anybody may try on it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import Cast, Person
from tests.scene import ENDED, Scene
from tests.support.kept import Kept
from tests.support.keys import new_key
from tracker import ids
from tracker.api.contract import OperationInfo, operations_of
from tracker.audit.models import AuditEvent
from tracker.db import Base, db
from tracker.delivery.rules.message import Message
from tracker.safety.texts import latest_version

# Counted attempts at a secret outlive the refusal on purpose.
NOT_COMPARED = {"attempts"}
ENDING = ("tom", "lars", "anna")  # who ends a leave of Tom's
AFTER_THE_CHECK = 30  # hours: the 24 h check was sent and answered, and soreness is high


@dataclass(frozen=True, slots=True)
class Target:
    """The ids of one patient's things, as they stand in paths, queries and bodies."""

    patient: str
    session: str
    check_in: str
    appointment: str
    reminder: str
    open_reminder: str
    flag_alert: str
    soreness_alert: str
    resolved_alert: str
    invitation: str


def nothing() -> Target:
    """Ids of which none exists."""
    return Target(*(str(ids.new_id()) for _ in Target.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class House:
    """The scene, what is Pia's in it, and the operations of the application by their id."""

    scene: Scene
    pia: Target
    operations: Mapping[str, OperationInfo]
    leaves: Mapping[str, str]  # of Tom, one for each who may end it
    hours: Iterator[int] = field(default_factory=count)

    @property
    def cast(self) -> Cast:
        return self.scene.cast

    def person(self, name: str) -> Person | None:
        """Return somebody of the cast; "nobody" is not signed in."""
        return None if name == "nobody" else getattr(self.cast, name)

    def call(
        self,
        operation: str,
        path: str,
        person: Person | None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Call an operation with all that it asks for: token, key, version."""
        info = self.operations[operation]
        sent = dict(person.headers) if person else {}
        if info.key:
            sent["Idempotency-Key"] = new_key()
        if info.if_match:
            sent["If-Match"] = f'"{self.version(operation, person)}"'
        sent |= headers or {}
        return self.cast.client.open(path, method=info.method, headers=sent, json=body)

    def version(self, operation: str, person: Person | None) -> int:
        """Return the version that a change must name; one for who has none."""
        table, column, row_id = {
            "updateClinic": ("clinic", "version", self.cast.clinic_id),
            "updateMember": ("account", "version", self.cast.tom.account_id),
            "updateSession": ("treatment_session", "version", self.pia.session),
            "amendCheckIn": ("check_in", "version", self.pia.check_in),
            "updateAppointment": ("appointment", "version", self.pia.appointment),
            "replaceReminderPreferences": ("patient", "preferences_version", person and person.patient),
            "updateMe": ("patient", "version", person and person.patient)
            if person and person.patient
            else ("account", "version", person and person.account_id),
        }[operation]
        rows = Base.metadata.tables[table]
        if row_id is None:
            return 1
        return int(db.session.scalar(select(rows.c[column]).where(rows.c.id == UUID(str(row_id)))) or 1)

    def names(self, target: Target) -> dict[str, str]:
        """Return what fills the places of a request: ids, this moment, and an hour that nobody has booked."""
        now = self.scene.clock()
        free = now + timedelta(days=30, hours=next(self.hours))
        later = free + timedelta(minutes=30)
        soon = now + timedelta(days=2)
        times = {
            "now": now.isoformat(),
            "free": free.isoformat(),
            "later": later.isoformat(),
            "soon": soon.isoformat(),
        }
        return asdict(target) | self._clinic(target is self.pia) | times

    def _clinic(self, exists: bool) -> dict[str, str]:
        """Return what its colleagues know of Pia's clinic, or ids of which none exists."""
        cast = self.cast
        known = {
            "clinic": cast.clinic_id,
            "colleague": cast.tom.account_id,
            "treating": cast.tilda.account_id,
        }
        return {name: str(thing if exists else ids.new_id()) for name, thing in known.items()} | {
            "texts": latest_version()
        }

    def code(self) -> str:
        """Return a code that lets a new patient in."""
        body = {"kind": "patient", "display_name": "Newcomer", "channel": "none"}
        answer = self.call("createInvitation", "/v1/invitations", self.cast.tilda, body)
        return str(answer.get_json()["activation_code"])


def furnish(app: Flask, scene: Scene) -> House:
    """Let Pia be treated, booked, report a red flag, be reminded, answer that it hurts, and be invited again."""
    session = scene.treat(staff_note="For staff alone")["session"]
    scene.treat(scene.cast.paul)
    appointment = scene.book()
    scene.book(scene.cast.paul, starts=24 * 7 + 1)
    scene.at(1)
    report = {"symptoms": ["chest_pain"], "time_zone": "Europe/Berlin"}
    flag = scene.post("/v1/red-flag-reports", report, scene.cast.pia).get_json()
    fever = {"symptoms": ["fever"], "time_zone": "Europe/Berlin"}
    resolved = scene.post("/v1/red-flag-reports", fever, scene.cast.pia).get_json()["alert_ids"][0]
    scene.put(f"/v1/alerts/{resolved}/resolution", scene.cast.tilda, {"outcome": "reassured", "note": ""})
    scene.work(24)
    check_in = scene.say(AFTER_THE_CHECK, soreness=9, note="A word of Pia's")
    # Its 48 h check waits for the morning.
    scene.treat(ended_at=(ENDED - timedelta(hours=18)).isoformat())
    again = {
        "kind": "patient", "display_name": "Pia", "channel": "none",
        "patient_id": str(scene.cast.pia.patient_id),
    }  # fmt: skip
    invitation = scene.post("/v1/invitations", again, scene.cast.tilda).get_json()
    sore = [alert for alert in scene.alerts() if alert["id"] not in {*flag["alert_ids"], resolved}]
    sent = scene.get("/v1/reminders", scene.cast.pia, status="sent")["items"]
    waiting = scene.get("/v1/reminders", scene.cast.pia, status="scheduled")["items"]
    scene.post("/v1/protocol/versions", {"name": "Ours", "author": "Dr Lars"}, scene.cast.lars)
    target = Target(
        patient=str(scene.cast.pia.patient_id),
        session=session["id"],
        check_in=check_in["id"],
        appointment=appointment["id"],
        reminder=sent[0]["id"],
        open_reminder=waiting[-1]["id"],
        flag_alert=flag["alert_ids"][0],
        soreness_alert=sore[0]["id"],
        resolved_alert=resolved,
        invitation=invitation["id"],
    )
    operations = {info.operation_id: info for info in operations_of(app).values()}
    return House(
        scene, target, operations, {name: leave(scene, days) for days, name in enumerate(ENDING, 50)}
    )


@dataclass(frozen=True, slots=True)
class Furnished:
    """A house, with what its test may change: the hour, and the mails that were sent until then."""

    house: House
    at: datetime
    mails: list[tuple[datetime, Message]]


def take_house(kept: Kept[Furnished], app: Flask, scene: Scene) -> House:
    """Return the house that was furnished for this cast before, or furnish it; the clock stands at its hour."""

    def make() -> Furnished:
        house = furnish(app, Scene(app, scene.cast, scene.clock))
        return Furnished(house, scene.clock(), list(house.scene.postbox.mails))

    found = kept.take(make, instead=True)
    scene.clock.move_to(found.at)
    scene.postbox.mails = list(found.mails)
    return replace(found.house, scene=scene, hours=count())


def leave(scene: Scene, days: int) -> str:
    """Let Tom be away for half a day, so many days from now."""
    starts = scene.clock() + timedelta(days=days)
    body = {
        "cover_id": str(scene.cast.lars.account_id),
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=12)).isoformat(),
    }
    answer = scene.post(f"/v1/clinics/{scene.cast.clinic_id}/leaves", body, scene.cast.tom)
    return str(answer.get_json()["id"])


def contents() -> dict[str, list[str]]:
    """Return every row of every table, so that two moments can be compared."""
    db.session.rollback()
    return {
        table.name: sorted(repr(tuple(row)) for row in db.session.execute(table.select()))
        for table in Base.metadata.sorted_tables
        if table.name not in NOT_COMPARED
    }


def trail(request_id: str) -> list[str]:
    """Return the chains in which a request left a row."""
    db.session.rollback()
    statement = select(AuditEvent.chain_id).where(AuditEvent.request_id == request_id)
    return [str(chain) for chain in db.session.scalars(statement)]


def fill(template: Any, names: Mapping[str, str]) -> Any:
    """Put names into the places of a template, whatever its form."""
    if isinstance(template, str):
        return template.format_map(names)
    if isinstance(template, Mapping):
        return {key: fill(value, names) for key, value in template.items()}
    return [fill(value, names) for value in template] if isinstance(template, list) else template


def words_of(target: Target) -> Iterator[str]:
    """Give what nobody else may read: the ids of somebody's things."""
    yield from asdict(target).values()
