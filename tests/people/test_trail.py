"""The trail is written in the transaction of the deed: what did not happen leaves no row in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from tests.scene import Scene
from tracker.audit.models import AuditEvent
from tracker.db import db


@contextmanager
def failing_commit() -> Iterator[None]:
    """Let the database go away at the very end of a transaction that wrote something."""
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO audit_event"):
            written.append(statement)

    def fail(_: Any) -> None:
        if written:
            raise OperationalError("", {}, Exception("the database went away"))

    event.listen(db.engine, "before_cursor_execute", note)
    event.listen(db.session, "before_commit", fail)
    try:
        yield
    finally:
        event.remove(db.session, "before_commit", fail)
        event.remove(db.engine, "before_cursor_execute", note)


def rows() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def test_a_deed_that_was_not_committed_leaves_no_trace(scene: Scene) -> None:
    scene.treat()
    scene.at(24)
    before = rows()
    body = {"recorded_at": scene.clock().isoformat(), "time_zone": "UTC", "soreness": 3, "red_flags": []}
    with failing_commit():
        assert scene.post("/v1/check-ins", body, scene.cast.pia).status_code == 503
    assert rows() == before
    assert scene.post("/v1/check-ins", body, scene.cast.pia).status_code == 201
    assert rows() == before + 1
