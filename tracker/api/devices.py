"""The caller's devices: where notifications go."""

from flask import current_app

from tracker import clock
from tracker.api.schemas.devices import DeviceRegistration, DeviceView
from tracker.api.wire import Blueprint, Shown
from tracker.config import Settings
from tracker.db import transaction
from tracker.delivery.rules.destinations import DestinationRefused, push_services
from tracker.errors import Fault, Invalid
from tracker.people import devices, patients
from tracker.people.rules.access import Actor, Permission
from tracker.people.rules.bodies import DeviceBody, DeviceColumns
from tracker.people.vocabulary import PushProvider

blueprint = Blueprint("devices", "Where the caller's notifications go.")


@blueprint.operation(
    "registerDevice",
    "PUT",
    "/v1/me/devices/<installation_id>",
    Permission.USE_OWN_ACCOUNT,
    body=DeviceRegistration,
    returns=DeviceView,
    about=(
        "Register an installation, or say that it is still there: at every start of the app, and when its token, "
        "its permission or its zone changes. Whoever else was reached by the same token or endpoint is not any more. "
        "After signing out, or 60 days unseen, nothing is sent to it until it is registered again."
    ),
)
def register_device(actor: Actor, installation_id: str, body: DeviceBody) -> Shown:
    """Register one of the caller's devices."""
    values = _stored(body)
    with transaction():
        device = devices.register(actor, installation_id, values, clock.now())
        return Shown(device, time_zone_differs=_differs(device.time_zone, actor))


@blueprint.operation(
    "unregisterDevice",
    "DELETE",
    "/v1/me/devices/<installation_id>",
    Permission.USE_OWN_ACCOUNT,
    status=204,
    about="Send nothing more to this installation; done also when it never was registered.",
)
def unregister_device(actor: Actor, installation_id: str) -> None:
    """Unregister one of the caller's devices."""
    with transaction():
        devices.unregister(actor, installation_id, clock.now())


def _stored(body: DeviceBody) -> DeviceColumns:
    """Turn what was sent into columns; raises Invalid for the address of no push service."""
    subscription = body.get("subscription") if body["push_provider"] == PushProvider.WEB_PUSH else None
    if subscription:
        _require_push_service(subscription["endpoint"])
    return {
        "platform": body["platform"],
        "push_provider": body["push_provider"],
        "notification_permission": body["notification_permission"],
        "app_version": body["app_version"],
        "os_version": body.get("os_version"),
        "locale": body["locale"],
        "time_zone": body["time_zone"],
        "address": subscription["endpoint"] if subscription else body["push_token"],
        "p256dh": subscription["p256dh"] if subscription else None,
        "auth": subscription["auth"] if subscription else None,
    }


def _require_push_service(endpoint: str) -> None:
    settings: Settings = current_app.extensions["settings"]
    try:
        push_services(settings.web_push_hosts, settings.outbound_allowed)(endpoint)
    except DestinationRefused as refused:
        sentence = f"This is no push service for us: {refused}."
        raise Invalid(Fault("#/subscription/endpoint", "unknown_value", sentence)) from None


def _differs(time_zone: str, actor: Actor) -> bool:
    """Say whether the caller's account has another zone than this."""
    patient = patients.find_patient(actor.patient_id) if actor.patient_id else None
    holder = patient or patients.find_account(actor.account_id)
    return holder is not None and holder.time_zone != time_zone
