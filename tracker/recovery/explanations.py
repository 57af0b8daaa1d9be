"""The course of one reminder, gathered for the patient it was for and the therapist who looks after them."""

from uuid import UUID

from tracker.delivery import watch
from tracker.delivery.models import Dispatch
from tracker.people.service import PatientFacts
from tracker.protocols.catalog import STANDARD_AFTERCARE, Protocol
from tracker.reminders import service as reminders
from tracker.reminders.explanation import Explanation, explain
from tracker.reminders.snooze import FIRST_FREE
from tracker.reminders.words import why_asked
from tracker.sessions import service as sessions

AS_CHOSEN = "the moment until which the patient put it off"
AFTER_EMERGENCY = "15 minutes after a warning sign was reported"
AFTER_ANSWER = "a few hours after an answer that a second one makes clear"


def explain_reminder(patient: PatientFacts, reminder_id: UUID) -> Explanation:
    """Return the whole course of a patient's reminder; raises NotFound."""
    row = reminders.get_reminder_of(patient.id, reminder_id)
    tries = watch.list_tries([row.id])[row.id]
    return explain(row, watch.list_moves(row.id), tries, _why(row), patient.time_zone)


def _why(row: Dispatch) -> str:
    if row.anchor_kind == reminders.HELP_ANCHOR:
        return AFTER_EMERGENCY
    if row.anchor_kind == reminders.RECHECK_ANCHOR:
        return AFTER_ANSWER
    if row.occurrence >= FIRST_FREE:
        return AS_CHOSEN
    step = _protocol(row).get_step(row.step_key)
    return why_asked(step, is_repeat=step.is_repeat(row.occurrence))


def _protocol(row: Dispatch) -> Protocol:
    session = sessions.find_session(row.anchor_id)
    return sessions.protocol_of(session) if session is not None else STANDARD_AFTERCARE
