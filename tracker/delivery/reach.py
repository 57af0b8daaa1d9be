"""Which patients cannot be reminded now, and why; one query for any number of them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from tracker.clinics.models import Clinic
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.channel_kinds import Addresses, is_reachable
from tracker.delivery.rules.routes import Route
from tracker.delivery.vocabulary import Purpose, State
from tracker.people import accounts, devices
from tracker.people.models import Account, Device, Patient
from tracker.people.vocabulary import PatientStatus, order_of

# An older failure says nothing about how the patient can be reached now.
LOOK_BACK = timedelta(days=30)


class Obstacle(StrEnum):
    """Why a patient cannot be reminded, the one that they can change first."""

    SWITCHED_OFF = "switched_off"  # the patient has switched every channel off
    NO_WAY = "no_way"  # no device, address or number that this server could use
    NOT_DELIVERED = "not_delivered"  # the newest reminder that was tried reached nobody


def find_obstacles(
    patient_ids: Sequence[UUID], channels: Collection[str], now: datetime
) -> dict[UUID, Obstacle]:
    """Return why those of these patients, of one clinic, cannot be reminded who cannot.

    ``channels`` are the server's own; those that a worker outside serves for the clinic count as well.
    """
    rows = db.session.execute(_select(channels, now).where(Patient.id.in_(patient_ids))).all()
    found = {row.id: obstacle for row in rows if (obstacle := _obstacle(row, channels))}
    if Obstacle.NO_WAY in found.values():
        served = accounts.find_served_outside(rows[0].clinic_id, now)
        if not served <= frozenset(channels):
            return find_obstacles(patient_ids, served.union(channels), now)
    return found


def _obstacle(row: Any, channels: Collection[str]) -> Obstacle | None:
    order = order_of(row.ways)
    if not order:
        return Obstacle.SWITCHED_OFF
    contacts = Addresses(
        clinic_id=row.clinic_id,
        email=row.email,
        devices=[Route(row.push_provider, "")] if row.push_provider else [],
        phone=row.phone,
        phone_opted_out=row.phone_opted_out_at is not None,
        webhook_url=row.webhook_url,
    )
    if not is_reachable(contacts, order, channels):
        return Obstacle.NO_WAY
    return Obstacle.NOT_DELIVERED if row.newest == State.DEAD else None


def _select(channels: Collection[str], now: datetime) -> Select[Any]:
    push_provider = (
        select(Device.push_provider)
        .join(Account, Account.id == Device.account_id)
        .where(
            Account.patient_id == Patient.id,
            Account.active,
            Device.push_provider.in_(channels),
            devices.can_show(now),
        )
        .limit(1)
        .scalar_subquery()
    )
    newest = (
        select(Dispatch.state)
        .where(
            Dispatch.patient_id == Patient.id,
            Dispatch.purpose == Purpose.REMINDER,
            Dispatch.state.in_([State.ACCEPTED, State.DEAD]),
            Dispatch.due_at > now - LOOK_BACK,
        )
        .order_by(Dispatch.due_at.desc(), Dispatch.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Patient.id,
            Patient.clinic_id,
            Patient.ways,
            Patient.email,
            Patient.phone,
            Patient.phone_opted_out_at,
            Clinic.webhook_url,
            push_provider.label("push_provider"),
            newest.label("newest"),
        )
        .join(Clinic, Clinic.id == Patient.clinic_id)
        .where(Patient.status == PatientStatus.ACTIVE)  # who does not use the app is not reminded anyway
    )
