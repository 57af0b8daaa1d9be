"""What import-linter cannot say: calls and names that only one place may use."""

import sys
from collections.abc import Callable, Iterator

from tests.support.source import Reference, Source, calls, references

EDGES = ("tracker.api", "tracker.jobs", "tracker.demo", "tracker.commands", "tracker.cli", "tracker.app")
WHOLLY_PURE = ("tracker.local_time", "tracker.protocols", "tracker.safety", "tracker.replay")
CLOCKS = (
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "sqlalchemy.func.now",
    "sqlalchemy.func.current_timestamp",
)
STOPWATCHES = ("time.monotonic", "time.monotonic_ns")
STOPWATCH_PLACES = ("tracker.clock", "tracker.jobs", "tracker.delivery")
MAKERS_OF_IDS = ("uuid", "uuid_utils", "secrets", "random", "os.urandom")
TYPES_OF_IDS = ("uuid.UUID",)
# Seeded draws that anybody may repeat: nothing made there is an id or a secret.
SEEDED_CHANCE = "tracker.replay.simulation.chance"


def is_pure(module: str) -> bool:
    """Say whether a module's place promises that it only decides."""
    parts = module.split(".")
    return inside(module, *WHOLLY_PURE) or (len(parts) > 2 and parts[2] in {"rules", "vocabulary"})


def commits(source: Source) -> Iterator[str]:
    """Find a noun that begins or ends a transaction: the edge owns it."""
    if inside(source.module, *EDGES) or source.module == "tracker.db":
        return
    for line, name in calls(source):
        if name == "commit":
            yield f"{source.path}:{line}: commits; the route or the job owns the transaction"
    for reference in references(source):
        if inside(reference.target, "tracker.db.transaction"):
            yield offence(source, reference, "the route or the job owns the transaction")


def second_clocks(source: Source) -> Iterator[str]:
    """Find readers of the wall clock besides tracker/clock.py, and stopwatches where none is needed."""
    for reference in references(source):
        if reference.target in CLOCKS and source.module != "tracker.clock":
            yield offence(source, reference, "only tracker/clock.py reads the clock")
        if reference.target in STOPWATCHES and not inside(source.module, *STOPWATCH_PLACES):
            yield offence(source, reference, "only the worker measures durations")


def second_makers_of_ids(source: Source) -> Iterator[str]:
    """Find makers of ids and secrets besides tracker/ids.py; the type UUID is free."""
    if source.module == "tracker.ids":
        return
    for reference in references(source):
        if source.module == SEEDED_CHANCE and inside(reference.target, "random.Random"):
            continue
        if inside(reference.target, *MAKERS_OF_IDS) and not inside(reference.target, *TYPES_OF_IDS):
            yield offence(source, reference, "only tracker/ids.py makes ids and secrets")


def libraries_in_pure_files(source: Source) -> Iterator[str]:
    """Find a pure file that uses more than the standard library; the zones' data is the exception."""
    if is_pure(source.module):
        for reference in references(source):
            if not inside(reference.target, "tracker", "tzdata", *sys.stdlib_module_names):
                yield offence(source, reference, "a pure file knows the standard library alone")


def requests_in_jobs(source: Source) -> Iterator[str]:
    """Find a job that asks for a request: there is none."""
    if inside(source.module, "tracker.jobs"):
        for reference in references(source):
            if inside(reference.target, "flask.request"):
                yield offence(source, reference, "a job has no request")


HABITS: tuple[Callable[[Source], Iterator[str]], ...] = (
    commits,
    second_clocks,
    second_makers_of_ids,
    libraries_in_pure_files,
    requests_in_jobs,
)


def inside(name: str, *places: str) -> bool:
    """Say whether a dotted name is one of these, or stands below one."""
    return any(name == place or name.startswith(f"{place}.") for place in places)


def offence(source: Source, reference: Reference, reason: str) -> str:
    """Return one line that names the place and the reason."""
    return f"{source.path}:{reference.line}: {reference.target}: {reason}"
