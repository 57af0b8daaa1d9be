"""Sessions as they were recorded or simulated, with what was said after them and, if known, the truth."""

from dataclasses import dataclass
from datetime import datetime

FOLLOW_HOURS = 168.0


@dataclass(frozen=True, slots=True)
class RecordedLog:
    """One check-in: scores from 0 to 10 and the red flags ticked, at its corrected time."""

    at: datetime
    soreness: int | None = None
    stiffness: int | None = None
    red_flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happened, known only of simulated or reviewed sessions; an onset belongs to what needs action."""

    actionable: bool
    kind: str | None = None
    onset_at: datetime | None = None
    serious: bool = False


@dataclass(frozen=True, slots=True)
class RecordedSession:
    """A session with every check-in that followed it; sessions of one patient carry the same `patient`."""

    id: str
    ended_at: datetime
    logs: tuple[RecordedLog, ...]
    regions: tuple[str, ...] = ()
    baseline_soreness: int | None = None
    baseline_stiffness: int | None = None
    follow_hours: float = FOLLOW_HOURS
    truth: Truth | None = None
    patient: str | None = None
    # What was asked before the patient's earlier sessions, oldest first.
    earlier_baselines: tuple[int, ...] = ()
