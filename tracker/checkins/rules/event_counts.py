"""A clinic's own safety numbers: unwanted effects per 1,000 sessions, by region and technique, without names."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

from tracker.checkins.rules.adverse_events import EventKind, Rate, hours_since, rate_of

# Of fewer sessions a reader at the clinic could tell whose they were; the usual smallest cell of health statistics.
SMALLEST_CELL = 5


@dataclass(frozen=True, slots=True)
class Treated:
    """One session that is counted; `heard`: the patient said something after it."""

    id: UUID
    ended_at: datetime
    technique: str
    regions: frozenset[str]
    heard: bool


@dataclass(frozen=True, slots=True)
class Reported:
    """What a patient told of at one moment after a session."""

    session_id: UUID
    at: datetime
    kinds: frozenset[EventKind]


@dataclass(frozen=True, slots=True)
class EventCount:
    """One kind of event among some sessions; hours are medians, None where nothing happened.

    A duration counts from the first to the last time it was told of, so it is the least it can have been.
    """

    kind: EventKind
    session_count: int
    rate: Rate
    onset_hours: float | None
    duration_hours: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """Sessions of one region and one technique, None for all; of a small cell no event is shown."""

    region: str | None
    technique: str | None
    session_count: int
    heard_count: int
    events: Sequence[EventCount]

    @property
    def small(self) -> bool:
        """Say whether events are held back because the cell is too small."""
        return self.session_count < SMALLEST_CELL


def count_events(treated: Sequence[Treated], reported: Iterable[Reported]) -> list[Cell]:
    """Return the cells: all sessions, each region, each technique, and each region with each technique.

    A session with several regions stands in each of them. An event counts once for its session.
    """
    spans = _spans({one.id: one.ended_at for one in treated}, reported)
    seen = sorted({kind for kinds in spans.values() for kind in kinds}, key=list(EventKind).index)
    cells: dict[tuple[str | None, str | None], list[Treated]] = defaultdict(list)
    cells[None, None] = []
    for one in treated:
        for region in (None, *sorted(one.regions)):
            cells[region, None].append(one)
            cells[region, one.technique].append(one)
    ordered = sorted(cells.items(), key=lambda cell: tuple(name or "" for name in cell[0]))
    return [_cell(region, technique, inside, spans, seen) for (region, technique), inside in ordered]


_Spans = dict[UUID, dict[EventKind, tuple[float, float]]]


def _spans(ends: dict[UUID, datetime], reported: Iterable[Reported]) -> _Spans:
    """Return by session and kind the hours after it at which it was first and last told of."""
    found: _Spans = defaultdict(dict)
    for report in reported:
        hours = max(0.0, hours_since(ends[report.session_id], report.at))
        kinds = found[report.session_id]
        for kind in report.kinds:
            first, last = kinds.get(kind, (hours, hours))
            kinds[kind] = min(first, hours), max(last, hours)
    return found


def _cell(
    region: str | None, technique: str | None, inside: list[Treated], spans: _Spans, seen: list[EventKind]
) -> Cell:
    heard = sum(one.heard for one in inside)
    if len(inside) < SMALLEST_CELL:
        return Cell(region, technique, len(inside), heard, ())
    events = []
    for kind in seen:
        found = [spans[one.id][kind] for one in inside if kind in spans.get(one.id, {})]
        onset = round(median(first for first, _last in found), 1) if found else None
        lasted = round(median(last - first for first, last in found), 1) if found else None
        events.append(EventCount(kind, len(found), rate_of(len(found), len(inside)), onset, lasted))
    return Cell(region, technique, len(inside), heard, events)
