"""Where a message stands in time, and that a new one says all that its row asks for."""

from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta

from tracker.delivery.models import Dispatch
from tracker.delivery.rules.new_message import NewMessage, Placed, place
from tracker.delivery.vocabulary import Reason, State

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVENING = NOON + timedelta(hours=6)


def test_what_has_a_moment_leaves_then() -> None:
    found = place(EVENING, Reason.DEFERRED_QUIET, NOON, meant_for=NOON)
    assert found == Placed(EVENING, Reason.DEFERRED_QUIET)
    assert (found.state, found.leaves_at) == (State.SCHEDULED, EVENING)


def test_what_has_none_is_held_back_where_it_was_meant_to_leave() -> None:
    found = place(None, Reason.QUIET_NO_WINDOW, NOON, meant_for=EVENING)
    assert found == Placed(EVENING, Reason.QUIET_NO_WINDOW, NOON)
    assert (found.state, found.leaves_at) == (State.SUPPRESSED, None)


def test_a_new_message_names_every_column_that_has_no_default() -> None:
    columns = {column.name: column for column in Dispatch.__table__.columns}
    said = {field.name for field in fields(NewMessage) if field.default is MISSING} - {"placed"}
    placed = {"due_at", "next_attempt_at", "state", "planned_because"}
    kept = {name for name, column in columns.items() if not column.nullable and column.default is None}
    assert said | placed | {"id", "created_at"} == kept
    assert {field.name for field in fields(NewMessage)} - {"placed"} <= set(columns)
