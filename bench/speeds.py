"""How fast something was, and what it cost."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from bench.servers import cpu_seconds


@dataclass(frozen=True, slots=True)
class Speed:
    """Messages per second, and microseconds of CPU for each, of our processes and of the database."""

    per_second: float
    cpu_us: float


@contextmanager
def stopwatch(server_pid: int | None, number: int) -> Iterator[list[Speed]]:
    """Measure how fast this process does something with so many messages; the list holds it afterwards."""
    speeds: list[Speed] = []
    database = cpu_seconds(server_pid) if server_pid else 0.0
    own, started = time.process_time(), time.perf_counter()
    yield speeds
    seconds, cpu = time.perf_counter() - started, time.process_time() - own
    cpu += cpu_seconds(server_pid) - database if server_pid else 0.0
    speeds.append(Speed(number / seconds, cpu / number * 1e6))


def middle(speeds: Sequence[Speed]) -> Speed:
    """Return the medians of several rounds."""
    return Speed(median(speed.per_second for speed in speeds), median(speed.cpu_us for speed in speeds))
