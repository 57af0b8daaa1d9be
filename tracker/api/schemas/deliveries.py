"""Messages for a worker outside this service, on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict
from uuid import UUID

from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import Body, View
from tracker.delivery.rules.channel_kinds import CHANNELS
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, Receipt


class ReminderClaim(Body):
    """How many messages a worker takes, and for how long they are its own."""

    limit = fields.Whole(1, 100, required=True)
    lease_seconds = fields.Whole(30, 600, required=True, about="Count it from before this call is sent.")


class ClaimBody(TypedDict):
    """How many messages a worker takes, as it is read."""

    limit: int
    lease_seconds: int


class ClaimedDeliveryView(View):
    """A message that is the worker's until its lease ends; start it before anything leaves."""

    id = fields.Identifier(required=True)
    claim_token = fields.Identifier(required=True)
    purpose = fields.Vocabulary(Purpose, closed=False, required=True)
    not_after = fields.Instant(required=True, about="Nothing may leave from here on.")
    lease_expires_at = fields.Instant(required=True)


class ClaimedDeliveryList(View):
    """The messages that were taken; none: nothing is due."""

    items = fields.ListOf(fields.Nested(ClaimedDeliveryView), 100, required=True)


class DeliveryStart(Body):
    """The worker's word that it is about to hand over a message."""

    claim_token = fields.Identifier(required=True)
    channels = fields.ListOf(
        fields.Vocabulary(CHANNELS),
        len(CHANNELS),
        required=True,
        about="The ways out that this worker serves.",
    )


class StartBody(TypedDict):
    """That a message is about to leave, as it is read."""

    claim_token: UUID
    channels: Sequence[str]


class ReminderDeliveryView(View):
    """A message to be handed over now, with the key that every repetition carries too."""

    id = fields.Identifier(required=True)
    attempt = fields.Whole(1, INT32, required=True)
    channel = fields.Vocabulary(CHANNELS, closed=False, required=True)
    recipient = fields.Text(2000, required=True, about="Mail address, number, token or endpoint.")
    recipient_keys = fields.MapOf(
        {"type": "string", "maxLength": 200}, required=True, about="Keys of a push subscription."
    )
    send_key = fields.Text(64, required=True, about="For the provider's own protection against repetition.")
    title = fields.Text(200, required=True)
    body = fields.Text(2000, required=True)
    link = fields.Text(500, required=True)
    written_at = fields.Instant(required=True)
    not_after = fields.Instant(
        required=True, about="Tell the provider too: it is the message's time to live."
    )


class ClaimToken(Body):
    """Under which claim."""

    claim_token = fields.Identifier(required=True)


class ClaimTokenBody(TypedDict):
    """Under which claim, as it is read."""

    claim_token: UUID


class DeliveryResult(Body):
    """What came of a hand-over."""

    claim_token = fields.Identifier(required=True)
    attempt = fields.Whole(1, INT32, required=True)
    outcome = fields.Vocabulary(AttemptOutcome, required=True)
    error_code = fields.Text(60, about="A stable word for the reason of a failure.")
    provider_reference = fields.Text(200)
    retry_after_seconds = fields.Whole(0, 86_400)
    gone = fields.Flag(about="The provider says that nobody is to be reached there any more.")


class ResultBody(TypedDict):
    """What came of a hand-over, as it is read."""

    claim_token: UUID
    attempt: int
    outcome: AttemptOutcome
    error_code: NotRequired[str]
    provider_reference: NotRequired[str]
    retry_after_seconds: NotRequired[int]
    gone: NotRequired[bool]


class DeliveryReceipt(Body):
    """What a provider said later about the way to the person."""

    attempt = fields.Whole(1, INT32, required=True)
    receipt = fields.Vocabulary(Receipt, required=True)
    occurred_at = fields.Instant(required=True)


class ReceiptBody(TypedDict):
    """What a provider said later, as it is read."""

    attempt: int
    receipt: Receipt
    occurred_at: datetime
