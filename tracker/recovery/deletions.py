"""A check-in that is deleted: what rested on it is withdrawn for everybody to see, and what it warned of stays."""

from datetime import datetime, timedelta
from uuid import UUID

from tracker.alerts import assessments, missed_checks
from tracker.checkins import service as checkins
from tracker.errors import Conflict
from tracker.people import patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Action, Actor
from tracker.recovery.consequences.answered_checks import answer_by_what_was_said
from tracker.recovery.consequences.scores import look_again
from tracker.sessions import service as sessions

# A deletion that makes a session silent again is told while somebody would still call about it.
SILENCE_MATTERS_FOR = timedelta(days=7)


def delete_check_in(actor: Actor, check_in_id: UUID, now: datetime) -> None:
    """Delete what a patient wrote down; repeating it changes nothing. Raises NotFound, Conflict.

    Alerts that rest on it are withdrawn for everybody to see; a red flag that it ticked stays with a note.
    """
    patient = patients.lock_visible_patient(actor, checkins.find_row(check_in_id).patient_id)
    row = checkins.find_row(check_in_id)
    if row.deleted_at is not None:
        return
    if not row.is_by_patient:
        raise Conflict("Your therapist wrote this down for you; ask them to change it.")
    checkins.delete(row, patient.sync_seq, now)
    note = "The patient deleted the check-in that reported it."
    assessments.note_taken_back(patient, row.red_flags or (), note, now)
    if row.note:
        assessments.withdraw_note(patient, row.id, "The patient deleted the check-in that carried it.", now)
    if row.session_id is not None:
        _follow(patient, row.session_id, row.id, now)
    trail.record_deed(actor, Action.DELETE, "check_in", row.id, now, patient.id)


def _follow(patient: PatientFacts, session_id: UUID, check_in_id: UUID, now: datetime) -> None:
    """Open again what it had answered, and let every alert about the session look at what is left."""
    session = sessions.get_session_of(patient.id, session_id)
    if sessions.reopen_tasks(check_in_id, patient.sync_seq, now):
        answer_by_what_was_said(session, patient)
    look_again(session, patient, now)
    if now - session.ended_at <= SILENCE_MATTERS_FOR:
        missed_checks.look_at(session, patient, now)
