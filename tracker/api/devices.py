"""The caller's devices: where notifications go."""

from typing import Any

from flask import current_app

from tracker import clock
from tracker.api.schemas.devices import DeviceRegistration, DeviceView
from tracker.api.wire import Blueprint
from tracker.config import Settings
from tracker.db import transaction
from tracker.delivery.rules.destinations import DestinationRefused, push_services
from tracker.errors import Fault, Invalid
from tracker.people import own_devices, patients
from tracker.people.rules.access import Actor, Permission
from tracker.people.vocabulary import PushProvider

blueprint = Blueprint("devices", "Where the caller's notifications go.")

_SHOWN = (
    "installation_id",
    "platform",
    "push_provider",
    "notification_permission",
    "app_version",
    "os_version",
    "locale",
    "time_zone",
    "registered_at",
    "last_seen_at",
)


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
def register_device(actor: Actor, installation_id: str, body: dict[str, Any]) -> Any:
    """Register one of the caller's devices."""
    values = _stored(body)
    with transaction():
        device = own_devices.register(actor, installation_id, values, clock.now())
        return _view(device, actor)


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
        own_devices.unregister(actor, installation_id, clock.now())


def _stored(body: dict[str, Any]) -> dict[str, Any]:
    """Turn what was sent into columns; raises Invalid for the address of no push service."""
    values = {"os_version": None, **body, "address": body.get("push_token"), "p256dh": None, "auth": None}
    values.pop("push_token", None)
    subscription = values.pop("subscription", None)
    if body["push_provider"] is PushProvider.WEB_PUSH:
        settings: Settings = current_app.extensions["settings"]
        endpoint = subscription["endpoint"]
        try:
            push_services(settings.web_push_hosts, settings.outbound_allowed)(endpoint)
        except DestinationRefused as refused:
            sentence = f"This is no push service for us: {refused}."
            raise Invalid(Fault("#/subscription/endpoint", "unknown_value", sentence)) from None
        values |= {"address": endpoint, "p256dh": subscription["p256dh"], "auth": subscription["auth"]}
    return values


def _view(device: Any, actor: Actor) -> dict[str, Any]:
    patient = patients.find_patient(actor.patient_id) if actor.patient_id else None
    holder = patient or patients.find_account(actor.account_id)
    differs = holder is not None and holder.time_zone != device.time_zone
    return {name: getattr(device, name) for name in _SHOWN} | {"time_zone_differs": differs}
