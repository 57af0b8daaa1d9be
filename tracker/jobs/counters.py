"""What one worker has handed over since it started, for those who watch it."""

from collections import Counter
from threading import Lock

from tracker.delivery.vocabulary import TallyCounts

# Upper bounds, in seconds, of how late a message left; whatever is later is in the last one.
DELAYS = (5, 15, 30, 60, 120, 300, 900, 3600)


class Tally:
    """Counts hand-overs by channel and outcome, ends by state, delays by channel; safe for several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hand_overs: Counter[str] = Counter()
        self._ends: Counter[str] = Counter()
        self._delays: dict[str, list[int]] = {}
        self._delay_sums: Counter[str] = Counter()

    def hand_over(self, channel: str, outcome: str) -> None:
        """Count one answer of a channel."""
        with self._lock:
            self._hand_overs[f"{channel}|{outcome}"] += 1

    def end(self, state: str, rows: int = 1) -> None:
        """Count messages that came to their end."""
        with self._lock:
            self._ends[str(state)] += rows

    def delay(self, channel: str, seconds: float) -> None:
        """Count how long after its due moment one message was accepted."""
        late = max(seconds, 0.0)
        bucket = next((place for place, bound in enumerate(DELAYS) if late <= bound), len(DELAYS))
        with self._lock:
            self._delays.setdefault(channel, [0] * (len(DELAYS) + 1))[bucket] += 1
            self._delay_sums[channel] += round(late)

    def as_json(self) -> TallyCounts:
        """Return all counts as they are kept beside the worker's sign of life."""
        with self._lock:
            return {
                "hand_overs": dict(self._hand_overs),
                "ends": {state: rows for state, rows in self._ends.items() if rows},
                "delays": {channel: list(counts) for channel, counts in self._delays.items()},
                "delay_sums": dict(self._delay_sums),
                "delay_bounds": list(DELAYS),
            }
