"""Screens ask the database the same number of times, however many patients, sessions and answers there are."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from bench.rows import fill
from tests.cast import Cast
from tests.database.caught import Call, catch
from tests.scene import ENDED, Scene
from tests.support.kept import empty
from tracker import clock
from tracker.checkins.adverse_event_register import read_register
from tracker.clock import MovableClock
from tracker.db import transaction
from tracker.outcomes.caseload import list_caseload
from tracker.outcomes.trajectories import list_results, read_trajectory
from tracker.outcomes.visit_summary import read_summary
from tracker.people import patients, sign_in
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor, Role
from tracker.sessions import service as sessions


def treat(app: Flask, treated: int) -> tuple[Actor, PatientFacts]:
    """Fill the database with so many patients of one therapist; return them and the first of those."""
    token, patient_id = fill(app, treated)[0]
    caller = sign_in.authenticate(token, clock.now())
    patient = patients.find_patient(UUID(patient_id))
    assert patient is not None
    family = caller.token_family_id
    return Actor(
        patient.therapist_id, Role.THERAPIST, patient.clinic_id, None, family, is_last_resort=False
    ), patient


def screens(actor: Actor, patient: PatientFacts) -> Mapping[str, Call]:
    """What a therapist reads."""
    now = clock.now()
    newest = sessions.list_standing(patient.id, 0, None)[0]
    return {
        "caseload": lambda: list_caseload(actor, {"email"}, now),
        "trajectory": lambda: read_trajectory(actor, newest, now),
        "outcomes": lambda: list_results(actor, patient, 50, None, now),
        "one outcome": lambda: list_results(actor, patient, 0, None, now),
        "register": lambda: read_register(patient.clinic_id, now - timedelta(days=30), now),
    }


def test_fifty_patients_cost_no_more_statements_than_one(app: Flask) -> None:
    counts = []
    for treated in (1, 50):
        empty()
        actor, patient = treat(app, treated)
        with transaction():
            reads = screens(actor, patient)
            assert len(reads["caseload"]()) == treated + 1, "Paul has not been treated"
            counts.append({name: len(catch(read)) for name, read in reads.items()})
    assert counts[0] == counts[1]
    assert counts[0]["outcomes"] == counts[0]["one outcome"]


@pytest.mark.parametrize("weeks", [1, 4])
def test_a_summary_costs_the_same_after_one_session_and_after_four(
    app: Flask, cast: Cast, moment: MovableClock, weeks: int
) -> None:
    scene = Scene(app, cast, moment)
    booked = scene.book(starts=24 * 40)
    for week in range(weeks):
        scene.at(168 * week + 0.1)
        scene.treat(ended_at=(ENDED + timedelta(weeks=week)).isoformat())
        for hours in range(20, 20 + 4 * weeks, 4):
            scene.say(168 * week + hours, soreness=3, note="A question")
    with transaction():
        caught = catch(lambda: read_summary(scene.cast.tilda.actor, UUID(booked["id"]), scene.clock()))
    assert len(caught) == 11
