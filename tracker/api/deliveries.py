"""Messages for a worker outside this service: claim, start, result, with the promises of the worker inside."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app

from tracker import clock, ids
from tracker.api.schemas.deliveries import (
    ClaimBody,
    ClaimedDeliveryList,
    ClaimToken,
    ClaimTokenBody,
    DeliveryReceipt,
    DeliveryResult,
    DeliveryStart,
    ReceiptBody,
    ReminderClaim,
    ReminderDeliveryView,
    ResultBody,
    StartBody,
)
from tracker.api.wire import Blueprint, server_settings
from tracker.db import transaction
from tracker.delivery import pauses, statements
from tracker.delivery.rules.message import Result
from tracker.delivery.service import Sender, Sending
from tracker.engine import outside_workers
from tracker.engine.outside_workers import NotBegun, OutsideExits
from tracker.errors import Conflict
from tracker.people.rules.access import Actor, Permission

blueprint = Blueprint("deliveries", "Messages for a worker outside this service.")
_PATH = "/v1/reminder-deliveries/<delivery_id>"
_CLAIM_ABOUT = (
    "Take messages that are due; no other worker gets them until the lease ends. What is not wanted any more ends "
    "here and is not among them, so a short answer does not say that no more is due. Begin no hand-over when less of "
    "the lease is left, counted from before this call was sent, than your longest wait for a provider and one "
    "second: release the message instead."
)
_START_ABOUT = (
    "Write down that a message is about to leave, and get it; 409: it is not wanted now, or not yours. Asked again "
    "under the same claim, as after a lost answer, the same message comes again. The recipient of `web_push` and "
    "`webhook` is an address that a patient's browser or a clinic named: refuse yourself what is not https on port "
    "443 of a host whose addresses are all on the public Internet, connect to the address that you checked, and "
    "follow no redirect."
)


@blueprint.operation(
    "claimReminderDeliveries",
    "POST",
    "/v1/reminder-claims",
    Permission.DELIVER_REMINDERS,
    body=ReminderClaim,
    returns=ClaimedDeliveryList,
    about=_CLAIM_ABOUT,
    example={"limit": 20, "lease_seconds": 60},
)
def claim_reminder_deliveries(actor: Actor, body: ClaimBody) -> dict[str, object]:
    """Take messages that are due; no other worker gets them until the lease ends."""
    lease = timedelta(seconds=body["lease_seconds"])
    with transaction():
        now = _now()
        claims = outside_workers.claim(actor, body["limit"], now, lease)
        not_after = outside_workers.list_not_after(claims)
    return {
        "items": [
            {
                "id": claim.dispatch_id,
                "claim_token": claim.token,
                "purpose": claim.purpose,
                "not_after": not_after[claim.dispatch_id],
                "lease_expires_at": now + lease,
            }
            for claim in claims
        ]
    }


@blueprint.operation(
    "startReminderDelivery",
    "PUT",
    f"{_PATH}/start",
    Permission.DELIVER_REMINDERS,
    body=DeliveryStart,
    returns=ReminderDeliveryView,
    about=_START_ABOUT,
    errors=(404, 409),
)
def start_reminder_delivery(actor: Actor, delivery_id: UUID, body: StartBody) -> dict[str, object]:
    """Write down that a message is about to leave, and get it; 409: it is not wanted now, or not yours."""
    settings = server_settings()
    begun: Sending | NotBegun
    with transaction():
        inside = current_app.extensions["channels"]
        exits = OutsideExits(frozenset(body["channels"]), inside, pauses.find_paused_channels())
        sender = Sender(actor.account_id, exits, settings.secret_key, settings.public_url)
        try:
            begun = outside_workers.start(actor, delivery_id, body["claim_token"], sender, _now())
        except NotBegun as decided:
            begun = decided
    if isinstance(begun, NotBegun):
        became = f"it is {begun.state} now" if begun.state else "it is no longer yours"
        raise Conflict(f"Hand nothing over: {became}.")
    return _shown(begun)


@blueprint.operation(
    "releaseReminderDelivery",
    "PUT",
    f"{_PATH}/release",
    Permission.DELIVER_REMINDERS,
    body=ClaimToken,
    status=204,
    errors=(404,),
)
def release_reminder_delivery(actor: Actor, delivery_id: UUID, body: ClaimTokenBody) -> None:
    """Give back a message that was not started, so that another worker need not wait for the lease."""
    with transaction():
        outside_workers.release(actor, delivery_id, body["claim_token"], _now())


@blueprint.operation(
    "recordDeliveryResult",
    "PUT",
    f"{_PATH}/result",
    Permission.DELIVER_REMINDERS,
    body=DeliveryResult,
    status=204,
    errors=(404, 409),
)
def record_delivery_result(actor: Actor, delivery_id: UUID, body: ResultBody) -> None:
    """Say what came of a hand-over; a result that comes after the lease is kept and changes nothing else."""
    settings = server_settings()
    result = Result(
        body["outcome"],
        body.get("error_code"),
        body.get("provider_reference"),
        body.get("retry_after_seconds"),
        body.get("gone", False),
    )
    with transaction():
        outside_workers.record(
            actor,
            delivery_id,
            body["claim_token"],
            body["attempt"],
            result,
            _now(),
            send_timeout=timedelta(seconds=settings.send_timeout_seconds),
            fraction=ids.jitter(),
        )


@blueprint.operation(
    "recordDeliveryReceipt",
    "PUT",
    f"{_PATH}/receipt",
    Permission.DELIVER_REMINDERS,
    body=DeliveryReceipt,
    status=204,
    errors=(404,),
)
def record_delivery_receipt(actor: Actor, delivery_id: UUID, body: ReceiptBody) -> None:
    """Say what the provider told later about the way to the person; it only moves forward."""
    with transaction():
        outside_workers.note_receipt(
            actor, delivery_id, body["attempt"], body["receipt"], body["occurred_at"]
        )


def _now() -> datetime:
    # Leases are compared with the clock of the workers, which is the database's on PostgreSQL.
    settings = server_settings()
    return clock.now() if settings.is_sqlite or clock.replaced() else statements.database_now()


def _shown(begun: Sending) -> dict[str, object]:
    attempt, message = begun.attempt, begun.message
    return {
        "id": attempt.claim.dispatch_id,
        "attempt": attempt.number,
        "channel": attempt.route.channel,
        "recipient": message.address,
        "recipient_keys": dict(message.keys),
        "send_key": message.send_key,
        "title": message.subject,
        "body": message.body,
        "link": message.link,
        "written_at": message.written_at,
        "not_after": message.not_after,
    }
