"""Patients: found for those who may see them, locked for every change, their preferences and consents."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, false, or_, select, update

from tracker import idempotency, ids
from tracker.db import db
from tracker.errors import NotFound
from tracker.local_time.quiet import QuietHours
from tracker.people.models import Account, Consent, Patient
from tracker.people.rules.access import Actor, may_see, sights_of
from tracker.people.rules.bodies import ConsentBody
from tracker.people.vocabulary import REQUIRED_CONSENTS, ConsentStatus, PatientStatus


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What the other nouns need to know of a patient, read at one moment."""

    id: UUID
    clinic_id: UUID
    therapist_id: UUID
    display_name: str
    email: str | None
    phone: str | None
    phone_opted_out_at: datetime | None
    ways: Sequence[str] | None
    routine_paused_at: datetime | None
    status: str
    locale: str
    time_zone: str
    quiet_enabled: bool
    quiet_starts: str
    quiet_ends: str
    opted_in: Sequence[str]
    preferences_version: int
    consents_granted: Sequence[str]
    sync_seq: int
    version: int
    activated_at: datetime | None

    @property
    def quiet(self) -> QuietHours:
        """Return the quiet hours as wall-clock times."""
        return QuietHours(
            time.fromisoformat(self.quiet_starts), time.fromisoformat(self.quiet_ends), self.quiet_enabled
        )

    @property
    def is_active(self) -> bool:
        """Say whether the patient uses the app now."""
        return self.status == PatientStatus.ACTIVE

    @property
    def consents(self) -> bool:
        """Say whether logging and sharing are both agreed to."""
        return set(REQUIRED_CONSENTS) <= set(self.consents_granted)

    @property
    def may_be_prompted(self) -> bool:
        """Say whether prompts may be planned: the patient uses the app and agrees to it."""
        return self.is_active and self.consents


# The columns of PatientFacts in their order, for a query that reads more beside them.
FACTS = tuple(getattr(Patient, name) for name in PatientFacts.__dataclass_fields__)
_FIND = select(*FACTS).where(Patient.id == bindparam("patient_id"))
_HOLD = select(Patient.id).where(Patient.id == bindparam("patient_id")).with_for_update(key_share=True)
_LOCK = (
    update(Patient)
    .where(Patient.id == bindparam("patient_id"))
    .values(sync_seq=Patient.sync_seq + 1)
    .returning(*FACTS)
)


def find_patient(patient_id: UUID) -> PatientFacts | None:
    """Return a patient's facts for the system's own use, or None."""
    row = db.session.execute(_FIND, {"patient_id": patient_id}).one_or_none()
    return PatientFacts(*row) if row else None


def get_visible_patient(actor: Actor, patient_id: UUID) -> PatientFacts:
    """Return a patient the caller may see; raises NotFound otherwise."""
    return _seen(actor, find_patient(patient_id))


def lock_patient(patient_id: UUID) -> PatientFacts:
    """Take the lock of everything that is this patient's and move their sync_seq; raises NotFound."""
    row = db.session.connection().execute(_LOCK, {"patient_id": patient_id}).one_or_none()
    if row is None:
        raise NotFound
    return PatientFacts(*row)


def lock_visible_patient(actor: Actor, patient_id: UUID) -> PatientFacts:
    """Take the lock of a patient the caller may see; raises NotFound otherwise."""
    return _seen(actor, lock_patient(patient_id))


def visible_patients(actor: Actor) -> Select[UUID]:
    """Select the ids of all patients the caller may see."""
    ways = [
        and_(*(getattr(Patient, name).in_(wanted) for name, wanted in way.items()))
        for way in sights_of(actor)
        if all(way.values())  # nobody is among none; the statement is shorter without
    ]
    return select(Patient.id).where(or_(false(), *ways))


def own_patient_id(actor: Actor, named: UUID | None) -> UUID:
    """Return which patient a request is about: the caller themselves, or the one that staff name."""
    if actor.is_patient:
        if named not in (None, actor.patient_id) or actor.patient_id is None:
            raise NotFound
        return actor.patient_id
    if named is None:
        raise NotFound("Say which patient is meant: patient_id.")
    return named


def hold_patient(patient_id: UUID) -> None:
    """Take the patient's lock without a change that a phone would see; for entries in the audit trail."""
    db.session.connection().execute(_HOLD, {"patient_id": patient_id})


def hold_free_patients(patient_ids: Collection[UUID]) -> set[UUID]:
    """Take the locks of those patients whom nobody else holds, in the order of their ids; return whose."""
    chosen = select(Patient.id).where(Patient.id.in_(patient_ids)).order_by(Patient.id)
    return set(db.session.scalars(chosen.with_for_update(skip_locked=True, key_share=True)))


def move_positions(patient_ids: Collection[UUID]) -> None:
    """Move the sync_seq of patients whose locks are held."""
    moved = update(Patient).where(Patient.id.in_(patient_ids)).values(sync_seq=Patient.sync_seq + 1)
    db.session.execute(moved.execution_options(synchronize_session=False))


def find_account(account_id: UUID) -> Account | None:
    """Return an account, or None."""
    return db.session.get(Account, account_id)


def find_names(patient_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the display names of these patients."""
    found = db.session.execute(select(Patient.id, Patient.display_name).where(Patient.id.in_(patient_ids)))
    return {row.id: row.display_name for row in found}


def list_patients_of(therapist_id: UUID) -> Sequence[UUID]:
    """Return every patient who is assigned to a therapist, archived ones too."""
    return db.session.scalars(select(Patient.id).where(Patient.therapist_id == therapist_id)).all()


def find_staff_names(account_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the names of these members of staff, those who left among them."""
    found = db.session.execute(select(Account.id, Account.display_name).where(Account.id.in_(account_ids)))
    return {row.id: row.display_name for row in found}


def find_patient_account(patient_id: UUID) -> Account | None:
    """Return the active account of a patient, or None."""
    return db.session.scalars(
        select(Account).where(Account.patient_id == patient_id, Account.active)
    ).one_or_none()


def replace_preferences(patient: PatientFacts, expected: int, values: Mapping[str, object]) -> PatientFacts:
    """Replace quiet hours, opted-in prompts, ways and pause; raises VersionMismatch when they changed meanwhile."""
    stored = patient.preferences_version
    changes = idempotency.pending_changes(patient, stored, expected, values, "The preferences")
    return _change(patient, {**changes, "preferences_version": stored + 1}) if changes else patient


def update_patient(patient: PatientFacts, expected: int, values: Mapping[str, object]) -> PatientFacts:
    """Change a patient's own data; raises VersionMismatch when they changed meanwhile."""
    changes = idempotency.pending_changes(patient, patient.version, expected, values, "Your data")
    return change_patient(patient, changes) if changes else patient


def change_patient(patient: PatientFacts, values: Mapping[str, object]) -> PatientFacts:
    """Change columns of the patient's row that a phone shows, and raise its version."""
    return _change(patient, {**values, "version": patient.version + 1})


def opt_out_of_texts(patient_id: UUID, now: datetime) -> None:
    """Note that the holder of a patient's phone number asked its provider for no more messages."""
    db.session.execute(
        update(Patient)
        .where(Patient.id == patient_id, Patient.phone_opted_out_at.is_(None))
        .values(phone_opted_out_at=now)
        .execution_options(synchronize_session=False)
    )


def record_consent(
    patient: PatientFacts, actor_id: UUID, key: str, values: ConsentBody, now: datetime
) -> tuple[Consent, bool]:
    """Add what the patient said to the history; return it and whether this key had been used for it."""
    body_hash = idempotency.hash_body(values)
    known = idempotency.find_created(Consent, actor_id, key, body_hash)
    if known is not None:
        return known, True
    consent = Consent(
        id=ids.new_id(), patient_id=patient.id, recorded_at=now, created_by_id=actor_id,
        idempotency_key=key, body_hash=body_hash, **values,
    )  # fmt: skip
    db.session.add(consent)
    granted = set(patient.consents_granted)
    (granted.add if consent.status == ConsentStatus.GRANTED else granted.discard)(consent.kind)
    _change(patient, {"consents_granted": sorted(granted)})
    return consent, False


def list_consents(patient_id: UUID) -> Sequence[Consent]:
    """Return the newest word of a patient on each kind of consent."""
    history = db.session.scalars(
        select(Consent).where(Consent.patient_id == patient_id).order_by(Consent.recorded_at, Consent.id)
    )
    return list({consent.kind: consent for consent in history}.values())


def _seen(actor: Actor, patient: PatientFacts | None) -> PatientFacts:
    if patient is None or not may_see(
        actor, patient_id=patient.id, clinic_id=patient.clinic_id, therapist_id=patient.therapist_id
    ):
        raise NotFound
    return patient


def _change(patient: PatientFacts, values: Mapping[str, object]) -> PatientFacts:
    statement = update(Patient).where(Patient.id == patient.id)
    row = db.session.execute(statement.values(shown_seq=patient.sync_seq, **values).returning(*FACTS)).one()
    return PatientFacts(*row)
