"""The ways in which a person can be reached now, in the order in which they are tried."""

from datetime import datetime
from uuid import UUID

from tracker.clinics import service as clinics
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.channel_kinds import Addresses, device_route, list_routes
from tracker.delivery.rules.routes import Route
from tracker.delivery.rules.verdicts import Recipient
from tracker.delivery.vocabulary import Purpose
from tracker.people import devices, patients
from tracker.people.models import Account
from tracker.people.patients import PatientFacts
from tracker.people.vocabulary import Way, order_of


def find_patient_recipient(patient: PatientFacts, now: datetime) -> Recipient:
    """Return a patient with the ways they chose, in their order; there may be none."""
    account = patients.find_patient_account(patient.id)
    account_id = account.id if account else None
    ways = order_of(patient.ways)
    contacts = Addresses(
        clinic_id=patient.clinic_id,
        email=patient.email,
        devices=_list_devices(account_id, now) if Way.PUSH in ways else (),
        phone=patient.phone,
        phone_opted_out=patient.phone_opted_out_at is not None,
        webhook_url=_find_webhook(patient.clinic_id) if Way.WEBHOOK in ways else None,
    )
    return Recipient(account_id, list_routes(contacts, ways), patient.locale)


def staff_recipient(account: Account, now: datetime) -> Recipient:
    """Return a member of staff: their devices, their mail, their clinic's webhook."""
    contacts = Addresses(
        clinic_id=account.clinic_id,
        email=account.email,
        devices=_list_devices(account.id, now),
        webhook_url=_find_webhook(account.clinic_id),
    )
    return Recipient(account.id, list_routes(contacts, Way), account.locale)


def find_recipient_again(row: Dispatch, account_id: UUID | None, now: datetime) -> Recipient | None:
    """Return whom a message was begun for, with the ways they have now; None if they are gone."""
    if row.purpose == Purpose.REMINDER:
        patient = patients.find_patient(row.patient_id)
        return find_patient_recipient(patient, now) if patient else None
    account = patients.find_account(account_id) if account_id else None
    return staff_recipient(account, now) if account else None


def _list_devices(account_id: UUID | None, now: datetime) -> list[Route]:
    if account_id is None:
        return []
    return [
        device_route(device.push_provider, device.address, device.id, device.p256dh, device.auth)
        for device in devices.list_reachable(account_id, now)
    ]


def _find_webhook(clinic_id: UUID) -> str | None:
    return clinics.get_clinic(clinic_id).webhook_url
