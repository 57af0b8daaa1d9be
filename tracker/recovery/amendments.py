"""A check-in that is changed or deleted: what it caused follows, and what it warned of stays."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tracker import idempotency, ids
from tracker.alerts import assessments, missed_checks
from tracker.alerts import service as alerts
from tracker.alerts.protocol_in_force import rule_set_of
from tracker.alerts.session_answers import read_session_answers
from tracker.audit.service import Action
from tracker.checkins import service as checkins
from tracker.checkins.models import CheckIn
from tracker.checkins.vocabulary import RecordedBy
from tracker.errors import Conflict, Invalid, NotFound, Refused
from tracker.people import patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor, Role
from tracker.recovery.consequences import (
    AssessedCheckIn,
    advise_on,
    answer_by_what_was_said,
    assess_check_in,
    find_completed,
    follow_scores,
    list_note,
    raise_flags,
    reassess,
    stored,
)
from tracker.recovery.context import read_context
from tracker.reminders import planning
from tracker.reminders import service as reminders
from tracker.safety import catalogue
from tracker.safety.advice import AdviceLevel
from tracker.sessions import service as sessions

# How long a patient may change what they said (API contract, section 2.1); staff may at any time.
AMENDABLE_FOR = timedelta(hours=48)
# A deletion that makes a session silent again is told while somebody would still call about it.
SILENCE_MATTERS_FOR = timedelta(days=7)
AMENDABLE = (
    "soreness", "stiffness", "usual_pain", "hydration_ml", "alcohol", "standard_drinks", "side_effects",
    "red_flags", "activities", "note",
)  # fmt: skip

NOTHING_SAID: dict[str, Any] = dict.fromkeys(AMENDABLE) | {"side_effects": []}


def amend_check_in(
    actor: Actor, check_in_id: UUID, expected: int, values: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Change what a check-in says; rules look again, and what it said before is kept. Return what is shown of it.

    Raises NotFound, VersionMismatch, Refused without consent, Invalid after 48 h. A red flag that is newly ticked
    is taken whatever else stands in the way, a deletion too; one that is no longer ticked stays on its alert.
    """
    patient = patients.lock_visible_patient(actor, checkins.find_row(check_in_id).patient_id)
    row = checkins.find_row(check_in_id)
    given = list(values.get("red_flags") or ())
    ticked = [code for code in given if code not in (row.red_flags or ())]
    if row.deleted_at is not None and not ticked:
        raise NotFound
    if "red_flags" in values:
        values = {**values, "red_flags": [flag.code for flag in catalogue.classify(given)]}
    if expected == row.version - 1 and _says(row, values, given):
        return checkins.get_check_in(row.id)  # made before; only its answer was lost
    if row.deleted_at is not None:
        # Ticked on one phone, deleted on another: it comes back as the warning alone.
        values = NOTHING_SAID | {"red_flags": values["red_flags"], "deleted_at": None}
        expected = row.version
    elif ticked and expected != row.version:
        # Of a change that comes too late for its version the new warning signs are taken, and nothing else.
        merged = catalogue.classify([*(row.red_flags or ()), *values["red_flags"]])
        values, expected = {"red_flags": [flag.code for flag in merged]}, row.version
    changes = idempotency.pending_changes(row, row.version, expected, values, "The check-in")
    if not ticked:
        _check_allowed(actor, patient, row, now)
    if changes or ticked:
        _amend(actor, patient, row, changes, ticked, now)
        trail.record_deed(actor, Action.UPDATE, "check_in", row.id, now, patient.id)
    return checkins.get_check_in(row.id)


def delete_check_in(actor: Actor, check_in_id: UUID, now: datetime) -> None:
    """Delete what a patient wrote down; repeating it changes nothing. Raises NotFound, Conflict.

    Alerts that rest on it are withdrawn for everybody to see; a red flag that it ticked stays with a note.
    """
    patient = patients.lock_visible_patient(actor, checkins.find_row(check_in_id).patient_id)
    row = checkins.find_row(check_in_id)
    if row.deleted_at is not None:
        return
    if row.recorded_by != RecordedBy.PATIENT:
        raise Conflict("Your therapist wrote this down for you; ask them to change it.")
    checkins.delete(row, patient.sync_seq, now)
    note = "The patient deleted the check-in that reported it."
    assessments.note_taken_back(patient, row.red_flags or (), note, now)
    if row.note:
        assessments.withdraw_note(patient, row.id, "The patient deleted the check-in that carried it.", now)
    if row.session_id is not None:
        _follow_deletion(patient, row.session_id, row.id, now)
    trail.record_deed(actor, Action.DELETE, "check_in", row.id, now, patient.id)


def _says(row: CheckIn, values: Mapping[str, Any], codes: Sequence[str]) -> bool:
    """Say whether a check-in says all this already; a code that nobody knows counts once it was an emergency."""
    told = not catalogue.has_unknown(codes) or row.advice["level"] == AdviceLevel.EMERGENCY
    return told and all(getattr(row, name) == value for name, value in values.items())


def _check_allowed(actor: Actor, patient: PatientFacts, row: CheckIn, now: datetime) -> None:
    if not patient.consents:
        raise Refused("Logging needs the patient's consent to logging and sharing.", code="consent_required")
    if actor.role is Role.PATIENT and now - row.received_at > AMENDABLE_FOR:
        detail = "A check-in can be changed for 48 hours; tell your therapist instead."
        raise Invalid(detail=detail, code="amendment_window_closed")


def _amend(
    actor: Actor,
    patient: PatientFacts,
    row: CheckIn,
    changes: Mapping[str, Any],
    ticked: list[str],
    now: datetime,
) -> None:
    taken_back = set(row.red_flags or ()) - set(changes.get("red_flags", row.red_flags or ()))
    values = {name: getattr(row, name) for name in AMENDABLE} | dict(changes)
    # The codes as they were sent: advice for one that nobody knows is that of an emergency.
    values["red_flags"] = [*(values["red_flags"] or ()), *ticked] if ticked else values["red_flags"]
    assessed = _read(actor, patient, row, values, now)
    completed, advice = find_completed(assessed), advise_on(assessed, now)
    kept = {
        "advice": stored(advice),
        "course_position": assessed.course_position,
        "completed_plan_task_ids": [*row.completed_plan_task_ids, *map(str, completed)],
    }
    checkins.amend(row, {**changes, **kept}, patient.sync_seq, now)
    sessions.complete_tasks(completed, row.id, row.recorded_at, patient.sync_seq)
    evidence = alerts.Evidence(patient, row.session_id, now, row.id)
    if ticked:
        raise_flags(assessed, ticked, evidence)
    if "note" in changes and actor.role is Role.PATIENT:
        list_note(assessed, evidence)
    assessments.note_taken_back(patient, sorted(taken_back), "The patient took the tick back.", now)
    reminders.withdraw_answered(completed, patient, now)
    follow_scores(assessed, evidence)
    if ticked and advice.level is AdviceLevel.EMERGENCY:
        planning.plan_help_question(patient, ids.new_id(), now)


def _read(
    actor: Actor, patient: PatientFacts, row: CheckIn, values: Mapping[str, Any], now: datetime
) -> AssessedCheckIn:
    """Hold the check-in as it will be against what was said after its session."""
    context = read_context(patient, actor, f"{row.id} amended", row.session_id, row.recorded_at, now)
    session = context.session if row.session_id else None
    return assess_check_in(row.id, patient, values, row.recorded_at, context, session)


def _follow_deletion(patient: PatientFacts, session_id: UUID, check_in_id: UUID, now: datetime) -> None:
    """Open again what it had answered, and let every alert about the session look at what is left."""
    session = sessions.get_session_of(patient.id, session_id)
    if sessions.reopen_tasks(check_in_id, patient.sync_seq, now):
        answer_by_what_was_said(session, patient)
    answers = read_session_answers(patient.id, session_id, missed_checks.session_facts(session))
    evidence = alerts.Evidence(patient, session_id, now)
    reassess(answers, evidence, rule_set_of(session))
    if now - session.ended_at <= SILENCE_MATTERS_FOR:
        missed_checks.look_at(session, evidence)
