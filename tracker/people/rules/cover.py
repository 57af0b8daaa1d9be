"""Who answers for a member of staff now: they themselves, else their cover, the deputy, the owner of last resort."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tracker.local_time.windows import local_date


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of staff who may own an alert: still employed, and there: licensed and not away."""

    staff_id: str
    is_active: bool = True
    is_available: bool = True


class CoverLine(NamedTuple):
    """Who stands behind one member of staff at one moment, in the order in which they answer."""

    assigned: Candidate | None = None
    cover: Candidate | None = None
    deputy: Candidate | None = None
    last_resort: Candidate | None = None


def has_expired(licence_ends_on: date | None, at: datetime, zone: ZoneInfo) -> bool:
    """Say whether the last day of a licence is over in the clinic's zone; no day means no end."""
    return licence_ends_on is not None and local_date(at, zone) > licence_ends_on


def owner(
    assigned: Candidate | None,
    cover: Candidate | None,
    deputy: Candidate | None,
    last_resort: Candidate | None,
) -> Candidate | None:
    """Return the first active and available one; when all are away the owner of last resort still counts.

    None only when nobody of the four is active.
    """
    in_order = [person for person in (assigned, cover, deputy, last_resort) if person and person.is_active]
    available = [person for person in in_order if person.is_available]
    if available:
        return available[0]
    return last_resort if last_resort in in_order else next(iter(in_order), None)
