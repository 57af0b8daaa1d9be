"""One check-in and all that follows from it, in one transaction: tasks, alerts, prompts, advice, trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker import idempotency, ids
from tracker.alerts import service as alerts
from tracker.audit.service import Action
from tracker.checkins import rules
from tracker.checkins import service as checkins
from tracker.checkins.rules import CorrectedTime, TimeRefusal, TimeRefused
from tracker.checkins.vocabulary import RecordedBy, Source
from tracker.errors import Fault, Invalid, NotFound, Refused
from tracker.people import service as people
from tracker.people.access import Actor, Role
from tracker.people.service import PatientFacts
from tracker.protocols.zones import zone
from tracker.recovery import deeds
from tracker.recovery.belonging import BELONGS_WITHIN
from tracker.recovery.consequences import (
    Said,
    advise_on,
    find_completed,
    follow_scores,
    read_said,
    stored,
    tell_flags,
    tell_note,
)
from tracker.recovery.queries import AnsweredSession, Ground, read_ground
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
    patient = people.lock_visible_patient(actor, patient_id)
    body_hash = idempotency.hash_body(values)
    # A key that comes again gets its answer however late, so what may be refused is looked at afterwards.
    at = rules.clamp_clock(values["recorded_at"], values.get("sent_at"), now).at
    ground = read_ground(patient, actor, key, values.get("session_id"), at, now)
    if ground.known is not None and values.get("red_flags") and ground.known[1] != body_hash:
        # Other content under a used key would be refused; a red flag in it is told all the same, and once.
        key = ids.hash_secret(f"{key} {body_hash.hex()}").hex()
        ground = read_ground(patient, actor, key, values.get("session_id"), at, now)
    if ground.known is not None:
        check_in_id, first_hash = ground.known
        idempotency.refuse_other_body(first_hash, body_hash)
        return checkins.get_check_in(check_in_id), True
    said, time = _read(patient, ground, values, now)
    completed = find_completed(said)
    advice = advise_on(said, now)
    row = _row(said, time, actor, key, body_hash, completed, stored(advice), now)
    shown = checkins.add(row, said.session.facts.ended_at if said.session else None)
    sessions.complete_tasks(completed, said.id, said.at, patient.sync_seq)
    _follow(said, completed, now, by_patient=actor.role is Role.PATIENT)
    if advice.level is AdviceLevel.EMERGENCY:
        planning.plan_help_question(patient, said.id, now)
    deeds.record_deed(actor, Action.CREATE, "check_in", said.id, now, patient.id, ground.last_entry)
    return shown, False


def _read(
    patient: PatientFacts, ground: Ground, values: Mapping[str, Any], now: datetime
) -> tuple[Said, CorrectedTime]:
    ticks = bool(values.get("red_flags"))
    if not patient.consents and not ticks:
        raise Refused("Logging needs the patient's consent to logging and sharing.", code="consent_required")
    time = _correct_time(values, ticks, now)
    session = _find_session(ground, values.get("session_id"), time.at, lenient=ticks)
    return read_said(ids.new_id(), patient, values, time.at, ground, session), time


def _correct_time(values: Mapping[str, Any], never_refuse: bool, now: datetime) -> CorrectedTime:
    recorded_at, sent_at = values["recorded_at"], values.get("sent_at")
    if never_refuse:
        return rules.clamp_clock(recorded_at, sent_at, now)
    try:
        return rules.correct_clock(recorded_at, sent_at, now)
    except TimeRefused as refused:
        raise Invalid(Fault("#/recorded_at", refused.code.value, _REFUSALS[refused.code])) from refused


def _find_session(
    ground: Ground, named: UUID | None, at: datetime, *, lenient: bool
) -> AnsweredSession | None:
    session = ground.session
    if named is None:
        return session if session and at - session.facts.ended_at <= BELONGS_WITHIN else None
    if session is not None and session.facts.ended_at <= at:
        return session
    if lenient:
        return None
    if session is None:
        raise NotFound
    raise Invalid(Fault("#/session_id", "before_session", "This moment lies before the session's end."))


def _follow(said: Said, completed: Sequence[UUID], now: datetime, *, by_patient: bool) -> None:
    """Let alerts and prompts follow what was said."""
    evidence = alerts.Evidence(said.patient, said.session.id if said.session else None, now, said.id)
    if said.flags:
        tell_flags(said, said.values["red_flags"], evidence)
    if by_patient:
        tell_note(said, evidence)
    reminders.withdraw_answered(completed, said.patient, now)
    follow_scores(said, evidence)


def _row(
    said: Said,
    time: CorrectedTime,
    actor: Actor,
    key: str,
    body_hash: bytes,
    completed: Sequence[UUID],
    advice: dict[str, Any],
    now: datetime,
) -> dict[str, Any]:
    values = said.values
    by_patient = actor.role is Role.PATIENT
    items = (
        "soreness", "stiffness", "usual_pain", "hydration_ml", "alcohol", "standard_drinks", "activities", "note",
        "sent_at", "time_zone",
    )  # fmt: skip
    return {name: values.get(name) for name in items} | {
        "id": said.id,
        "patient_id": said.patient.id,
        "session_id": said.session.id if said.session else None,
        "recorded_by": (RecordedBy.PATIENT if by_patient else RecordedBy.STAFF).value,
        "source": values.get("source") or (Source.PHONE if by_patient else Source.TELEPHONE).value,
        "recorded_at": time.at,
        "device_recorded_at": _storable(values["recorded_at"], now),
        "received_at": now,
        "clock_quality": time.quality.value,
        "local_date": rules.local_date(time.at, zone(values["time_zone"])),
        "side_effects": list(values.get("side_effects") or ()),
        "red_flags": None if values.get("red_flags") is None else [flag.code for flag in said.flags],
        "completed_plan_task_ids": [str(task_id) for task_id in completed],
        "advice": advice,
        "course_position": said.course_position,
        "amended": False,
        "version": 1,
        "sync_seq": said.patient.sync_seq,
        "created_by_id": actor.account_id,
        "idempotency_key": key,
        "body_hash": body_hash,
    }


def _storable(moment: datetime, now: datetime) -> datetime:
    """Return the device's own time as evidence; one that no database can hold becomes the server's."""
    return moment if 1970 <= moment.year <= 2200 else now
