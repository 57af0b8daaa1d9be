"""Who is told of an alert at this moment, and whose record its owner may see."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tracker.alerts.models import Alert
from tracker.alerts.vocabulary import UNFINISHED
from tracker.db import reading
from tracker.people import staff
from tracker.people.patients import PatientFacts
from tracker.people.rules.cover import owner


def find_owner_id(patient: PatientFacts, now: datetime) -> UUID:
    """Return who owns what is raised or opened again now: the assigned therapist, or who answers for them."""
    found = owner(*staff.find_line(patient.therapist_id, now))
    return UUID(found.staff_id) if found else patient.therapist_id


def find_entrusted(account_id: UUID) -> frozenset[UUID]:
    """Return the patients of whom this member of staff owns an unfinished alert: their record is open as long."""
    statement = select(Alert.patient_id).where(Alert.owner_id == account_id, Alert.status.in_(UNFINISHED))
    return frozenset(reading().scalars(statement))
