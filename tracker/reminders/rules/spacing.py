"""Prompts of one patient that come too close: which one asks for both, and when the other looks again."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tracker.local_time.quiet import QuietHours, last_allowed, next_allowed
from tracker.local_time.windows import Window, elapsed
from tracker.protocols.catalog import SPACING

APART = timedelta(minutes=SPACING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another prompt of the same patient: handed over lately, leaving this moment, or still to come."""

    id: UUID
    importance: int  # the lower number wins
    next_at: datetime  # when a worker takes it next
    accepted_at: datetime | None = None
    in_flight: bool = False
    wanted: bool = True  # as far as the answers so far tell


def find_asking(
    neighbours: Iterable[Neighbour], importance: int, *, shown_since: datetime, apart: int, now: datetime
) -> Neighbour | None:
    """Return the latest prompt, not less important, that asked this question too less than `apart` minutes ago.

    The page behind every prompt shows all open questions, so it did if it left at `shown_since` or later.
    """
    asked = [
        other
        for other in neighbours
        if other.accepted_at
        and other.accepted_at >= shown_since
        and now < elapsed(other.accepted_at, apart)
        and other.importance <= importance
    ]
    return max(asked, key=lambda other: other.accepted_at or now, default=None)


def list_moments(
    neighbours: Iterable[Neighbour], importance: int, *, apart: int, now: datetime
) -> Iterator[datetime]:
    """Return the moments at which a prompt may stand alone or have been asked for; none: it stands alone now.

    Those are the end of its distance from what left lately, and the turns of what is more important or is
    leaving this moment.
    """
    for other in neighbours:
        if other.accepted_at:
            moment, counts = elapsed(other.accepted_at, apart), now < elapsed(other.accepted_at, apart)
        else:
            comes_first = other.in_flight or (other.wanted and other.importance < importance)
            moment, counts = other.next_at, comes_first and other.next_at < elapsed(now, apart)
        if counts:
            yield moment


def is_clear_of(at: datetime, taken: Iterable[datetime]) -> bool:
    """Say whether an instant is 6 h or more from each of these."""
    return not any(_is_near(at, other) for other in taken)


def find_free_moment(
    wanted_at: datetime, window: Window, taken: Collection[datetime], quiet: QuietHours, zone: ZoneInfo
) -> datetime | None:
    """Give the moment of the window nearest to the one wanted that is clear of these and not quiet, or None."""
    start = max(wanted_at, window.opens)
    free = (_next_free(start, taken, quiet, zone), _last_free(start, taken, quiet, zone))
    return min(filter(window.contains, free), key=lambda at: abs(at - wanted_at), default=None)


def _next_free(at: datetime, taken: Collection[datetime], quiet: QuietHours, zone: ZoneInfo) -> datetime:
    near = [other for other in taken if _is_near(at, other)]
    after = next_allowed(max(near) + APART if near else at, quiet, zone)
    return at if after == at else _next_free(after, taken, quiet, zone)


def _last_free(at: datetime, taken: Collection[datetime], quiet: QuietHours, zone: ZoneInfo) -> datetime:
    near = [other for other in taken if _is_near(at, other)]
    before = last_allowed(min(near) - APART if near else at, quiet, zone)
    return at if before == at else _last_free(before, taken, quiet, zone)


def _is_near(one: datetime, other: datetime) -> bool:
    return abs(one - other) < APART
