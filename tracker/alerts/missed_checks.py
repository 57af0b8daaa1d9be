"""Silence: the alert about checks that nobody answered, looked at by the worker and cleared by any answer."""

from datetime import datetime
from uuid import UUID

from tracker.alerts import assessments
from tracker.alerts.facts.check_outcomes import check_facts
from tracker.alerts.facts.followed_session import followed
from tracker.alerts.rules.facts import SessionFacts
from tracker.alerts.rules.missed import CheckFacts, CheckOutcome, assess_after
from tracker.alerts.service import Evidence
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession


def assess(patient_id: UUID, session_id: UUID, now: datetime) -> None:
    """Look at one session's checks, as the worker does when its time has come, and set the next look."""
    patient = patients.lock_patient(patient_id)
    session = sessions.get_session_of(patient_id, session_id)
    if session.assess_after is None or session.assess_after > now:
        return
    if session.stands and patient.is_active:
        look_at(session, patient, now)
    last_look = assess_after(session.ended_at, chest_region=False)
    sessions.set_assess_after(session, last_look if last_look > now else None)


def start_watching(session: TreatmentSession) -> None:
    """Say when the worker should look whether the checks were answered."""
    sessions.set_assess_after(session, assess_after(session.ended_at, sessions.near_the_lung(session)))


def look_at(session: TreatmentSession, patient: PatientFacts, now: datetime) -> None:
    """Let the alert about silence follow what became of a session's checks until now."""
    looked_at, checks = followed(session), check_facts(session, now)
    rule_set = looked_at.published.rule_set
    assessments.reassess_missed(looked_at.facts, checks, Evidence(patient, session.id, now), rule_set)


def note_answered(session: SessionFacts, evidence: Evidence) -> None:
    """Take the patient off the call list: they have answered."""
    answered = CheckFacts(CheckOutcome.NOT_DUE, CheckOutcome.NOT_DUE, other_answered=True)
    assessments.reassess_missed(session, answered, evidence)
