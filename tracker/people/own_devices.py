"""The devices of a caller, and the trail of what they change about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tracker.audit.service import Action
from tracker.people import accounts, devices, patients, trail
from tracker.people.models import Device
from tracker.people.rules.access import Actor


def register(actor: Actor, installation_id: str, values: Mapping[str, Any], now: datetime) -> Device:
    """Keep how an installation of the caller is reached; that it was only seen again leaves no trail."""
    _hold(actor)
    device, changed = devices.register(actor.account_id, installation_id, values, now)
    if changed:
        trail.record_deed(actor, Action.UPDATE, "device", device.id, now, actor.patient_id)
    return device


def unregister(actor: Actor, installation_id: str, now: datetime) -> None:
    """Send nothing more to an installation of the caller, if there is one."""
    _hold(actor)
    device_id = devices.unregister(actor.account_id, installation_id, now)
    if device_id is not None:
        trail.record_deed(actor, Action.DELETE, "device", device_id, now, actor.patient_id)


def _hold(actor: Actor) -> None:
    if actor.patient_id is not None:
        patients.hold_patient(actor.patient_id)
    else:
        accounts.hold_account(actor.account_id)
