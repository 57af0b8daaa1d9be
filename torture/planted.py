"""Plants one bug after the other in a copy of the project and shows that the tests catch each.

Usage: python -m torture.planted [part of a bug's name]
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.support.source import ROOT
from torture.planted_bugs import BUGS, Bug

FOLDERS = ("tracker", "tests", "migrations")
FILES = ("pyproject.toml", "wsgi.py")
LONGEST_SECONDS = 600


class DoesNotFit(Exception):
    """The source has changed, so that an edit has no place or more than one."""


def plant(bug: Bug, root: Path) -> None:
    """Make one edit below a folder; raises DoesNotFit."""
    path = root / bug.file
    source = path.read_text("utf-8")
    if source.count(bug.old) != 1:
        raise DoesNotFit(f"{bug.name}: the old text stands {source.count(bug.old)} times in {bug.file}")
    path.write_text(source.replace(bug.old, bug.new), "utf-8")


@contextmanager
def copy_of_project() -> Iterator[Path]:
    """Copy what the tests need to a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="planted-") as name:
        root = Path(name)
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
        for file in FILES:
            shutil.copy2(ROOT / file, root / file)
        yield root


def run(root: Path, tests: Sequence[str], only: str = "") -> tuple[int, bool]:
    """Run tests in a copy; return the exit status, and whether a test failed rather than broke down."""
    chosen = [*tests, *(["-k", only] if only else [])]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *chosen]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "TEST_BOTH": "1"}
    done = subprocess.run(
        command,
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    failed = re.search(r"^FAILED ", done.stdout, re.MULTILINE)
    return done.returncode, failed is not None


def is_caught(bug: Bug) -> bool:
    """Plant a bug in a copy of its own and say whether one of its tests fails: fails, not breaks down."""
    with copy_of_project() as root:
        plant(bug, root)
        status, failed = run(root, bug.tests, bug.only)
    return status == 1 and failed


def passes_unplanted(bugs: Sequence[Bug]) -> bool:
    """Say whether the tests of all bugs pass as long as nothing is planted; else a failure proves nothing."""
    with copy_of_project() as root:
        status, _ = run(root, sorted({test for bug in bugs for test in bug.tests}))
    return status == 0


def main(words: Sequence[str]) -> int:
    """Plant the bugs whose names hold these words, say which were caught, and return the exit status."""
    bugs = [bug for bug in BUGS if all(word in bug.name for word in words)]
    started = time.monotonic()
    if not passes_unplanted(bugs):
        tell("The tests fail without any bug, so that they can prove nothing.")
        return 1
    caught = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for bug, found in zip(bugs, pool.map(is_caught, bugs), strict=True):
            caught += found
            tell(f"  {'caught' if found else 'NOT CAUGHT':<12}{bug.name}")
    tell(f"{caught} of {len(bugs)} caught, in {time.monotonic() - started:.0f} s")
    return 0 if caught == len(bugs) else 1


def tell(line: str) -> None:
    """Print a line at once, for this takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
