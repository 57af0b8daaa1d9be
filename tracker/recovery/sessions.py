"""A treatment session recorded or corrected, with everything that hangs on it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker.alerts import assessments, missed_checks
from tracker.alerts import service as alerts
from tracker.alerts.protocol_in_force import rule_set_of
from tracker.alerts.session_answers import read_session_answers, review_course
from tracker.audit.service import Action
from tracker.checkins import service as checkins
from tracker.people import patients, staff, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor
from tracker.people.rules.cover import has_expired
from tracker.recovery.attribution import credit_anew
from tracker.recovery.consequences import answer_by_what_was_said, reassess
from tracker.reminders import planning
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession
from tracker.sessions.service import LATE_RECORDING
from tracker.sessions.vocabulary import SessionStatus


def record_session(
    actor: Actor, key: str, values: Mapping[str, Any], now: datetime
) -> tuple[TreatmentSession, bool]:
    """Record a session with its plan and prompts; return it and whether this key had recorded it before."""
    patient = patients.lock_visible_patient(actor, values["patient_id"])
    session, repeated = sessions.record(patient, actor.account_id, key, values, now)
    if not repeated:
        gained = credit_anew(actor, session, patient, now)  # before anything is asked: some of it was told
        if patient.may_be_prompted:
            _start(session, patient, now)
        for one in gained:
            _look_again(one, patient, now)
        if sessions.find_latest(patient.id, now) is session:
            assessments.carry_over(patient, session.id, now)
        review_course(patient, now)
        trail.record_deed(actor, Action.CREATE, "session", session.id, now, patient.id)
    return session, repeated


def list_unlicensed(treated: Sequence[TreatmentSession]) -> frozenset[UUID]:
    """Return which of these sessions ended after the licence of their therapist, as it is known now."""
    licences = staff.find_licences({session.therapist_id for session in treated})
    return frozenset(
        session.id
        for session in treated
        if has_expired(licences[session.therapist_id][0], session.ended_at, licences[session.therapist_id][1])
    )


def correct_session(
    actor: Actor, session_id: UUID, expected: int, values: Mapping[str, Any], now: datetime
) -> TreatmentSession:
    """Correct a session: open tasks and unsent prompts move, rules look again. Raises NotFound, VersionMismatch."""
    patient = patients.lock_visible_patient(actor, sessions.get_patient_id(session_id))
    session = sessions.get_session_of(patient.id, session_id)
    correction = sessions.correct(session, patient, expected, values, now)
    if correction.repeated:
        return session
    touched: set[TreatmentSession] = set()
    if correction.moved:
        touched.update(credit_anew(actor, session, patient, now))
        answer_by_what_was_said(session, patient)  # before anything is asked: some of it was told
        planning.move_with_session(session, patient, now)
        checkins.show_again(session.id, patient.sync_seq)
        if patient.is_active:
            missed_checks.start_watching(session)
    if session.status == SessionStatus.ENTERED_IN_ERROR:
        assessments.withdraw_for_session(patient, session.id, now)
        earlier = sessions.find_latest(patient.id, now)
        if earlier is not None:
            touched.add(earlier)  # it had gone quiet when this one began
    else:
        touched.add(session)
    for one in sorted(touched, key=lambda one: (one.ended_at, one.id)):
        _look_again(one, patient, now)
    review_course(patient, now)
    trail.record_deed(actor, Action.UPDATE, "session", session.id, now, patient.id)
    return session


def start_recent(patient: PatientFacts, now: datetime) -> None:
    """Plan what still lies ahead of a patient's sessions, once they use the app or agree to it again."""
    for session in sessions.list_recent(patient.id, now - LATE_RECORDING):
        session.generation += 1  # so that what an earlier withdrawal cancelled is planned anew
        sessions.move_tasks(session, patient, now)
        _start(session, patient, now)


def _look_again(session: TreatmentSession, patient: PatientFacts, now: datetime) -> None:
    told = read_session_answers(patient.id, session.id, missed_checks.session_facts(session))
    reassess(told, alerts.Evidence(patient, session.id, now), rule_set_of(session))


def _start(session: TreatmentSession, patient: PatientFacts, now: datetime) -> None:
    planning.plan_for_session(session, patient, now)
    missed_checks.start_watching(session)
