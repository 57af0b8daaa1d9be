"""What a request about a check-in, a warning sign or a wish to be contacted holds once it has been read.

A member that was null counts as not sent, so an optional one is there with its value or not there at all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict
from uuid import UUID


class SideEffect(TypedDict):
    """A harmless effect that the patient noticed."""

    code: str
    severity: str
    region: NotRequired[str]
    note: NotRequired[str]


class CheckInAmendment(TypedDict, total=False):
    """What is changed of a check-in: its items, by the names of the table."""

    soreness: int
    stiffness: int
    usual_pain: int
    hydration_ml: int
    alcohol: str
    standard_drinks: float
    side_effects: Sequence[SideEffect]
    red_flags: Sequence[str]
    activities: Sequence[str]
    note: str


class CheckInBody(CheckInAmendment):
    """One answer at one moment; every item is optional."""

    recorded_at: datetime
    time_zone: str
    sent_at: NotRequired[datetime]
    patient_id: NotRequired[UUID]
    session_id: NotRequired[UUID]
    source: NotRequired[str]


class RedFlagReportBody(TypedDict, total=False):
    """A report of warning signs; None stands for what could not be read."""

    symptoms: Sequence[str]
    reported_at: datetime | None
    sent_at: datetime | None
    time_zone: str | None
    session_id: UUID | None
    note: str
    callback_phone: str


class ContactRequestBody(TypedDict):
    """A wish to be contacted, or a worry."""

    kind: str
    requested_at: datetime
    time_zone: str
    can_wait: NotRequired[bool]
    message: NotRequired[str]
    callback_phone: NotRequired[str]
    sent_at: NotRequired[datetime]
