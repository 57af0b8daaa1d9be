"""Opaque cursors: where a list goes on. They tell a place, never a right, and are checked like any input."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from tracker.api.problems import Unreadable


def encode(*values: datetime | UUID | int | str) -> str:
    """Return the cursor of the last row of a page, given by its sort values."""
    written = [_write(value) for value in values]
    return base64.urlsafe_b64encode(orjson.dumps(written)).rstrip(b"=").decode()


def decode(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """Return the sort values of a cursor, None for the first page; raises Unreadable for one not of this list."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        written = orjson.loads(raw)
        if not isinstance(written, list) or len(written) != len(kinds):
            raise ValueError("a cursor of another list")
        return tuple(_read(value, kind) for value, kind in zip(written, kinds, strict=True))
    except (ValueError, binascii.Error, OverflowError):
        raise Unreadable(
            "This cursor is not of this list; start without one.", code="invalid_cursor", parameter="cursor"
        ) from None


def page(
    rows: Sequence[Any],
    limit: int,
    view: Callable[[Any], Mapping[str, Any]],
    place: Callable[[Any], tuple[datetime | UUID | int | str, ...]],
) -> dict[str, Any]:
    """Return one page of at most ``limit`` rows; one row more than that means that the list goes on."""
    shown = rows[:limit]
    answer: dict[str, Any] = {"items": [view(row) for row in shown]}
    if len(rows) > limit:
        answer["next_cursor"] = encode(*place(shown[-1]))
    return answer


def _write(value: datetime | UUID | int | str) -> int | str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(written: Any, kind: type) -> Any:
    if kind is int:
        if isinstance(written, bool) or not isinstance(written, int) or not 0 <= written < 2**63:
            raise ValueError("not a number of ours")
        return written
    if not isinstance(written, str) or not written.isascii():
        raise ValueError("not text")
    if kind is datetime:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is None or not 1970 <= moment.year <= 2200:
            raise ValueError("not an instant of ours")
        return moment.astimezone(UTC)
    if kind is str and "\x00" in written:
        raise ValueError("not text of ours")
    return kind(written)
