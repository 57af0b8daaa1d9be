"""What was said on a patient's own days: where their phone is, and how much they drank today."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from tracker.checkins.models import CheckIn
from tracker.checkins.vocabulary import UNKNOWN_ZONE, RecordedBy, Source
from tracker.db import db
from tracker.local_time.windows import local_date, local_day
from tracker.local_time.zones import date_in, zone
from tracker.people.patients import PatientFacts

# What a phone said longer ago is no news. Whole days, since the first screen is read again on each.
ZONE_EVIDENCE = timedelta(days=30)


def has_other_zone(patient: PatientFacts, now: datetime) -> bool:
    """Say whether the phone's newest check-in of the last 30 local days came from another zone than the confirmed."""
    here = zone(patient.time_zone)
    since = local_day(local_date(now, here) - ZONE_EVIDENCE, here).opens
    return find_phone_zone(patient.id, since) not in (None, patient.time_zone)


def find_phone_zone(patient_id: UUID, since: datetime) -> str | None:
    """Return the zone of the newest check-in since then that a patient's own phone sent, or None."""
    statement = (
        select(CheckIn.time_zone)
        .where(
            CheckIn.patient_id == patient_id,
            CheckIn.recorded_at >= since,
            CheckIn.deleted_at.is_(None),
            # A link's page and whoever is on the telephone do not know where the patient is.
            CheckIn.recorded_by == RecordedBy.PATIENT,
            CheckIn.source == Source.PHONE,
            CheckIn.time_zone != UNKNOWN_ZONE,
        )
        .order_by(CheckIn.recorded_at.desc(), CheckIn.id.desc())
        .limit(1)
    )
    return db.session.execute(statement).scalar_one_or_none()


def total_hydration(patient: PatientFacts, now: datetime) -> int:
    """Return the millilitres that a patient logged on their day of today."""
    today = date_in(patient.time_zone, now)
    statement = select(func.coalesce(func.sum(CheckIn.hydration_ml), 0)).where(
        CheckIn.patient_id == patient.id, CheckIn.local_date == today, CheckIn.deleted_at.is_(None)
    )
    return db.session.execute(statement).scalar_one() or 0
