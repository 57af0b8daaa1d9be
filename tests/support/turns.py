"""On which database a case runs that no database changes: one of them, by turns."""

import re
import zlib
from collections import Counter
from collections.abc import Collection

DATABASES = ("sqlite", "postgresql")


def find_out_of_turn(names: Collection[str]) -> set[str]:
    """Return which of these tests need not run, because the same case runs on the other database."""
    cases = Counter(map(_case_of, names))
    return {name for name in names if cases[_case_of(name)] == len(DATABASES) and not _has_its_turn(name)}


def _case_of(name: str) -> str:
    return re.sub(rf"\[({'|'.join(DATABASES)})-?", "[", name)


def _has_its_turn(name: str) -> bool:
    # By its name, so that it stays where it is whatever tests come and go.
    return f"[{DATABASES[zlib.crc32(_case_of(name).encode()) % len(DATABASES)]}" in name
