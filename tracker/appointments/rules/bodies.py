"""What a request about an appointment holds once it has been read.

A member that was null counts as not sent, so an optional one is there with its value or not there at all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict
from uuid import UUID


class AppointmentBody(TypedDict):
    """A time at which a patient is expected; by their own therapist unless another is named."""

    patient_id: UUID
    kind: str
    starts_at: datetime
    duration_minutes: int
    time_zone: str
    therapist_id: NotRequired[UUID]
    location: NotRequired[str]


class AppointmentCorrection(TypedDict, total=False):
    """What changes about an appointment; a patient sends nothing but a status."""

    starts_at: datetime
    duration_minutes: int
    time_zone: str
    therapist_id: UUID
    location: str
    status: str


class PreparationBody(TypedDict):
    """What the patient has prepared and wants the therapist to know; all of it is replaced."""

    done_codes: Sequence[str]
    medicines: NotRequired[str]
    conditions: NotRequired[str]
