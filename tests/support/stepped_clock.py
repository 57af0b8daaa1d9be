"""A wall clock that is stepped under a running process, by libfaketime; what counts up steadily stays as it is."""

import os
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

WHEEL = "libfaketime"
LIBRARY = Path("libfaketime/vendor/libfaketime/src/libfaketime.so.1")
# Where Debian's package libfaketime puts it.
OF_SYSTEM = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
CURE = "run `pip install -r requirements-dev.txt`, or `apt-get install libfaketime`"


class NoLibrary(RuntimeError):
    """There is no libfaketime; the message says the cure."""


def find_library() -> Path:
    """Return where libfaketime is on this machine; raises NoLibrary."""
    try:
        found = Path(str(metadata.distribution(WHEEL).locate_file("") / LIBRARY))
    except metadata.PackageNotFoundError:
        found = Path()
    for path in (found, *OF_SYSTEM):
        if path.is_file():
            return path
    raise NoLibrary(f"No libfaketime to step a clock with: {CURE}.")


class SteppedClock:
    """The clock of the processes that are started with its variables."""

    def __init__(self, folder: Path) -> None:
        self._library, self._file = find_library(), folder / "clock"
        self._offset = timedelta()
        self.step_to(timedelta())

    @property
    def variables(self) -> dict[str, str]:
        """What a process needs in its environment to live by this clock."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "NO_FAKE_STAT": "1",  # it would ask at every file that is looked at
            "DONT_FAKE_MONOTONIC": "1",
        }

    def step_to(self, offset: timedelta) -> None:
        """Let the clock be so far from the true one, from this moment on."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{int(offset.total_seconds()):+d}\n")
        os.replace(draft, self._file)  # never seen half written
        self._offset = offset

    def now(self) -> datetime:
        """Return what it shows."""
        return datetime.now(UTC) + self._offset
