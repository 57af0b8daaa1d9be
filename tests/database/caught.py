"""The statements that a piece of work sends, caught on their way to the database."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from tracker.db import db

Call = Callable[[], Any]


def catch(call: Call) -> list[tuple[str, Any]]:
    """Do the work; return each statement that reads rows or changes them, with its parameters."""
    caught: list[tuple[str, Any]] = []

    def look(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            caught.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", look)
    try:
        call()
    finally:
        event.remove(db.engine, "before_cursor_execute", look)
    assert caught
    return caught
