"""The statements that run most find their rows by an index on both databases, however large the tables grow."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from bench.rows import fill
from tests.database.caught import Call, catch
from tracker import clock
from tracker.alerts import listing as alerts
from tracker.alerts.listing import AlertFilter, OwnerFilter
from tracker.appointments import service as appointments
from tracker.audit import service as audit
from tracker.checkins import service as checkins
from tracker.checkins.adverse_event_register import read_register
from tracker.checkins.local_days import find_phone_zone
from tracker.clinics.models import Clinic
from tracker.db import db, is_sqlite, transaction
from tracker.delivery import operations
from tracker.delivery.reach import find_obstacles
from tracker.outcomes.feed import list_changes
from tracker.outcomes.trajectories import list_results, read_trajectory
from tracker.people import patients, sign_in
from tracker.people.rules.access import Action, Actor, Role
from tracker.recovery.consequences.context import read_context
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession

PATIENTS = 200  # 8,000 check-ins, 9,000 rows of trail
GROWING = "account|alert|appointment|audit_event|check_in|dispatch|patient|plan_task|token|treatment_session"
# What reads every row: "Seq Scan on table alias" or an index scan without a condition, or SQLite's "SCAN table".
WHOLE_TABLE = re.compile(
    rf"\b(?:Seq Scan on|SCAN) (?:{GROWING})(?:_\d+)?\b"
    rf"|\b(?:Index|Index Only) Scan[^\n]* on (?:{GROWING})\b[^\n]*(?!\n *Index Cond)(?:\n|$)"
)


def hot_calls(token: str, patient_id: UUID) -> dict[str, Call]:
    """What a request or the worker does all day."""
    now = clock.now()
    actor = sign_in.authenticate(token, now)
    patient = patients.find_patient(patient_id)
    small = db.session.scalars(select(Clinic.id).where(Clinic.id != actor.clinic_id)).one()
    newest = select(TreatmentSession.id).where(TreatmentSession.patient_id == patient_id).limit(1)
    session_id = db.session.scalars(newest).one()
    assert patient is not None
    therapist = Actor(
        patient.therapist_id, Role.THERAPIST, patient.clinic_id, None, session_id, is_last_resort=False
    )
    return {
        "who calls": lambda: sign_in.authenticate(token, now),
        "the patient's lock": lambda: patients.lock_patient(patient_id),
        "what a check-in stands on": lambda: read_context(patient, actor.account_id, "key", None, now),
        "answers of a session": lambda: checkins.list_answers(session_id),
        "newest check-ins": lambda: checkins.list_check_ins(patient_id, 30, None),
        "check-ins of the next page": lambda: checkins.list_check_ins(patient_id, 30, (now, session_id)),
        "the phone's zone": lambda: find_phone_zone(patient_id, now - timedelta(days=30)),
        "sessions of two days": lambda: sessions.list_recent(patient_id, now - timedelta(days=2)),
        "the next appointment": lambda: appointments.find_next(patient_id, now),
        "changes": lambda: list_changes(patient_id, (40, "check_in", session_id), 100),
        "a trajectory": lambda: read_trajectory(actor, sessions.get_session_of(patient_id, session_id), now),
        "outcomes": lambda: list_results(actor, patient, 50, None, now),
        "outcomes of the next page": lambda: list_results(actor, patient, 50, (now, session_id), now),
        # For the one that has nearly all rows here, reading them all would be right.
        **{
            f"alerts by owner: {owner}": lambda owner=owner: alerts.list_alerts(  # type: ignore[misc]
                therapist, [patient_id], 50, None, AlertFilter(owner=owner), now
            )
            for owner in (None, *OwnerFilter)
        },
        "the register of a small clinic": lambda: read_register(small, now - timedelta(days=30), now),
        "who cannot be reminded": lambda: find_obstacles([patient_id], {"email", "fcm"}, now),
        "last row of the trail": lambda: audit.record(
            Action.READ, "patient", None, actor_id=None, actor_role="x", now=now, patient_id=patient_id
        ),
    }


def plans(call: Call) -> Iterator[list[str]]:
    """Yield how the database finds the rows of each statement that a call runs."""
    caught = catch(call)
    if not is_sqlite():
        # To read a table of this size whole may be cheapest; told to avoid it, it must know another way.
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN QUERY PLAN" if is_sqlite() else "EXPLAIN"
    for statement, parameters in caught:
        found = db.session.connection().exec_driver_sql(f"{explain} {statement}", parameters)
        yield [str(row[-1]) for row in found]


def test_no_hot_statement_reads_a_whole_table(app: Flask) -> None:
    token, patient_id = fill(app, PATIENTS)[PATIENTS // 2]
    offences = []
    with transaction():
        for name, call in hot_calls(token, UUID(patient_id)).items():
            for plan in plans(call):
                shown = "\n".join(plan)
                if WHOLE_TABLE.search(shown) or not re.search("index", shown, re.IGNORECASE):
                    offences.append(f"{name}:\n{shown}")
    assert not offences, "\n\n".join(offences)


def test_the_dead_are_counted_by_their_own_index(app: Flask) -> None:
    fill(app, PATIENTS)
    with transaction():
        (plan,) = plans(operations.count_dead)
    assert "ix_dispatch_dead" in "\n".join(plan)


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("  ->  Seq Scan on check_in  (cost=0.00..2.71 rows=1 width=37)", True),
        ("Seq Scan on audit_event audit_event_1  (cost=0.00..2.59)", True),
        ("SCAN check_in", True),
        ("SCAN check_in USING INDEX ix_check_in_session_id", True),  # every row, in order
        ("Seq Scan on clinic  (cost=0.00..1.02 rows=1 width=571)", False),
        ("SEARCH check_in USING INDEX ix_check_in_patient_id (patient_id=?)", False),
        (
            "Index Scan using pk_patient on patient  (cost=0.28..8.30)\n  Index Cond: (id = '01a1'::uuid)",
            False,
        ),
        ("Index Scan using pk_patient on patient  (cost=0.28..8.30)\n  Filter: (locale = 'en')", True),
        ("Index Only Scan using pk_patient on patient  (cost=0.28..8.30)", True),
    ],
)
def test_a_whole_table_is_recognised(line: str, whole: bool) -> None:
    assert bool(WHOLE_TABLE.search(line)) is whole
