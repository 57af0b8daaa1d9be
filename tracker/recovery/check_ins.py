"""One check-in and all that follows from it, in one transaction: tasks, alerts, prompts, advice, trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker import idempotency, ids
from tracker.alerts import service as alerts
from tracker.audit.service import Action
from tracker.checkins import service as checkins
from tracker.checkins.rules import moments
from tracker.checkins.rules.moments import CorrectedTime, TimeRefusal, TimeRefused
from tracker.checkins.vocabulary import RecordedBy, Source
from tracker.errors import Fault, Invalid, NotFound, Refused
from tracker.local_time.zones import zone
from tracker.people import patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor, Role
from tracker.recovery.attribution import BELONGS_WITHIN
from tracker.recovery.consequences import (
    AssessedCheckIn,
    advise_on,
    assess_check_in,
    find_completed,
    follow_scores,
    list_note,
    raise_flags,
    stored,
)
from tracker.recovery.context import AnsweredSession, CheckInContext, read_context
from tracker.reminders import planning
from tracker.reminders import service as reminders
from tracker.safety.advice import AdviceLevel
from tracker.sessions import service as sessions

_REFUSALS = {
    TimeRefusal.IN_THE_FUTURE: "This moment lies more than 5 minutes ahead of now.",
    TimeRefusal.TOO_OLD: "This moment lies more than 30 days back; tell your therapist instead.",
    TimeRefusal.OUT_OF_RANGE: "This is not a usable moment.",
}


def log_check_in(
    actor: Actor, patient_id: UUID, key: str, values: Mapping[str, Any], now: datetime
) -> tuple[dict[str, Any], bool]:
    """Log one check-in; return what is shown of it and whether this key had logged it before.

    Raises NotFound, Refused without consent, Invalid; what ticks a red flag is never refused for time or consent.
    """
    patient = patients.lock_visible_patient(actor, patient_id)
    body_hash = idempotency.hash_body(values)
    # A key that comes again gets its answer however late, so what may be refused is looked at afterwards.
    at = moments.clamp_clock(values["recorded_at"], values.get("sent_at"), now).at
    context = read_context(patient, actor, key, values.get("session_id"), at, now)
    if context.known is not None and values.get("red_flags") and context.known[1] != body_hash:
        # Other content under a used key would be refused; a red flag in it is told all the same, and once.
        key = ids.hash_secret(f"{key} {body_hash.hex()}").hex()
        context = read_context(patient, actor, key, values.get("session_id"), at, now)
    if context.known is not None:
        check_in_id, first_hash = context.known
        idempotency.refuse_other_body(first_hash, body_hash)
        return checkins.get_check_in(check_in_id), True
    assessed, time = _read(patient, context, values, now)
    completed = find_completed(assessed)
    advice = advise_on(assessed, now)
    row = _row(assessed, time, actor, key, body_hash, completed, stored(advice), now)
    shown = checkins.add(row, assessed.session.facts.ended_at if assessed.session else None)
    sessions.complete_tasks(completed, assessed.id, assessed.at, patient.sync_seq)
    _follow(assessed, completed, now, by_patient=actor.role is Role.PATIENT)
    if advice.level is AdviceLevel.EMERGENCY:
        planning.plan_help_question(patient, assessed.id, now)
    trail.record_deed(actor, Action.CREATE, "check_in", assessed.id, now, patient.id, context.last_entry)
    return shown, False


def _read(
    patient: PatientFacts, context: CheckInContext, values: Mapping[str, Any], now: datetime
) -> tuple[AssessedCheckIn, CorrectedTime]:
    ticks = bool(values.get("red_flags"))
    if not patient.consents and not ticks:
        raise Refused("Logging needs the patient's consent to logging and sharing.", code="consent_required")
    time = _correct_time(values, ticks, now)
    session = _find_session(context, values.get("session_id"), time.at, lenient=ticks)
    return assess_check_in(ids.new_id(), patient, values, time.at, context, session), time


def _correct_time(values: Mapping[str, Any], never_refuse: bool, now: datetime) -> CorrectedTime:
    recorded_at, sent_at = values["recorded_at"], values.get("sent_at")
    if never_refuse:
        return moments.clamp_clock(recorded_at, sent_at, now)
    try:
        return moments.correct_clock(recorded_at, sent_at, now)
    except TimeRefused as refused:
        raise Invalid(Fault("#/recorded_at", refused.code.value, _REFUSALS[refused.code])) from refused


def _find_session(
    context: CheckInContext, named: UUID | None, at: datetime, *, lenient: bool
) -> AnsweredSession | None:
    session = context.session
    if named is None:
        return session if session and at - session.facts.ended_at <= BELONGS_WITHIN else None
    if session is not None and session.facts.ended_at <= at:
        return session
    if lenient:
        return None
    if session is None:
        raise NotFound
    raise Invalid(Fault("#/session_id", "before_session", "This moment lies before the session's end."))


def _follow(assessed: AssessedCheckIn, completed: Sequence[UUID], now: datetime, *, by_patient: bool) -> None:
    """Let alerts and prompts follow what was said."""
    evidence = alerts.Evidence(
        assessed.patient, assessed.session.id if assessed.session else None, now, assessed.id
    )
    if assessed.flags:
        raise_flags(assessed, assessed.values["red_flags"], evidence)
    if by_patient:
        list_note(assessed, evidence)
    reminders.withdraw_answered(completed, assessed.patient, now)
    follow_scores(assessed, evidence)


def _row(
    assessed: AssessedCheckIn,
    time: CorrectedTime,
    actor: Actor,
    key: str,
    body_hash: bytes,
    completed: Sequence[UUID],
    advice: dict[str, Any],
    now: datetime,
) -> dict[str, Any]:
    values = assessed.values
    by_patient = actor.role is Role.PATIENT
    items = (
        "soreness", "stiffness", "usual_pain", "hydration_ml", "alcohol", "standard_drinks", "activities", "note",
        "sent_at", "time_zone",
    )  # fmt: skip
    return {name: values.get(name) for name in items} | {
        "id": assessed.id,
        "patient_id": assessed.patient.id,
        "session_id": assessed.session.id if assessed.session else None,
        "recorded_by": (RecordedBy.PATIENT if by_patient else RecordedBy.STAFF).value,
        "source": values.get("source") or (Source.PHONE if by_patient else Source.TELEPHONE).value,
        "recorded_at": time.at,
        "device_recorded_at": _storable(values["recorded_at"], now),
        "received_at": now,
        "clock_quality": time.quality.value,
        "local_date": moments.local_date(time.at, zone(values["time_zone"])),
        "side_effects": list(values.get("side_effects") or ()),
        "red_flags": None if values.get("red_flags") is None else [flag.code for flag in assessed.flags],
        "completed_plan_task_ids": [str(task_id) for task_id in completed],
        "advice": advice,
        "course_position": assessed.course_position,
        "amended": False,
        "version": 1,
        "sync_seq": assessed.patient.sync_seq,
        "created_by_id": actor.account_id,
        "idempotency_key": key,
        "body_hash": body_hash,
    }


def _storable(moment: datetime, now: datetime) -> datetime:
    """Return the device's own time as evidence; one that no database can hold becomes the server's."""
    return moment if 1970 <= moment.year <= 2200 else now
