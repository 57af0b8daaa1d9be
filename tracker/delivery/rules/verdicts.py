"""What may become of a message at the moment before it is handed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.delivery.rules.routes import Route
from tracker.delivery.vocabulary import ProviderWord, Reason, State


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets the message, by which ways in which order, and in which language."""

    account_id: UUID | None
    routes: Sequence[Route]
    locale: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """It is still wanted: hand it over, in the words of this template."""

    recipient: Recipient
    template: str


@dataclass(frozen=True, slots=True)
class Drop:
    """It is not wanted any more: end it in this state, for this reason."""

    state: State
    reason: Reason | ProviderWord


@dataclass(frozen=True, slots=True)
class Wait:
    """It is wanted, but not now: look again at this instant."""

    until: datetime
    reason: Reason
    # Nobody inside can send it: a worker outside is to take it.
    outside: bool = False


Verdict = HandOver | Drop | Wait
