"""One patient to whom anything may happen, with what must hold after every tick of a warning sign."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.cast import LASTING, Person, admit
from tests.scene import ENDED, Scene
from tests.support.keys import new_key
from tracker.alerts.models import Alert, AlertEvent
from tracker.alerts.vocabulary import UNFINISHED
from tracker.db import db, transaction
from tracker.delivery.models import Dispatch
from tracker.people import sign_in
from tracker.people.models import Patient
from tracker.safety.catalogue import FlagClass, classify, has_unknown

TELLING = {"raised", "repeated", "reopened"}


@dataclass(slots=True)
class Story:
    """What has happened to one patient so far; each move is one request or one round of the worker."""

    scene: Scene
    hours: float = 0
    person: Person = field(init=False)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    check_ins: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scene.clock.move_to(ENDED)
        lives = sign_in.Lives(self.scene.app.extensions["settings"].secret_key, LASTING, LASTING)
        with transaction():
            self.person = admit(self.scene.cast.tilda, f"p{new_key()[-12:]}", lives)

    def wait(self, hours: float) -> None:
        """Let time go by."""
        self.hours += hours
        self.scene.at(self.hours)

    def work(self) -> None:
        """Let the worker do one round."""
        self.scene.work()

    def treat(self, ago: float) -> None:
        """Record a session that ended so many hours ago."""
        ended = (self.scene.clock() - timedelta(hours=ago)).isoformat()
        self.sessions.append(self.scene.treat(self.person, ended_at=ended)["session"])

    def correct(self, which: int, **changes: Any) -> None:
        """Correct a session, or take it back."""
        if self.sessions:
            session = self.sessions[which % len(self.sessions)]
            path = f"/v1/sessions/{session['id']}"
            answer = self.scene.patch(path, self.scene.cast.tilda, changes, session["version"])
            if answer.status_code == 200:
                session["version"] = answer.get_json()["version"]

    def log(self, flags: Sequence[str], soreness: int | None, late: float, used_key: bool) -> None:
        """Log a check-in that was felt so many hours ago, now and then under a key that was used before."""
        key = self.keys[-1] if used_key and self.keys else new_key()
        self.keys.append(key)
        recorded_at = self.scene.clock() - timedelta(hours=late)
        body: dict[str, Any] = {
            "recorded_at": recorded_at.isoformat(),
            "time_zone": "Europe/Berlin",
            "red_flags": list(flags),
        }
        if soreness is not None:
            body["soreness"] = soreness
        answer = self.scene.post("/v1/check-ins", body, self.person, key)
        self._check(answer, flags)
        if answer.status_code == 201:
            self.check_ins.append(answer.get_json())

    def report(self, flags: Sequence[str], late: float) -> None:
        """Report warning signs, or none that can be read."""
        reported_at = (self.scene.clock() - timedelta(hours=late)).isoformat()
        body = {"symptoms": list(flags), "reported_at": reported_at}
        answer = self.scene.post("/v1/red-flag-reports", body, self.person)
        self._check(answer, flags or ["something_unusual"])

    def amend(self, which: int, flags: Sequence[str] | None, soreness: int | None, off_by: int) -> None:
        """Change a check-in, now and then from another version than the newest."""
        if not self.check_ins:
            return
        known = self.check_ins[which % len(self.check_ins)]
        body = {"red_flags": flags and list(flags), "soreness": soreness}
        before = set(known.get("red_flags", ()))
        if known["advice"]["level"] == "emergency":
            before |= {flag for flag in flags or () if has_unknown([flag])}  # was told as an emergency
        version = max(known["version"] + off_by, 0)
        answer = self.scene.patch(f"/v1/check-ins/{known['id']}", self.person, body, version)
        if not known.get("deleted"):
            self._check(answer, [flag for flag in flags or () if flag not in before])
        if answer.status_code == 200:
            known.update(answer.get_json())

    def delete(self, which: int) -> None:
        """Delete a check-in."""
        if self.check_ins:
            known = self.check_ins[which % len(self.check_ins)]
            path = f"/v1/check-ins/{known['id']}"
            answer = self.scene.cast.client.delete(path, headers=self.person.headers)
            assert answer.status_code == 204
            known["deleted"] = True

    def consent(self, granted: bool) -> None:
        """Give or take back the consent to sharing."""
        status = "granted" if granted else "withdrawn"
        body = {"kind": "share_with_clinic", "document_version": "2026-11", "status": status}
        assert self.scene.post("/v1/me/consents", body, self.person).status_code == 201

    def archive(self, status: str) -> None:
        """Put the patient away, or take them up again."""
        with transaction():
            db.session.execute(
                update(Patient).where(Patient.id == self.person.patient_id).values(status=status)
            )

    def handle(self, deed: str) -> None:
        """Let the therapist acknowledge or resolve all that is open."""
        for alert in self._alerts():
            path = f"/v1/alerts/{alert.id}/{deed}"
            body = {"outcome": "reassured", "note": ""} if deed == "resolution" else None
            self.scene.put(path, self.scene.cast.tilda, body)

    def hold(self) -> None:
        """Assert what holds at every moment: only a person has ever closed a red flag."""
        for alert in self._alerts():
            if alert.family.startswith("red_flag:") and alert.status not in UNFINISHED:
                assert alert.resolved_by_id is not None, alert.reason

    def _check(self, answer: TestResponse, flags: Sequence[str]) -> None:
        """Assert that ticks were taken, answered with their advice and told to the therapist just now."""
        if not flags:
            return
        assert answer.status_code in {200, 201}, answer.get_data(as_text=True)
        urgent = {flag.code for flag in classify(flags) if flag.flag_class is FlagClass.EMERGENCY}
        level = answer.get_json()["advice"]["level"]
        assert level in ({"emergency"} if urgent or has_unknown(flags) else {"emergency", "contact_clinic"})
        for flag in classify(flags):
            assert self._is_told(flag.code), f"{flag.code} was told to nobody"

    def _is_told(self, code: str) -> bool:
        """Say whether an open alert of this item was raised or renewed this very moment, with a message."""
        now = self.scene.clock()
        for alert in self._alerts():
            if alert.family == f"red_flag:{code}" and alert.status == "open":
                kinds = db.session.scalars(
                    select(AlertEvent.kind).where(AlertEvent.alert_id == alert.id, AlertEvent.at == now)
                )
                planned = db.session.scalars(
                    select(Dispatch.id).where(Dispatch.anchor_id == alert.id, Dispatch.created_at == now)
                )
                if TELLING & set(kinds) and planned.first() is not None:
                    return True
        return False

    def _alerts(self) -> Sequence[Alert]:
        db.session.rollback()
        statement = select(Alert).where(Alert.patient_id == self.person.patient_id)
        return db.session.scalars(statement).all()
