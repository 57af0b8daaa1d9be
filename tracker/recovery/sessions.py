"""A treatment session recorded or corrected, with everything that hangs on it."""

from datetime import datetime
from uuid import UUID

from tracker.alerts import assessments, missed_checks
from tracker.alerts.facts.past_sessions import review_course
from tracker.checkins import service as checkins
from tracker.people import patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Action, Actor
from tracker.recovery.attribution import credit_anew, hear_anew
from tracker.recovery.consequences.scores import look_again
from tracker.reminders import planning
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession
from tracker.sessions.rules.bodies import SessionBody, SessionCorrection
from tracker.sessions.service import LATE_RECORDING


def record_session(
    actor: Actor, key: str, values: SessionBody, now: datetime
) -> tuple[TreatmentSession, bool]:
    """Record a session with its plan and prompts; return it and whether this key had recorded it before."""
    patient = patients.lock_visible_patient(actor, values["patient_id"])
    session, repeated = sessions.record(patient, actor.account_id, key, values, now)
    if not repeated:
        gained = credit_anew(actor, session, patient, now)  # before anything is asked: some of it was told
        if patient.may_be_prompted:
            _start(session, patient, now)
        for one in gained:
            look_again(one, patient, now)
        if sessions.find_latest(patient.id, now) is session:
            assessments.carry_over(patient, session.id, now)
        review_course(patient, now)
        trail.record_deed(actor, Action.CREATE, "session", session.id, now, patient.id)
    return session, repeated


def correct_session(
    actor: Actor, session_id: UUID, expected: int, values: SessionCorrection, now: datetime
) -> TreatmentSession:
    """Correct a session: open tasks and unsent prompts move, rules look again. Raises NotFound, VersionMismatch."""
    patient = patients.lock_visible_patient(actor, sessions.get_patient_id(session_id))
    session = sessions.get_session_of(patient.id, session_id)
    correction = sessions.correct(session, patient, expected, values, now)
    if correction.repeated:
        return session
    touched: set[TreatmentSession] = set()
    if correction.moved:
        touched.update(
            hear_anew(actor, session, patient, now)
        )  # before anything is asked: some of it was told
        planning.move_with_session(session, patient, now)
        checkins.show_again(session.id, patient.sync_seq)
        if patient.is_active:
            missed_checks.start_watching(session)
    if not session.stands:
        assessments.withdraw_for_session(patient, session.id, now)
        earlier = sessions.find_latest(patient.id, now)
        if earlier is not None:
            touched.add(earlier)  # it had gone quiet when this one began
    else:
        touched.add(session)
    for one in sorted(touched, key=lambda one: (one.ended_at, one.id)):
        look_again(one, patient, now)
    review_course(patient, now)
    trail.record_deed(actor, Action.UPDATE, "session", session.id, now, patient.id)
    return session


def start_recent(patient: PatientFacts, now: datetime) -> None:
    """Plan what still lies ahead of a patient's sessions, once they use the app or agree to it again."""
    for session in sessions.list_recent(patient.id, now - LATE_RECORDING):
        session.generation += 1  # so that what an earlier withdrawal cancelled is planned anew
        sessions.move_tasks(session, patient, now)
        _start(session, patient, now)


def _start(session: TreatmentSession, patient: PatientFacts, now: datetime) -> None:
    planning.plan_for_session(session, patient, now)
    missed_checks.start_watching(session)
