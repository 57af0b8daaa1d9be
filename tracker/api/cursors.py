"""Opaque cursors: where a list goes on. They tell a place, never a right, and are checked like any input."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Generic, NamedTuple, NotRequired, TypedDict, TypeVar
from uuid import UUID

import orjson

from tracker.api.problems import Unreadable

Sortable = datetime | UUID | int | str
PlaceT = TypeVar("PlaceT", bound=NamedTuple)
Row = TypeVar("Row")
View = TypeVar("View")


class ByTime(NamedTuple):
    """Where most lists go on: at an instant, and at an id among those of one instant."""

    at: datetime
    id: UUID


class Page(TypedDict, Generic[View]):
    """One page of a list; the last has no cursor."""

    items: list[View]
    next_cursor: NotRequired[str]


def encode(*values: Sortable) -> str:
    """Return the cursor of the last row of a page, given by its sort values."""
    written = [_write(value) for value in values]
    return base64.urlsafe_b64encode(orjson.dumps(written)).rstrip(b"=").decode()


def decode(cursor: str | None, place: type[PlaceT]) -> PlaceT | None:
    """Return the place that a cursor tells, None for the first page; raises Unreadable for one not of this list."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        written = orjson.loads(raw)
        kinds = place.__annotations__.values()
        if not isinstance(written, list) or len(written) != len(kinds):
            raise ValueError("a cursor of another list")
        return place._make(_read(value, kind) for value, kind in zip(written, kinds, strict=True))
    except (ValueError, binascii.Error, OverflowError):
        raise Unreadable(
            "This cursor is not of this list; start without one.", code="invalid_cursor", parameter="cursor"
        ) from None


def page(
    rows: Sequence[Row],
    limit: int,
    view: Callable[[Row], View],
    place: Callable[[Row], tuple[Sortable, ...]],
) -> Page[View]:
    """Return one page of at most ``limit`` rows; one row more than that means that the list goes on."""
    shown = rows[:limit]
    answer: Page[View] = {"items": [view(row) for row in shown]}
    if len(rows) > limit:
        answer["next_cursor"] = encode(*place(shown[-1]))
    return answer


def _write(value: Sortable) -> int | str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(written: object, kind: type) -> Sortable:
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
    return UUID(written) if kind is UUID else written
