"""The ways in which a person can be reached now, in the order in which they are tried."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from tracker.clinics import service as clinics
from tracker.delivery.models import Dispatch
from tracker.delivery.routes import Route
from tracker.delivery.states import Purpose
from tracker.delivery.verdicts import Recipient
from tracker.people import devices
from tracker.people import service as people
from tracker.people.models import Account
from tracker.people.service import PatientFacts
from tracker.people.vocabulary import Way, order_of


def find_patient_recipient(patient: PatientFacts, now: datetime) -> Recipient:
    """Return a patient with the ways they chose, in their order; there may be none."""
    account = people.find_patient_account(patient.id)
    account_id = account.id if account else None
    finders: dict[Way, Callable[[], list[Route]]] = {
        Way.PUSH: lambda: _push(account_id, now),
        Way.EMAIL: lambda: _email(patient.email),
        Way.SMS: lambda: _sms(patient),
        Way.WEBHOOK: lambda: _webhook(patient.clinic_id),
    }
    routes = [route for way in order_of(patient.ways) for route in finders[way]()]
    return Recipient(account_id, routes, patient.locale)


def staff_recipient(account: Account, now: datetime) -> Recipient:
    """Return a member of staff: their devices, their mail, their clinic's webhook."""
    routes = [*_push(account.id, now), *_email(account.email), *_webhook(account.clinic_id)]
    return Recipient(account.id, routes, account.locale)


def find_recipient_again(row: Dispatch, account_id: UUID | None, now: datetime) -> Recipient | None:
    """Return whom a message was begun for, with the ways they have now; None if they are gone."""
    if row.purpose == Purpose.REMINDER:
        patient = people.find_patient(row.patient_id)
        return find_patient_recipient(patient, now) if patient else None
    account = people.find_account(account_id) if account_id else None
    return staff_recipient(account, now) if account else None


def _push(account_id: UUID | None, now: datetime) -> list[Route]:
    if account_id is None:
        return []
    return [
        Route(
            device.push_provider,
            device.address,
            device.id,
            {"p256dh": device.p256dh, "auth": device.auth} if device.p256dh and device.auth else {},
        )
        for device in devices.list_reachable(account_id, now)
    ]


def _email(address: str | None) -> list[Route]:
    return [Route("email", address)] if address else []


def _sms(patient: PatientFacts) -> list[Route]:
    return [Route("sms", patient.phone)] if patient.phone and not patient.phone_opted_out_at else []


def _webhook(clinic_id: UUID) -> list[Route]:
    url = clinics.get_clinic(clinic_id).webhook_url
    return [Route("webhook", url, keys={"clinic_id": str(clinic_id)})] if url else []
