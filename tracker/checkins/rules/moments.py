"""Decisions about one check-in: when it happened, which session it means, what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tracker.local_time.zones import canonical_zone

# care-flow.md 2: a device clock that is off by no more than this is believed.
TOLERATED_SKEW = timedelta(minutes=2)
# care-flow.md 2: this far ahead of the server is taken for "now".
TOLERATED_AHEAD = timedelta(minutes=5)
# care-flow.md 2: the oldest answer that a device may still send.
OLDEST = timedelta(days=30)


class ClockQuality(StrEnum):
    """How far the device's clock can be believed."""

    OK = "ok"
    CORRECTED = "corrected"
    IMPLAUSIBLE = "implausible"


class TimeRefusal(StrEnum):
    """Why a time cannot be accepted."""

    IN_THE_FUTURE = "in_the_future"
    TOO_OLD = "too_old"
    OUT_OF_RANGE = "out_of_range"


class TimeRefused(Exception):
    """The time of an answer cannot be accepted; `code` says why."""

    def __init__(self, code: TimeRefusal) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class CorrectedTime:
    """When it happened by the server's clock (UTC), and how sure that is."""

    at: datetime
    quality: ClockQuality


def correct_clock(recorded_at: datetime, sent_at: datetime | None, received_at: datetime) -> CorrectedTime:
    """Return the time in UTC, corrected by how far off the device was when it sent; or raise TimeRefused."""
    received = received_at.astimezone(UTC)
    try:
        recorded = recorded_at.astimezone(UTC)
        sent = sent_at.astimezone(UTC) if sent_at else None
        if sent is not None and recorded > sent:
            # The device's clock was moved in between: the difference to the server says nothing.
            return CorrectedTime(received, ClockQuality.IMPLAUSIBLE)
        skew = received - sent if sent else timedelta()
        corrected = abs(skew) > TOLERATED_SKEW
        at = recorded + skew if corrected else recorded
    except OverflowError as error:
        raise TimeRefused(TimeRefusal.OUT_OF_RANGE) from error
    if at > received + TOLERATED_AHEAD:
        raise TimeRefused(TimeRefusal.IN_THE_FUTURE)
    if at < received - OLDEST:
        raise TimeRefused(TimeRefusal.TOO_OLD)
    changed = corrected or at > received
    return CorrectedTime(min(at, received), ClockQuality.CORRECTED if changed else ClockQuality.OK)


def clamp_clock(
    recorded_at: datetime | None, sent_at: datetime | None, received_at: datetime
) -> CorrectedTime:
    """Return a time for a red-flag report whatever the device said: never raises, clamps to 30 days back."""
    received = received_at.astimezone(UTC)
    if recorded_at is None:
        return CorrectedTime(received, ClockQuality.IMPLAUSIBLE)
    try:
        return correct_clock(recorded_at, sent_at, received)
    except TimeRefused as refusal:
        at = received - OLDEST if refusal.code is TimeRefusal.TOO_OLD else received
        return CorrectedTime(at, ClockQuality.IMPLAUSIBLE)


def zone_or(name: str | None, default: str) -> str:
    """Return the zone that a report names, in the name in use today; the default where none can be read."""
    try:
        return canonical_zone(name or default)
    except ValueError:
        return default


def answers_checks(soreness: int | None, red_flags: Sequence[str] | None) -> bool:
    """Say whether a check-in answers its checks: soreness and the red-flag question, [] being "none"."""
    return soreness is not None and red_flags is not None
