"""When an appointment may start, where it may go from where it stands, and when two of them collide."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.appointments.vocabulary import AppointmentStatus
from tracker.local_time.windows import local_date, local_instant

EVENING = time(18)
SHORTEST_MINUTES, LONGEST_MINUTES = 5, 480
FARTHEST_AHEAD = timedelta(days=2 * 365)
# The patient is expected; every other status is the end of it.
LIVE = frozenset({AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED})
PATIENT_ANSWERS = frozenset({AppointmentStatus.CONFIRMED, AppointmentStatus.CANCELLED})
_NEEDS_A_START = frozenset({AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW})


@dataclass(frozen=True, slots=True)
class Slot:
    """The time that an appointment takes; its end belongs to the next one."""

    starts_at: datetime
    minutes: int

    @property
    def ends_at(self) -> datetime:
        """Return the first instant that is free again."""
        return self.starts_at + timedelta(minutes=self.minutes)

    def overlaps(self, other: "Slot") -> bool:
        """Say whether the two share an instant."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def evening_before(starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Return 18:00 on the local day before, as a UTC instant."""
    return local_instant(local_date(starts_at, zone) - timedelta(days=1), EVENING, zone)


def find_start_fault(starts_at: datetime, now: datetime) -> str | None:
    """Return the code of what is wrong with a start: it lies ahead, by two years at most; None: nothing."""
    if starts_at <= now:
        return "in_the_past"
    return "too_far_ahead" if starts_at > now + FARTHEST_AHEAD else None


def may_follow(
    status: AppointmentStatus, wanted: AppointmentStatus, *, by_patient: bool, begun: bool
) -> bool:
    """Say whether an appointment may go from one status to another.

    A patient answers for a time that still lies ahead. A therapist may correct whatever was written down, but
    nobody can have come, or stayed away, before the time has come.
    """
    if wanted is status:
        return True
    if by_patient:
        return status in LIVE and wanted in PATIENT_ANSWERS and not begun
    return begun or wanted not in _NEEDS_A_START
