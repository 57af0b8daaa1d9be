"""Clinics: created, completed with numbers and approved texts, and asked whether patients may come in."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tracker import ids
from tracker.clinics.models import Clinic
from tracker.clinics.rules.hours import Hours, monitored_at, read_hours, reply_by
from tracker.db import db
from tracker.errors import Conflict, NotFound
from tracker.local_time.zones import canonical_zone, zone
from tracker.safety.clinic_contact import ClinicContact, watched_sentence
from tracker.safety.texts import SafetyTexts, find_pack, get_texts, latest_version


@dataclass(frozen=True, slots=True)
class ClinicFacts:
    """The columns of a clinic that an answer to a patient reads."""

    name: str
    phone: str
    emergency_number: str | None
    urgent_care_phone: str | None
    urgent_instructions: str | None
    safety_texts_version: str | None
    time_zone: str
    monitored_hours: list[dict[str, str]]
    closed_days: list[dict[str, str]]
    urgent_reply_minutes: int
    attention_reply_minutes: int


# The columns of ClinicFacts in their order, for a query that reads more beside them.
FACTS = tuple(getattr(Clinic, name) for name in ClinicFacts.__dataclass_fields__)


def create(name: str, time_zone: str, now: datetime, **numbers: object) -> Clinic:
    """Create a clinic; raises ValueError for an unknown time zone."""
    clinic = Clinic(
        id=ids.new_id(),
        name=name,
        time_zone=canonical_zone(time_zone),
        default_locale="en",
        created_at=now,
        **numbers,
    )
    db.session.add(clinic)
    db.session.flush()
    return clinic


def get_clinic(clinic_id: UUID) -> Clinic:
    """Return a clinic; raises NotFound."""
    clinic = db.session.get(Clinic, clinic_id)
    if clinic is None:
        raise NotFound
    return clinic


def find_clinic_by_name(name: str) -> Clinic | None:
    """Return the clinic of this name, or None."""
    return db.session.scalars(select(Clinic).where(Clinic.name == name)).first()


def hold_clinic(clinic_id: UUID) -> Clinic:
    """Take the lock of a clinic and of its audit trail; return it as it is now. Raises NotFound."""
    statement = select(Clinic).where(Clinic.id == clinic_id).with_for_update(key_share=True)
    clinic = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if clinic is None:
        raise NotFound
    return clinic


def update(clinic: Clinic, **values: object) -> None:
    """Change a clinic's zone, numbers, webhook or last resort; raises ValueError for an unknown time zone."""
    if "time_zone" in values:
        values["time_zone"] = canonical_zone(str(values["time_zone"]))
    for name, value in values.items():
        setattr(clinic, name, value)
    clinic.version += 1


def approve_safety_texts(clinic: Clinic, version: str, approver: str, now: datetime) -> None:
    """Put a pack of safety texts into force, in the name of who read it; raises ValueError for an unknown one."""
    if find_pack(version) is None:
        raise ValueError(f"There are no safety texts {version!r}; the newest are {latest_version()!r}.")
    clinic.safety_texts_version = version
    clinic.safety_texts_approved_by = approver
    clinic.safety_texts_approved_at = now
    clinic.version += 1


def what_is_missing(clinic: Clinic) -> list[str]:
    """Name what a clinic lacks before its first patient may be activated."""
    needed = {
        "an emergency number": clinic.emergency_number,
        "an urgent-care phone": clinic.urgent_care_phone,
        "approved safety texts": clinic.safety_texts_version,
        "an owner of last resort": clinic.owner_of_last_resort_id,
    }
    return [name for name, value in needed.items() if not value]


def require_ready(clinic: Clinic) -> None:
    """Raise Conflict with everything that is missing before patients may be activated."""
    missing = what_is_missing(clinic)
    if missing:
        raise Conflict(f"The clinic has to set up first: {', '.join(missing)}.", code="clinic_not_ready")


def texts_of(clinic: Clinic | ClinicFacts, locale: str) -> SafetyTexts:
    """Return the texts the clinic approved, or the newest pack while it has approved none."""
    return get_texts(clinic.safety_texts_version or latest_version(), locale)


def hours_of(clinic: Clinic | ClinicFacts) -> Hours:
    """Return when somebody watches the clinic's alerts, in the clinic's zone."""
    return read_hours(clinic.time_zone, clinic.monitored_hours, clinic.closed_days)


def contact_now(clinic: Clinic | ClinicFacts, locale: str, time_zone: str, now: datetime) -> ClinicContact:
    """Return the numbers that advice shows, and who is looking at this moment in the reader's words.

    Hours that cannot be read leave the general sentence: no advice may fail over them.
    """
    try:
        hours = hours_of(clinic)
    except (ValueError, LookupError):
        return contact_of(clinic)
    return replace(contact_of(clinic), watch=monitored_at(hours, zone(time_zone), now, locale))


def contact_of(clinic: Clinic | ClinicFacts) -> ClinicContact:
    """Return the numbers that advice shows, whenever it is read."""
    return ClinicContact(
        name=clinic.name,
        phone=clinic.phone,
        emergency_number=clinic.emergency_number,
        urgent_care_phone=clinic.urgent_care_phone,
        urgent_instructions=clinic.urgent_instructions,
    )


def reply_words(
    clinic: Clinic | ClinicFacts, minutes: int, locale: str, time_zone: str, now: datetime
) -> str | None:
    """Say, in the reader's words, by when so many minutes of monitored time have passed; None: nobody knows."""
    try:
        return reply_by(hours_of(clinic), minutes, zone(time_zone), now, locale)
    except (ValueError, LookupError):
        return None


def watched_words(clinic: Clinic | ClinicFacts, locale: str, time_zone: str, now: datetime) -> str:
    """Say who looks at what is said, and when, in the reader's words."""
    return watched_sentence(texts_of(clinic, locale), contact_now(clinic, locale, time_zone, now))
