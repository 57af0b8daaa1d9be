"""The checks of a session that are answered by what was said after it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tracker.checkins import service as checkins
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import AnsweredBy, Protocol
from tracker.recovery.consequences.reading import AssessedCheckIn
from tracker.reminders import service as reminders
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession


def find_completed(assessed: AssessedCheckIn) -> list[UUID]:
    """Return the open checks of the session that this check-in answers."""
    session = assessed.session
    if session is None or not assessed.context.has_open_checks or assessed.said.get("red_flags") is None:
        return []
    keys = _keys_answered(session.protocol, red_flags=True, soreness_too=assessed.answers_checks)
    return sessions.list_answered_by(session.id, keys, assessed.time.at)


def complete(assessed: AssessedCheckIn, completed: Sequence[UUID], now: datetime) -> None:
    """Close the checks that a check-in answers; they ask no more."""
    patient = assessed.patient
    sessions.complete_tasks(completed, assessed.id, assessed.time.at, patient.sync_seq)
    reminders.withdraw_answered(completed, patient, now)


def answer_by_what_was_said(session: TreatmentSession, patient: PatientFacts) -> list[UUID]:
    """Complete each open task of a session by the first check-in that answers it, and return those it completed."""
    protocol, completed = sessions.protocol_of(session), []
    for answer in checkins.list_answers(session.id):
        keys = _keys_answered(protocol, answer.red_flags_answered, answer.answers_checks)
        found = sessions.list_answered_by(session.id, keys, answer.recorded_at)
        if found:
            sessions.complete_tasks(found, answer.check_in_id, answer.recorded_at, patient.sync_seq)
            checkins.note_completed(answer.check_in_id, found, patient.sync_seq)
            completed += found
    return completed


def _keys_answered(protocol: Protocol, red_flags: bool, soreness_too: bool) -> set[str]:
    """Return the steps of a protocol that an answer to the red-flag question, and one with soreness, answers."""
    answered = {AnsweredBy.RED_FLAGS} if red_flags else set()
    if soreness_too:
        answered.add(AnsweredBy.SORENESS_AND_RED_FLAGS)
    return {step.key for step in protocol.steps if step.answered_by in answered}
