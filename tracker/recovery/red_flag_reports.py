"""A red-flag report: taken whatever its form, answered with advice, told to the therapist at once."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from tracker import idempotency
from tracker.checkins import service as checkins
from tracker.checkins.models import RedFlagReport
from tracker.checkins.rules import moments
from tracker.checkins.rules.bodies import RedFlagReportBody
from tracker.people import patients, trail
from tracker.people.rules.access import Action, Actor
from tracker.recovery.consequences.advice import advise_on_report
from tracker.recovery.consequences.warnings import raise_reported
from tracker.reminders import planning
from tracker.safety import catalogue
from tracker.sessions import service as sessions


def report_red_flags(
    actor: Actor, patient_id: UUID, key: str, values: RedFlagReportBody, now: datetime
) -> tuple[RedFlagReport, bool]:
    """Take a report, refusing none; return it with its advice and whether this key had sent it before."""
    patient = patients.lock_visible_patient(actor, patient_id)
    body_hash = idempotency.hash_body(values)
    known = checkins.find_report(actor.account_id, key)
    if known is not None and bytes(known.body_hash) != body_hash:
        # Another report under a used key is still a report, and so is its repetition.
        key = idempotency.key_of_other_body(key, body_hash)
        known = checkins.find_report(actor.account_id, key)
    if known is not None:
        return known, True
    codes = list(values.get("symptoms") or [catalogue.UNKNOWN_BECOMES])
    time = moments.clamp_clock(values.get("reported_at"), values.get("sent_at"), now)
    session = sessions.find_named_or_meant(patient.id, values.get("session_id"), time.at)
    advice = advise_on_report(codes, bool(values.get("note")), patient, now)
    report = checkins.add_report(
        {
            "patient_id": patient.id,
            "session_id": session.id if session else None,
            "symptoms": [flag.code for flag in catalogue.classify(codes)],
            "reported_at": time.at,
            "received_at": now,
            "clock_quality": time.quality.value,
            "time_zone": moments.zone_or(values.get("time_zone"), patient.time_zone),
            "note": values.get("note"),
            "callback_phone": values.get("callback_phone"),
            "alert_ids": [],
            "advice": asdict(advice),
            "created_by_id": actor.account_id,
            "idempotency_key": key,
            "body_hash": body_hash,
        }
    )
    raise_reported(report, codes, session.ended_at if session else None, patient, now)
    if advice.is_emergency:
        planning.plan_help_question(patient, report.id, now)
    trail.record_deed(actor, Action.CREATE, "red_flag_report", report.id, now, patient.id)
    return report, False
