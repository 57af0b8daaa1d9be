"""After a story every chain of the audit trail holds, and one changed row is found."""

from typing import Any

import pytest
from sqlalchemy import select, text

from tests.access.house import House
from tracker.audit import service as audit
from tracker.audit.models import AuditEvent
from tracker.db import db, transaction

CHANGES: dict[str, Any] = {
    "actor_role": "nobody",
    "action": "delete",
    "resource_kind": "nothing",
    "request_id": "another",
    "occurred_at": "2020-01-01 00:00:00.000000",
    "actor_id": None,
    "hash": bytes(32),
}


def breaks() -> dict[str, int]:
    """Return the chains that do not hold, and where."""
    db.session.expire_all()
    found = {str(chain): audit.find_break(chain) for chain in audit.list_chains()}
    return {chain: position for chain, position in found.items() if position is not None}


def in_the_middle(house: House) -> Any:
    """Return hash and position of a row of Pia's chain with rows before and after it."""
    statement = select(AuditEvent.hash, AuditEvent.position).where(
        AuditEvent.chain_id == house.cast.pia.patient_id
    )
    rows = db.session.execute(statement.order_by(AuditEvent.position)).all()
    assert len(rows) > 4
    return rows[len(rows) // 2]


def run(statement: str, **values: Any) -> None:
    """Run a statement as somebody with the database in their hands would."""
    with transaction():
        assert db.session.connection().execute(text(statement), values).rowcount == 1


def test_every_chain_holds_after_a_story(house: House) -> None:
    assert len(audit.list_chains()) >= 3
    assert breaks() == {}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_row_is_found(house: House, column: str) -> None:
    row = in_the_middle(house)
    run(f"UPDATE audit_event SET {column} = :value WHERE hash = :hash", value=CHANGES[column], hash=row.hash)
    assert breaks() == {house.pia.patient: row.position}


def test_a_row_that_was_taken_out_is_found(house: House) -> None:
    row = in_the_middle(house)
    run("DELETE FROM audit_event WHERE hash = :hash", hash=row.hash)
    assert breaks() == {house.pia.patient: row.position}


def test_a_row_that_was_moved_is_found(house: House) -> None:
    row = in_the_middle(house)
    run("UPDATE audit_event SET position = position + 1000 WHERE hash = :hash", hash=row.hash)
    assert breaks() == {house.pia.patient: row.position}
