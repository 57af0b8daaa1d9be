"""The people of the API tests: two clinics, their therapists and patients, each signed in with real tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from tests.support.keys import new_key
from tracker import clock
from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.db import transaction
from tracker.people import accounts, invitations, passwords, sign_in
from tracker.people.rules.access import Actor, Role
from tracker.people.rules.bodies import ActivationBody, ConsentBody
from tracker.people.vocabulary import CONSENT_DOCUMENT_VERSION
from tracker.recovery import participation
from tracker.safety.texts import latest_version

PASSWORD = "correct horse battery"
GRANTED: Sequence[ConsentBody] = [
    {"kind": kind, "document_version": CONSENT_DOCUMENT_VERSION, "status": "granted"}
    for kind in ("data_processing", "share_with_clinic")
]
# A test may let a month go by without anybody having to sign in again.
LASTING = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in; ``headers`` carry their bearer token."""

    account_id: UUID
    headers: dict[str, str]
    actor: Actor
    email: str
    patient: UUID | None = None

    @property
    def patient_id(self) -> UUID:
        """The id of somebody who is a patient."""
        assert self.patient is not None
        return self.patient


@dataclass(frozen=True, slots=True)
class Cast:
    """Tilda treats Pia and Paul; Tom and Lars, the last resort, work beside her; Olga and Otto are elsewhere.

    Robo is a worker of Tilda's clinic that hands over messages from outside. Anna runs that clinic and treats
    nobody; Lars and Olga administer theirs, too.
    """

    client: FlaskClient
    clinic_id: UUID
    other_clinic_id: UUID
    tilda: Person
    tom: Person
    lars: Person
    pia: Person
    paul: Person
    olga: Person
    otto: Person
    robo: Person
    anna: Person


def build_cast(app: Flask) -> Cast:
    """Make everybody on the real services; Europe/Berlin, consents given, mail addresses known."""
    lives = sign_in.Lives(app.extensions["settings"].secret_key, LASTING, LASTING)
    with transaction():
        clinic, elsewhere = make_clinic("Practice by the River"), make_clinic("Practice on the Hill")
        tilda, tom = (hire(clinic, name, lives) for name in ("tilda", "tom"))
        lars, olga = (
            hire(clinic, "lars", lives, administers=True),
            hire(elsewhere, "olga", lives, administers=True),
        )
        anna = hire(clinic, "anna", lives, role=Role.CLINIC_ADMIN, administers=True)
        robo = accounts.add_service(clinic.id, "Robo", time_zone="UTC", now=clock.now())
        clinics.update(clinic, owner_of_last_resort_id=lars.account_id)
        clinics.update(elsewhere, owner_of_last_resort_id=olga.account_id)
    with transaction():
        pia, paul = (admit(tilda, name, lives) for name in ("pia", "paul"))
        otto = admit(olga, "otto", lives)
        worker = _signed_in(robo.id, "", lives)
        lars, olga = (_again(person) for person in (lars, olga))  # they are the last resort by now
    return Cast(
        app.test_client(), clinic.id, elsewhere.id, tilda, tom, lars, pia, paul, olga, otto, worker, anna
    )


def again(cast: Cast, app: Flask) -> Cast:
    """Return the same people for another test, which may do with their headers and their client what it likes."""
    people = {field.name: getattr(cast, field.name) for field in fields(cast)}
    copies: dict[str, Any] = {
        name: replace(person, headers=dict(person.headers))
        for name, person in people.items()
        if isinstance(person, Person)
    }
    return replace(cast, client=app.test_client(), **copies)


def make_clinic(name: str) -> Clinic:
    """A clinic that lacks nothing but an owner of last resort."""
    clinic = clinics.create(
        name,
        "Europe/Berlin",
        clock.now(),
        phone="+49 30 1234567",
        emergency_number="112",
        urgent_care_phone="116117",
    )
    clinics.approve_safety_texts(clinic, latest_version(), "Dr Approver", clock.now())
    return clinic


def hire(clinic: Clinic, name: str, lives: sign_in.Lives, **office: Any) -> Person:
    """Somebody on the clinic's staff, a therapist unless told otherwise, whose password is PASSWORD."""
    email = f"{name}@clinic.example"
    account = accounts.add_therapist(
        clinic.id, name.capitalize(), email, _hashed(), time_zone=clinic.time_zone, now=clock.now(), **office
    )
    return _signed_in(account.id, email, lives)


def admit(therapist: Person, name: str, lives: sign_in.Lives) -> Person:
    """A patient of the therapist, invited and activated."""
    email = f"{name}@home.example"
    made = invitations.invite(
        therapist.actor,
        new_key(),
        {"kind": "patient", "display_name": name.capitalize(), "channel": "email", "address": email},
        clock.now(),
    )
    values = _coming_in(str(made.code), f"phone of {name}")
    tokens = participation.activate(made.invitation, values, lives, clock.now())
    return _signed_in(tokens.account_id, email, lives, made.invitation.patient_id)


def activation(code: str, **other: Any) -> dict[str, Any]:
    """The body with which a patient comes in."""
    return {**_coming_in(code, "phone"), **other}


def _coming_in(code: str, phone: str) -> ActivationBody:
    return {
        "code": code,
        "installation_id": phone,
        "locale": "en",
        "time_zone": "Europe/Berlin",
        "consents": GRANTED,
    }


@cache
def _hashed() -> str:
    return passwords.hash_password(PASSWORD)


def _signed_in(account_id: UUID, email: str, lives: sign_in.Lives, patient_id: UUID | None = None) -> Person:
    tokens = sign_in.issue(account_id, f"installation of {email}", lives, clock.now())
    headers = {"Authorization": f"Bearer {tokens.access_token}"}
    return Person(
        account_id, headers, sign_in.authenticate(tokens.access_token, clock.now()), email, patient_id
    )


def _again(person: Person) -> Person:
    token = person.headers["Authorization"].removeprefix("Bearer ")
    actor = sign_in.authenticate(token, clock.now())
    return Person(person.account_id, person.headers, actor, person.email, person.patient)
