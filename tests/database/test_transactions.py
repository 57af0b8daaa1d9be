"""What the database promises: no update is lost, a failed transaction leaves nothing, instants keep their zone."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import StatementError

from tracker import ids
from tracker.clinics.models import Clinic
from tracker.db import db, is_sqlite, transaction

THREADS = 4
ROUNDS = 40


def make_clinic(created_at: datetime | None = None) -> Clinic:
    moment = created_at or datetime(2026, 3, 2, tzinfo=UTC)
    clinic = Clinic(
        id=ids.new_id(),
        name="Clinic",
        time_zone="UTC",
        default_locale="en",
        phone="1",
        version=0,
        created_at=moment,
    )
    with transaction():
        db.session.add(clinic)
    return clinic


def test_concurrent_read_then_write_loses_no_update(app: Flask) -> None:
    clinic_id = make_clinic().id

    def raise_version() -> None:
        with app.app_context():
            for _ in range(ROUNDS):
                with transaction():
                    statement = select(Clinic.version).where(Clinic.id == clinic_id).with_for_update()
                    version = db.session.execute(statement).scalar_one()
                    db.session.execute(
                        update(Clinic).where(Clinic.id == clinic_id).values(version=version + 1)
                    )

    threads = [threading.Thread(target=raise_version) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.session.scalar(select(Clinic.version)) == THREADS * ROUNDS


def test_a_failed_transaction_leaves_nothing(app: Flask) -> None:
    with pytest.raises(RuntimeError), transaction():
        db.session.add(Clinic(id=ids.new_id(), name="x", time_zone="UTC", default_locale="en", phone="1",
                              created_at=datetime(2026, 1, 1, tzinfo=UTC)))  # fmt: skip
        db.session.flush()
        raise RuntimeError
    assert db.session.scalars(select(Clinic)).all() == []
    make_clinic()
    assert len(db.session.scalars(select(Clinic)).all()) == 1


def test_instants_come_back_aware_and_in_utc(app: Flask) -> None:
    moment = datetime(2026, 3, 2, 1, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    make_clinic(moment)
    db.session.expire_all()
    stored = db.session.scalar(select(Clinic.created_at))
    assert stored == moment
    assert stored is not None
    assert stored.utcoffset() == timedelta(0)


def test_a_naive_instant_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="time zone"):
        make_clinic(datetime(2026, 3, 2))  # noqa: DTZ001  (the fault under test)


def test_sqlite_is_durable_and_keeps_foreign_keys(app: Flask) -> None:
    if not is_sqlite():
        assert db.session.connection().dialect.name == "postgresql"
        return
    connection = db.session.connection()
    found = {
        name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
