"""Passwords: argon2id with the library's defaults (64 MiB), few checks at a time."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 200

_hasher = PasswordHasher()
# 64 MiB each: more at once would let a burst of sign-ins exhaust the memory.
_checks = threading.BoundedSemaphore(2)
# What no password fits is as dear to check as what one does, and costs nothing to make when a process starts.
_COSTS = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
_NOBODY = f"$argon2id$v=19${_COSTS}${'A' * 22}${'A' * 43}"


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password; raises ValueError for one that is too short or too long."""
    if not MINIMUM_LENGTH <= len(password) <= MAXIMUM_LENGTH:
        raise ValueError(f"A password has {MINIMUM_LENGTH} to {MAXIMUM_LENGTH} characters.")
    with _checks:
        return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Say whether the password fits; takes as long for an unknown account as for a known one."""
    with _checks:
        try:
            fits = _hasher.verify(stored or _NOBODY, password)
        except (Argon2Error, InvalidHashError):
            return False
    return fits and stored is not None
