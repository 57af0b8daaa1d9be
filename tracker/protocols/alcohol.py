"""What a patient should leave alone for a while: when the last of several such windows has ended."""

from collections.abc import Iterable
from datetime import datetime

from tracker.local_time.windows import elapsed
from tracker.protocols.catalog import ALCOHOL_AVOIDED_FOR, HOUR

TOLD_FOR = 24 * HOUR  # so all the time that check_24h may still be answered (care flow, section 1)


def is_alcohol_window_over(ended_at: Iterable[datetime], now: datetime) -> bool:
    """Say whether the united alcohol windows of these sessions' ends (UTC) are over, for less than a day yet."""
    last = max(ended_at, default=None)
    if last is None:
        return False
    over_at = elapsed(last, ALCOHOL_AVOIDED_FOR)
    return over_at <= now < elapsed(over_at, TOLD_FOR)
