"""A hand-over as it is written: before it is tried, with what came of it, and what follows for its message."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Required, TypedDict
from uuid import UUID

from tracker.delivery.vocabulary import AttemptOutcome, ProviderWord, Reason, State


class NewAttempt(NamedTuple):
    """A hand-over that is about to be tried."""

    id: UUID
    dispatch_id: UUID
    number: int
    channel: str
    recipient_id: UUID | None
    device_id: UUID | None
    wording: Mapping[str, str]
    send_key: str
    claim_token: UUID
    claimed_by: UUID
    begun_at: datetime


class ProviderAnswer(NamedTuple):
    """What came of a hand-over."""

    outcome: AttemptOutcome
    error_code: str | None
    provider_reference: str | None
    not_again_before: datetime | None
    ended_at: datetime


class RowChange(TypedDict, total=False):
    """What follows from an answer for its row."""

    state: Required[State]
    reason: Required[Reason | ProviderWord]
    next_attempt_at: datetime
    postponed_until: datetime
    accepted_at: datetime
    ended_at: datetime
    sync_seq: int
