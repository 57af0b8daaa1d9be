"""Who answers for a member of staff now: they themselves, else their cover, the deputy, the owner of last resort."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tracker.protocols.windows import local_date


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of staff who may own an alert: still employed, and there: licensed and not away."""

    staff_id: str
    is_active: bool = True
    is_available: bool = True


class Line(NamedTuple):
    """Who stands behind one member of staff at one moment, in the order in which they answer."""

    assigned: Candidate | None = None
    cover: Candidate | None = None
    deputy: Candidate | None = None
    last_resort: Candidate | None = None


def has_expired(licence_ends_on: date | None, at: datetime, zone: ZoneInfo) -> bool:
    """Say whether the last day of a licence is over in the clinic's zone; no day means no end."""
    return licence_ends_on is not None and local_date(at, zone) > licence_ends_on
