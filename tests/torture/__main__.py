"""The long runs, each with figures that it has to reach: python -m tests.torture kill."""

import argparse
import sys
import time
from collections.abc import Callable

from tests.torture.figures import publish
from tests.torture.kill import Load, figures, torment
from tests.torture.ledger import Log
from tests.torture.nursery import Order
from tests.torture.stage import POSTGRESQL, SQLITE, stage
from tests.torture.workers import Nursery

LEASE_SECONDS = 5
# As short a lease as the settings allow: what a killed worker held comes back while the others are killed.
BRISK = {
    "lease_seconds": LEASE_SECONDS,
    "send_timeout_seconds": 1,
    "sender_threads": 1,
    "claim_batch": 4,
    "tick_seconds": 1,
}
PROVIDER_SECONDS = 0.002
STORMS = {
    POSTGRESQL: Load(reminders=40_000, kills=2_000, workers=4, brief=400),
    SQLITE: Load(reminders=20_000, kills=1_000, workers=1, brief=200),
}


def kill() -> bool:
    """Kill real workers by the thousand on both databases (R1, R2)."""
    return all(_kill(database, load) for database, load in STORMS.items())


def _kill(database: str, load: Load) -> bool:
    with stage(database, **BRISK) as at, Nursery(at.settings, at.folder) as nursery:
        started = time.monotonic()
        log = Log(at.folder / "ledger")
        order = Order(BRISK, str(log.path), PROVIDER_SECONDS)
        last = Order(BRISK, str(log.path), ahead_seconds=LEASE_SECONDS + 1)
        verdict = torment(nursery, load, order, log.path, last)
        seconds = time.monotonic() - started
        log.close()
        title = f"SIGKILL of {load.workers} workers on {database}, {load.threads} message in flight each"
        return publish(title, figures(load, verdict, seconds), verdict.faults())


RUNS: dict[str, Callable[[], bool]] = {"kill": kill}


def main() -> None:
    """Run one of them; the exit status is 1 when a figure is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("run", choices=RUNS)
    sys.exit(0 if RUNS[parser.parse_args().run]() else 1)


if __name__ == "__main__":
    main()
