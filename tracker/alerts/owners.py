"""Who is told of an alert at this moment, and whose record its owner may see."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tracker.alerts.escalation import in_line, owner
from tracker.alerts.models import Alert
from tracker.alerts.vocabulary import UNFINISHED
from tracker.db import reading
from tracker.delivery.recipients import staff_recipient
from tracker.delivery.states import Audience
from tracker.delivery.verdicts import Recipient
from tracker.people import service as people
from tracker.people import staff
from tracker.people.service import PatientFacts


@dataclass(frozen=True, slots=True)
class Told:
    """A member of staff with the ways to reach them; there may be none."""

    account_id: UUID
    display_name: str
    recipient: Recipient


def find_owner_id(patient: PatientFacts, now: datetime) -> UUID:
    """Return who owns what is raised or opened again now: the assigned therapist, or who answers for them."""
    found = owner(*staff.find_line(patient.therapist_id, now))
    return UUID(found.staff_id) if found else patient.therapist_id


def find_told(owner_id: UUID, audience: Audience, now: datetime) -> Told | None:
    """Return the first in line after an owner who can be reached, else the first; None when nobody is active."""
    first: Told | None = None
    for candidate in in_line(audience, staff.find_line(owner_id, now)):
        account = people.find_account(UUID(candidate.staff_id))
        assert account is not None, "a candidate has an account"
        told = Told(account.id, account.display_name, staff_recipient(account, now))
        if told.recipient.routes:
            return told
        first = first or told
    return first


def find_entrusted(account_id: UUID) -> frozenset[UUID]:
    """Return the patients of whom this member of staff owns an unfinished alert: their record is open as long."""
    statement = select(Alert.patient_id).where(Alert.owner_id == account_id, Alert.status.in_(UNFINISHED))
    return frozenset(reading().scalars(statement))
