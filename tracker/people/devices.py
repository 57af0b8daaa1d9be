"""The devices of an account: registered by their holder, which of them can show a notification, which are gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from tracker import ids
from tracker.db import db, is_sqlite
from tracker.people import accounts, patients, trail
from tracker.people.models import Device, Token
from tracker.people.rules.access import Action, Actor
from tracker.people.rules.bodies import DeviceColumns
from tracker.people.vocabulary import NotificationPermission

# Registered at every start of the app: what was not seen for so long has been put away.
UNSEEN_FOR = timedelta(days=60)


def register(actor: Actor, installation_id: str, columns: DeviceColumns, now: datetime) -> Device:
    """Keep how an installation of the caller is reached; that it was only seen again leaves no trail."""
    _hold(actor)
    device, changed = _keep(actor.account_id, installation_id, columns, now)
    if changed:
        trail.record_deed(actor, Action.UPDATE, "device", device.id, now, actor.patient_id)
    return device


def unregister(actor: Actor, installation_id: str, now: datetime) -> None:
    """Send nothing more to an installation of the caller, if there is one."""
    _hold(actor)
    own = (Device.account_id == actor.account_id) & (Device.installation_id == installation_id)
    device_id = _retire(own, "unregistered_by_app", now)
    if device_id is not None:
        trail.record_deed(actor, Action.DELETE, "device", device_id, now, actor.patient_id)


def can_show(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which a device shows notifications now."""
    return and_(
        Device.retired_at.is_(None),
        Device.notification_permission == NotificationPermission.GRANTED,
        Device.last_seen_at > now - UNSEEN_FOR,
    )


def list_reachable(account_id: UUID, now: datetime) -> Sequence[Device]:
    """Return the devices that may show notifications, the one seen last first."""
    return db.session.scalars(
        select(Device)
        .where(Device.account_id == account_id, can_show(now))
        .order_by(Device.last_seen_at.desc(), Device.id)
    ).all()


def retire(device_id: UUID, reason: str, now: datetime) -> None:
    """Stop sending to a device that its provider does not know any more; registering brings it back."""
    _retire(Device.id == device_id, reason, now)


def sign_out(account_id: UUID, family_id: UUID, now: datetime) -> None:
    """Stop sending to the installation on which this sign-in is; registering brings it back."""
    signed_in = select(Token.installation_id).where(Token.family_id == family_id)
    _retire((Device.account_id == account_id) & Device.installation_id.in_(signed_in), "signed_out", now)


def _hold(actor: Actor) -> None:
    if actor.patient_id is not None:
        patients.hold_patient(actor.patient_id)
    else:
        accounts.hold_account(actor.account_id)


def _keep(
    account_id: UUID, installation_id: str, columns: DeviceColumns, now: datetime
) -> tuple[Device, bool]:
    """Keep how an installation is reached, and nobody else by this address; the lock of its holder is taken.

    Returns it, and whether anything has changed but the moment at which it was seen.
    """
    address_hash = ids.hash_secret(columns["address"])
    values = {**columns, "address_hash": address_hash}
    device = None
    for known in _hold_concerned(account_id, installation_id, address_hash):
        if (known.account_id, known.installation_id) == (account_id, installation_id):
            device = known
        elif known.retired_at is None:
            known.retired_at, known.retired_reason = now, "taken_over"
    device = device or Device(id=ids.new_id(), account_id=account_id, installation_id=installation_id)
    came_back = device.registered_at is None or device.retired_at is not None
    changed = came_back or any(getattr(device, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(device, name, value)
    if came_back:
        device.registered_at, device.retired_at, device.retired_reason = now, None, None
    device.last_seen_at = now
    db.session.add(device)
    db.session.flush()
    return device, changed


def _retire(which: ColumnElement[bool], reason: str, now: datetime) -> UUID | None:
    return db.session.scalars(
        update(Device)
        .where(which, Device.retired_at.is_(None))
        .values(retired_at=now, retired_reason=reason)
        .returning(Device.id)
        .execution_options(synchronize_session=False)
    ).first()


def _hold_concerned(account_id: UUID, installation_id: str, address_hash: bytes) -> Sequence[Device]:
    """Lock this installation's device and whoever has the address, in one order: phones may be swapped."""
    if not is_sqlite():  # nobody may have the address yet, and then there is no row that two could meet at
        place = int.from_bytes(address_hash[:8], signed=True)
        db.session.execute(select(func.pg_advisory_xact_lock(place)))
    own = and_(Device.account_id == account_id, Device.installation_id == installation_id)
    concerned = select(Device).where(or_(own, Device.address_hash == address_hash)).order_by(Device.id)
    return db.session.scalars(
        concerned.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).all()
