"""A transaction keeps other writers out from its beginning: what it has read stays true until it commits."""

import sqlite3
import threading
from uuid import UUID

from flask import Flask
from sqlalchemy import make_url, select

from tests.jobs.due_rows import make_patient
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.people import patients
from tracker.people.models import Patient


def test_another_process_cannot_write_what_a_transaction_has_read(
    app: Flask, settings: Settings, moment: MovableClock
) -> None:
    patient = make_patient(moment())
    with transaction():
        patients.hold_patient(patient.id)
        assert not (
            may_write_sqlite(settings) if settings.is_sqlite else may_lock_postgresql(app, patient.id)
        )
    assert may_write_sqlite(settings) if settings.is_sqlite else may_lock_postgresql(app, patient.id)


def may_write_sqlite(settings: Settings) -> bool:
    """Try as another process would, which knows nothing of our locks in memory."""
    connection = sqlite3.connect(make_url(settings.database_url).database or "", timeout=0)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def may_lock_postgresql(app: Flask, patient_id: UUID) -> bool:
    """Try from a thread with a connection of its own, passing over what somebody else holds."""
    found: list[UUID] = []

    def look() -> None:
        with app.app_context(), transaction():
            free = select(Patient.id).where(Patient.id == patient_id)
            found.extend(db.session.scalars(free.with_for_update(skip_locked=True)))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found == [patient_id]
