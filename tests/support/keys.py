"""Idempotency keys for tests."""

from tracker import ids


def new_key() -> str:
    """A key that nobody used before."""
    return str(ids.new_id())


def keyed(headers: dict[str, str], key: str | None = None) -> dict[str, str]:
    """Headers with an idempotency key, a new one by default."""
    return headers | {"Idempotency-Key": key or new_key()}
