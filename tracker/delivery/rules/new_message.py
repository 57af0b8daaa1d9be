"""A message to be planned, and where one stands in time: the columns that every row of dispatch begins with."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.delivery.vocabulary import Anchor, Audience, Purpose, Reason, State


@dataclass(frozen=True, slots=True)
class Placed:
    """When a message is due and why just then, or since when and why it is held back."""

    due_at: datetime
    because: Reason
    held_since: datetime | None = None

    @property
    def state(self) -> State:
        """Return the state of its row."""
        return State.SUPPRESSED if self.held_since else State.SCHEDULED

    @property
    def leaves_at(self) -> datetime | None:
        """Return when it is to leave; None: it is held back."""
        return None if self.held_since else self.due_at


def place(due_at: datetime | None, because: Reason, now: datetime, *, meant_for: datetime) -> Placed:
    """Return where a message stands: due then, or held back at the moment that it was meant for."""
    return Placed(due_at or meant_for, because, None if due_at else now)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """One message to one person within one window; an anchor has each of its steps once in a generation."""

    purpose: Purpose
    audience: Audience
    anchor_kind: Anchor
    anchor_id: UUID
    step_key: str
    occurrence: int = 0
    generation: int = 1
    clinic_id: UUID
    patient_id: UUID
    plan_task_id: UUID | None = None
    nominal_at: datetime
    not_before: datetime
    not_after: datetime
    placed: Placed
    # Where it is not what places it: the severity of an alert, say.
    planned_because: Reason | None = None
    snoozed_until: datetime | None = None
    time_zone: str | None = None
    sync_seq: int = 0
