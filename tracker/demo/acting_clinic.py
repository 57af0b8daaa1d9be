"""A practice with therapists and patients, and what these do; all but its opening goes over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from flask import Flask

from tracker import clock
from tracker.audit import service as audit
from tracker.clinics import service as clinics
from tracker.clinics.rules.hours import Weekday
from tracker.db import transaction
from tracker.demo.callers import Answer, Caller
from tracker.people import accounts
from tracker.people.passwords import hash_password
from tracker.people.rules.access import Action
from tracker.safety.texts import latest_version


@dataclass(frozen=True, slots=True)
class Therapist:
    """Somebody who treats; the password is stored only as its hash."""

    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class ActingPatient:
    """Somebody who is treated: where they live, what is needled, how sore that was before (0-10)."""

    name: str
    time_zone: str
    region: str
    baseline: int
    therapist: int = 0  # which of the practice's therapists


def open_clinic(name: str, time_zone: str, staff: Sequence[Therapist]) -> UUID:
    """Create a clinic that is ready for patients, its last therapist the owner of last resort; return its id."""
    now = clock.now()
    hashes = [hash_password(person.password) for person in staff]
    with transaction():
        clinic = clinics.create(
            name,
            time_zone,
            now,
            phone="+1 212 555 0110",
            emergency_number="911",
            urgent_care_phone="+1 212 555 0119",
            monitored_hours=[{"weekday": day, "opens": "08:00", "closes": "20:00"} for day in Weekday],
        )
        _write_down("clinic", clinic.id, now)
        for person, hashed in zip(staff, hashes, strict=True):
            account = accounts.add_therapist(
                clinic.id, person.name, person.email, hashed, time_zone=time_zone, now=now, administers=True
            )
            _write_down("account", account.id, now)
            clinics.update(clinic, owner_of_last_resort_id=account.id)
        clinics.approve_safety_texts(clinic, latest_version(), staff[-1].name, now)
    return clinic.id


@dataclass(slots=True)
class ActingClinic:
    """A clinic at work: every method is one deed of one person, done at the moment the clock shows."""

    app: Flask
    staff: Sequence[Therapist]
    patients: dict[str, ActingPatient]
    _desks: dict[int, Caller] = field(default_factory=dict)
    _phones: dict[str, Caller] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    def welcome(self, name: str) -> None:
        """Invite a patient, who activates the account in the room."""
        first = name.split()[0].lower()
        invitation = {
            "kind": "patient",
            "display_name": name,
            "channel": "email",
            "address": f"{first}@example.org",
        }
        made = self._desk(self.patients[name].therapist).ask("POST", "/v1/invitations", invitation)
        self._ids[name] = made["patient_id"]
        self._phones[name] = Caller.activate(self.app, made["activation_code"], self.patients[name].time_zone)

    def treat(self, name: str) -> None:
        """Record a session that has just ended."""
        patient = self.patients[name]
        session = {
            "patient_id": self._ids[name],
            "modality": "dry_needling",
            "technique": "deep",
            "body_areas": [{"region": patient.region, "side": "left", "needle_count": 4}],
            "ended_at": _wire(clock.now()),
            "time_zone": patient.time_zone,
            "duration_minutes": 30,
            "baseline_soreness": patient.baseline,
            "usual_pain": 4,
        }
        self._desk(patient.therapist).ask("POST", "/v1/sessions", session)

    def answer(self, name: str, soreness: int) -> None:
        """Let a patient answer a check: this sore, and none of the warning signs."""
        self._phones[name].ask("POST", "/v1/check-ins", self._check_in(name, soreness))

    def report(self, name: str, symptom: str) -> None:
        """Let a patient report a warning sign."""
        report = {"symptoms": [symptom], "time_zone": self.patients[name].time_zone}
        self._phones[name].ask("POST", "/v1/red-flag-reports", report | {"reported_at": _wire(clock.now())})

    def telephone(self, name: str, soreness: int) -> None:
        """Let the therapist call a patient and write down what they say."""
        heard = {"patient_id": self._ids[name], "source": "telephone"}
        self._desk_of(name).ask("POST", "/v1/check-ins", self._check_in(name, soreness) | heard)

    def acknowledge(self, name: str, therapist: int = 0) -> None:
        """Let a therapist take on every open alert of a patient."""
        for alert in self._alerts(name, "open", therapist):
            self._desk(therapist).ask("PUT", f"/v1/alerts/{alert['id']}/acknowledgement")

    def resolve(self, name: str, outcome: str, note: str, therapist: int = 0) -> None:
        """Let a therapist close every alert of a patient that was taken on."""
        for alert in self._alerts(name, "acknowledged", therapist):
            body = {"outcome": outcome, "note": note}
            self._desk(therapist).ask("PUT", f"/v1/alerts/{alert['id']}/resolution", body)

    def _alerts(self, name: str, status: str, therapist: int) -> list[Answer]:
        path = f"/v1/alerts?status={status}&patient_id={self._ids[name]}"
        found: list[Answer] = self._desk(therapist).ask("GET", path)["items"]
        return found

    def _check_in(self, name: str, soreness: int) -> dict[str, object]:
        return {
            "recorded_at": _wire(clock.now()),
            "time_zone": self.patients[name].time_zone,
            "soreness": soreness,
            "red_flags": [],
        }

    def _desk_of(self, name: str) -> Caller:
        return self._desk(self.patients[name].therapist)

    def _desk(self, therapist: int) -> Caller:
        if therapist not in self._desks:
            person = self.staff[therapist]
            self._desks[therapist] = Caller.sign_in(self.app, person.email, person.password)
        return self._desks[therapist]


def _wire(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_down(kind: str, resource_id: UUID, now: datetime) -> None:
    audit.record(Action.CREATE, kind, resource_id, actor_id=None, actor_role="operator", now=now)
