"""The long runs, each with figures that it has to reach: python -m tests.torture kill."""

import argparse
import sys
import time
from collections.abc import Callable

from torture import crash, creation
from torture import pause as sleep
from torture.figures import publish
from torture.kill import Load, figures, torment, waited_for_leases
from torture.ledger import Log
from torture.nursery import NOW, Order
from torture.pause import Sleepers
from torture.points import NAMES
from torture.stage import DATABASES, POSTGRESQL, SQLITE, stage
from torture.workers import Nursery

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


TIMES = 50
POISONED = 10  # each kills eight workers
# A paused worker may hold the one lock of SQLite; there each pause hits a worker that waits for its provider.
NIGHTS = {
    POSTGRESQL: Sleepers(
        10, rounds=10, awake=2, lease_seconds=LEASE_SECONDS, later_seconds=0.2, reminders=200
    ),
    SQLITE: Sleepers(1, rounds=20, awake=0, lease_seconds=LEASE_SECONDS, later_seconds=0.01, reminders=6),
}
SLEEPY_SECONDS = {POSTGRESQL: 0.15, SQLITE: 0.3}
RESTARTS = {
    POSTGRESQL: Load(reminders=4_000, kills=200, workers=4, threads=4),
    SQLITE: Load(reminders=4_000, kills=200, workers=1, threads=4),
}


def kill() -> bool:
    """Kill real workers by the thousand on both databases (R1, R2)."""
    return False not in [_kill(database, load) for database, load in STORMS.items()]


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


def points() -> bool:
    """Kill at each point of a hand-over, and of a request, on both databases (R3)."""
    return False not in [_points(database) for database in DATABASES]


def _points(database: str) -> bool:
    with stage(database) as at, Nursery(at.settings, at.folder) as nursery:
        log = Log(at.folder / "ledger")
        seen = [crash.crash(nursery, log.path, name, TIMES) for name in NAMES]
        seen.append(crash.poison(nursery, log.path, POISONED))
        recorded = creation.kill_creations(at.app, nursery, TIMES)
        log.close()
        findings = [*(line for one in seen for line in one.wrong), *recorded.wrong]
        title = f"A kill at each point on {database}"
        return publish(title, crash.figures(seen) + creation.figures(recorded), findings)


def pause() -> bool:
    """Pause workers beyond their leases, and restart them in the middle of their work (R4, R5)."""
    paused = [_pause(database, plan) for database, plan in NIGHTS.items()]
    restarted = [_restart(database, load) for database, load in RESTARTS.items()]
    return False not in paused + restarted


def _pause(database: str, plan: Sleepers) -> bool:
    with stage(database, **BRISK) as at, Nursery(at.settings, at.folder) as nursery:
        log = Log(at.folder / "ledger")
        order = Order(BRISK | {"claim_batch": 2}, str(log.path), SLEEPY_SECONDS[database])
        others = Order(BRISK, str(log.path), ahead_seconds=0 if plan.awake else LEASE_SECONDS + 1)
        seen = sleep.pause(nursery, log.path, order, others, plan)
        log.close()
        title = f"SIGSTOP of {plan.at_once} workers at once on {database}"
        return publish(title, sleep.figures(seen), [*seen.changed, *seen.verdict.faults()])


def _restart(database: str, load: Load) -> bool:
    with stage(database) as at, Nursery(at.settings, at.folder) as nursery:
        log = Log(at.folder / "ledger")
        order = Order({}, str(log.path), PROVIDER_SECONDS)
        last = Order({}, str(log.path), ahead_seconds=NOW)
        verdict = torment(nursery, load, order, log.path, last, Nursery.terminate)
        found = sleep.restart_figures(verdict, load.kills, waited_for_leases())
        log.close()
        title = f"SIGTERM of {load.workers} workers on {database}"
        return publish(title, found, verdict.faults() + verdict.extra)


RUNS: dict[str, Callable[[], bool]] = {"kill": kill, "points": points, "pause": pause}


def main() -> None:
    """Run one of them; the exit status is 1 when a figure is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("run", choices=RUNS)
    sys.exit(0 if RUNS[parser.parse_args().run]() else 1)


if __name__ == "__main__":
    main()
