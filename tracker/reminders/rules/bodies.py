"""What a request about reminders holds once it has been read.

A member that was null counts as not sent, so an optional one is there with its value or not there at all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict

from tracker.people.rules.bodies import QuietTimes


class PreviewBody(TypedDict):
    """A session that might be."""

    protocol: NotRequired[str]
    protocol_version: NotRequired[int]
    ended_at: datetime
    time_zone: str
    quiet_hours: NotRequired[QuietTimes]
    regions: NotRequired[Sequence[str]]
    opted_in: NotRequired[Sequence[str]]
    recorded_at: NotRequired[datetime]
