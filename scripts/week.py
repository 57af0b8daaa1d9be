"""Shows a recovery week of five patients in seconds; the exit status is 1 when it did not go as it must."""

import os
import sys
import tempfile
from pathlib import Path

import flask_migrate

from scripts.worker_round import worker_round
from tracker import clock, create_app
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.demo import timelapse, week
from tracker.demo.expected import EXPECTED, missing, unexpected
from tracker.demo.observer import Event

INTRODUCTION = """\
A recovery week: five patients, three time zones, the real service and the real worker on a clock
that jumps from one event to the next. Times are those on the clock of the patient in the line.
"""


def main() -> int:
    """Play the week on an empty SQLite database, print it, and compare it with what is expected."""
    started = clock.monotonic()
    say(INTRODUCTION)
    with tempfile.TemporaryDirectory(prefix="recovery-week-") as folder:
        events = play(Path(folder))
        mails = len(list(Path(folder, "outbox").glob("*.eml")))
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for line in timelapse.show(events, week.PATIENTS, week.STORIES, colour=colour):
        say(line)
    say(f"\n{timelapse.summary(events)}")
    handed_over = sum(event.kind in {"sent", "told", "escalated"} for event in events)
    faults = [
        *(f"This should have happened and did not: {event}" for event in missing(EXPECTED, events)),
        *(f"This happened and should not have: {event}" for event in unexpected(EXPECTED, events)),
        *(
            [f"{handed_over} messages were handed over, but {mails} mails were written."]
            * (mails != handed_over)
        ),
    ]
    for fault in faults:
        say(fault)
    if not faults:
        seconds = clock.monotonic() - started
        say(f"All {len(EXPECTED)} expected events happened, and no other. {seconds:.1f} s.")
    return 1 if faults else 0


def play(folder: Path) -> list[Event]:
    """Return what happens in the week, on a new database in this folder."""
    app = create_app(Settings(instance_dir=folder, log_level="ERROR"))
    with app.app_context():
        flask_migrate.upgrade()
    moment = MovableClock(week.BEGINS)
    clock.replace(moment)
    try:
        return week.tell(app, moment, worker_round(app, folder / "outbox"))
    finally:
        clock.replace(None)


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
