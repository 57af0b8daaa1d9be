"""What a request to record or to correct a session holds once it has been read.

A member that was null counts as not sent, so an optional one is there with its value or not there at all.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NotRequired, TypedDict
from uuid import UUID


class BodyArea(TypedDict):
    """Where needles went in."""

    region: str
    side: str
    muscle: NotRequired[str]
    needle_count: NotRequired[int]
    dwell_seconds: NotRequired[int]
    manipulated: NotRequired[bool]
    local_twitch_response: NotRequired[str]
    twitch_count: NotRequired[int]


class _SessionDetails(TypedDict, total=False):
    """What may be told of a session and need not."""

    duration_minutes: int
    needle_count: int
    pain_during: int
    post_care: Sequence[str]
    co_interventions: Sequence[str]
    baseline_soreness: int
    baseline_stiffness: int
    usual_pain: int
    patient_instructions: str
    staff_note: str
    follow_up_on: date


class SessionBody(_SessionDetails):
    """A session as the therapist records it."""

    patient_id: UUID
    modality: str
    technique: str
    body_areas: Sequence[BodyArea]
    ended_at: datetime
    time_zone: str


class SessionCorrection(_SessionDetails, total=False):
    """What a therapist corrects of a session."""

    modality: str
    technique: str
    body_areas: Sequence[BodyArea]
    ended_at: datetime
    time_zone: str
    status: str
