"""Who may see a patient: asked of one patient and of the database, for every kind of caller, the answer is one."""

from collections.abc import Iterator
from itertools import product
from uuid import UUID

from tests.cast import Cast
from tracker import ids
from tracker.db import db
from tracker.people.patients import PatientFacts, find_patient, visible_patients
from tracker.people.rules.access import Actor, Role, may_see

NOBODY: frozenset[UUID] = frozenset()


def callers(cast: Cast) -> Iterator[Actor]:
    """Every combination of role, clinic, account, office, own record, colleagues away and alerts owned."""
    tilda, olga, pia, otto = cast.tilda.account_id, cast.olga.account_id, cast.pia.patient, cast.otto.patient
    assert pia
    assert otto
    for role, clinic_id, account_id, last_resort, patient_id, stands_in_for, entrusted in product(
        Role,
        (cast.clinic_id, cast.other_clinic_id),
        (tilda, cast.tom.account_id),
        (False, True),
        (pia, otto, None),
        (NOBODY, frozenset({tilda}), frozenset({olga})),
        (NOBODY, frozenset({pia}), frozenset({otto})),
    ):
        yield Actor(
            account_id,
            role,
            clinic_id,
            patient_id,
            ids.new_id(),
            last_resort,
            stands_in_for=stands_in_for,
            entrusted=entrusted,
        )


def is_theirs(actor: Actor, patient: PatientFacts) -> bool:
    """The rule once more, as a person would say it."""
    if actor.role is Role.PATIENT:
        return patient.id == actor.patient_id
    if patient.clinic_id != actor.clinic_id:
        return False
    if patient.id in actor.entrusted:
        return True
    if actor.role is not Role.THERAPIST:
        return False
    return actor.is_last_resort or patient.therapist_id in {actor.account_id, *actor.stands_in_for}


def test_one_patient_and_the_list_of_patients_are_seen_by_the_same_people(cast: Cast) -> None:
    patients = [find_patient(person.patient_id) for person in (cast.pia, cast.paul, cast.otto)]
    seen = 0
    for actor in callers(cast):
        found = set(db.session.scalars(visible_patients(actor)))
        assert found == {one.id for one in patients if one and is_theirs(actor, one)}, actor
        assert found == {
            one.id
            for one in patients
            if one
            and may_see(actor, patient_id=one.id, clinic_id=one.clinic_id, therapist_id=one.therapist_id)
        }, actor
        seen += len(found)
    assert seen > 500  # callers who see somebody, and not only nobody
