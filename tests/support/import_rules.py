"""Who may import whom inside tracker/, as tables and the functions that apply them to one file."""

import sys
from collections.abc import Callable, Iterator

from tests.support.source import Reference, Source, calls, references

# From left to right: a noun knows itself and what stands to its left.
NOUNS = (
    "local_time",
    "protocols",
    "safety",
    "audit",
    "clinics",
    "people",
    "delivery",
    "appointments",
    "sessions",
    "checkins",
    "alerts",
    "reminders",
    "replay",
    "recovery",
    "practice",
    "outcomes",
    "engine",
)
# Nouns without rows: every file of theirs is pure.
PURE_NOUNS = ("local_time", "protocols", "safety", "replay")
STRANGERS = {("reminders", "alerts")}  # the exception to the order: these do not know each other
EDGES = ("api", "jobs", "demo", "commands", "cli", "app")
ROOTS = ("clock", "ids", "errors", "config", "logs", "db", "idempotency", "models", "translation")

# What the name of a file, or of the folder it stands in, says of it. All else in a noun is a service.
ROOMS = {"rules": "pure", "vocabulary": "pure", "models": "models", "channels": "channels"}

PURE = {"own pure", "left pure"}
ROWS = {*PURE, "own models", "db", "ids"}
ANY_NOUN = {"any pure", "any service"}
EDGE = {*ANY_NOUN, "clock", "ids", "errors", "config", "db.transaction", "translation"}
EVERYTHING = {*EDGE, "any models", "any channels", *ROOTS}
MAY_IMPORT: dict[str, set[str]] = {
    "pure": PURE,
    "models": ROWS,
    "service": {*ROWS, "left models", "own service", "left service", "errors", "idempotency", "translation"},
    "channels": {*PURE, "own channels", "errors", "clock", "ids"},
    "clock": set(),
    "ids": set(),
    "errors": set(),
    "config": {"ids"},  # the embedded database's secret key is made at the first start
    "logs": set(),
    "db": {"ids", "errors"},
    "idempotency": {"db", "errors"},
    "translation": set(),
    "rows": {"any models"},
    "api": {*EDGE, "api", "idempotency"},
    "jobs": {*EDGE, "jobs", "any models", "any channels"},
    "demo": {*EVERYTHING, "demo", "app"},
    "app": {*EVERYTHING, "api", "jobs", "app", "cli"},  # the commands hang on the application
    "commands": {*EVERYTHING, "api", "jobs", "commands"},
    "cli": {*EVERYTHING, "api", "jobs", "app", "demo", "commands", "cli"},
    "tracker": {"app"},
}

DATABASE = ("sqlalchemy", "flask_sqlalchemy", "flask_migrate", "alembic", "psycopg", "sqlite3")
WEB = ("flask", "flask_smorest", "marshmallow", "webargs", "werkzeug")
NETWORK = ("requests", "urllib3", "urllib.request", "http.client", "smtplib", "socket")
NEVER: dict[str, tuple[str, ...]] = {
    "pure": NETWORK,
    "models": (*WEB, *NETWORK),
    "service": (*WEB, *NETWORK),
    "channels": (*DATABASE, *WEB),
    "api": DATABASE,
    "jobs": ("flask.request",),
}
# Where anything else than the standard library is the exception.
ONLY: dict[str, tuple[str, ...]] = {
    "pure": ("tzdata",),
    "clock": (),
    "ids": ("uuid_utils",),
    "errors": (),
    "config": (),
}

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
# Libraries that one place wraps for all others.
ONE_IMPORTER = {
    "apscheduler": "tracker.jobs",
    "flask_sqlalchemy": "tracker.db",
    "flask_babel": "tracker.translation",
}


def kind_of(module: str) -> str | None:
    """Return the row of the table a module of tracker/ stands in; None if it has no place."""
    parts = module.split(".")
    top = parts[1] if len(parts) > 1 else "tracker"
    if top in NOUNS:
        room = "pure" if top in PURE_NOUNS else "service"
        return ROOMS.get(parts[2], room) if len(parts) > 2 else "pure"
    if module == "tracker.models":
        return "rows"  # the list of all rows, for the migrations
    return top if top in (*EDGES, *ROOTS, "tracker") else None


def label_of(target: str, importer: str) -> str:
    """Return what a name inside tracker/ is, seen from a module: ``left pure``, ``own models``, ``clock``."""
    parts = target.split(".")
    if target in ("tracker", "tracker.create_app"):
        return "app"
    if target.startswith("tracker.db.transaction"):
        return "db.transaction"
    return f"{_side(parts[1], importer)} {kind_of(target)}" if parts[1] in NOUNS else parts[1]


def files_without_a_place(source: Source) -> Iterator[str]:
    """Find a file that stands in no table."""
    if kind_of(source.module) is None:
        yield f"{source.path}:1: has no place; add its folder to NOUNS, EDGES or ROOTS"


def imports_inside(source: Source) -> Iterator[str]:
    """Find imports of tracker/ that the table does not allow, each kind of them once."""
    kind = kind_of(source.module)
    seen = set(MAY_IMPORT.get(kind or "", set()))
    for reference in references(source):
        if _inside(reference.target, "tracker"):
            label = label_of(reference.target, source.module)
            if label not in seen:
                seen.add(label)
                yield _offence(source, reference, f"a file of {kind} may not know {label}")


def imports_outside(source: Source) -> Iterator[str]:
    """Find libraries that a file of this kind may not know, each of them once."""
    kind = kind_of(source.module) or ""
    seen: set[str] = set()
    for reference in references(source):
        target = reference.target
        known = _inside(target, "tracker", *sys.stdlib_module_names, *ONLY.get(kind, ()))
        refused = _inside(target, *NEVER.get(kind, ())) or (kind in ONLY and not known)
        if refused and target.partition(".")[0] not in seen:
            seen.add(target.partition(".")[0])
            yield _offence(source, reference, f"a file of {kind} may not know it")


def commits(source: Source) -> Iterator[str]:
    """Find a noun that ends a transaction: the edge owns it."""
    if source.module.split(".")[1:2] and source.module.split(".")[1] in NOUNS:
        for line, name in calls(source):
            if name == "commit":
                yield f"{source.path}:{line}: commits; the route or the job owns the transaction"


def second_clocks(source: Source) -> Iterator[str]:
    """Find readers of the wall clock besides tracker/clock.py, and stopwatches where none is needed."""
    for reference in references(source):
        if reference.target in CLOCKS and source.module != "tracker.clock":
            yield _offence(source, reference, "only tracker/clock.py reads the clock")
        if reference.target in STOPWATCHES and not _inside(source.module, *STOPWATCH_PLACES):
            yield _offence(source, reference, "only the worker measures durations")


def second_makers_of_ids(source: Source) -> Iterator[str]:
    """Find makers of ids and secrets besides tracker/ids.py; the type UUID is free."""
    if source.module == "tracker.ids":
        return
    for reference in references(source):
        if source.module == SEEDED_CHANCE and _inside(reference.target, "random.Random"):
            continue
        if _inside(reference.target, *MAKERS_OF_IDS) and not _inside(reference.target, *TYPES_OF_IDS):
            yield _offence(source, reference, "only tracker/ids.py makes ids and secrets")


def second_importers(source: Source) -> Iterator[str]:
    """Find a library outside the one place that wraps it."""
    for reference in references(source):
        for library, place in ONE_IMPORTER.items():
            if _inside(reference.target, library) and not _inside(source.module, place):
                yield _offence(source, reference, f"only {place} knows {library}")


RULES: tuple[Callable[[Source], Iterator[str]], ...] = (
    files_without_a_place,
    imports_inside,
    imports_outside,
    commits,
    second_clocks,
    second_makers_of_ids,
    second_importers,
)


def _side(noun: str, importer: str) -> str:
    """Return where a noun stands for an importer: own, left, right, or any for who is no noun."""
    own = importer.split(".")[1] if "." in importer else ""
    if own not in NOUNS:
        return "any"
    if noun == own:
        return "own"
    is_left = NOUNS.index(noun) < NOUNS.index(own) and (own, noun) not in STRANGERS
    return "left" if is_left else "right"


def _inside(name: str, *places: str) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def _offence(source: Source, reference: Reference, reason: str) -> str:
    return f"{source.path}:{reference.line}: {reference.target}: {reason}"
