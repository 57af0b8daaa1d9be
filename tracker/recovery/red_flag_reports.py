"""A red-flag report: taken whatever its form, answered with advice, told to the therapist at once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker import idempotency, ids
from tracker.alerts import assessments
from tracker.alerts import service as alerts
from tracker.alerts.rules.red_flags import assess_red_flags
from tracker.audit.service import Action
from tracker.checkins import service as checkins
from tracker.checkins.models import RedFlagReport
from tracker.checkins.rules import moments
from tracker.clinics import service as clinics
from tracker.local_time.zones import canonical_zone
from tracker.people import patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor
from tracker.recovery.attribution import BELONGS_WITHIN
from tracker.recovery.consequences import tick
from tracker.reminders import planning
from tracker.safety import catalogue
from tracker.safety.advice import Advice, AdviceFacts, AdviceLevel, advise
from tracker.safety.catalogue import FlagClass
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession


def report_red_flags(
    actor: Actor, patient_id: UUID, key: str, values: Mapping[str, Any], now: datetime
) -> tuple[RedFlagReport, bool]:
    """Take a report, refusing none; return it with its advice and whether this key had sent it before."""
    patient = patients.lock_visible_patient(actor, patient_id)
    body_hash = idempotency.hash_body(values)
    known = checkins.find_report(actor.account_id, key)
    if known is not None and bytes(known.body_hash) != body_hash:
        # Another report under a used key is still a report, and so is its repetition.
        key = ids.hash_secret(f"{key} {body_hash.hex()}").hex()
        known = checkins.find_report(actor.account_id, key)
    if known is not None:
        return known, True
    codes = list(values.get("symptoms") or [catalogue.UNKNOWN_BECOMES])
    time = moments.clamp_clock(values.get("reported_at"), values.get("sent_at"), now)
    session = _find_session(patient.id, values.get("session_id"), time.at)
    advice = _advise(codes, bool(values.get("note")), patient, now)
    report = checkins.add_report(
        {
            "patient_id": patient.id,
            "session_id": session.id if session else None,
            "symptoms": [flag.code for flag in catalogue.classify(codes)],
            "reported_at": time.at,
            "received_at": now,
            "clock_quality": time.quality.value,
            "time_zone": _zone_or(values.get("time_zone"), patient.time_zone),
            "note": values.get("note"),
            "callback_phone": values.get("callback_phone"),
            "alert_ids": [],
            "advice": asdict(advice),
            "created_by_id": actor.account_id,
            "idempotency_key": key,
            "body_hash": body_hash,
        }
    )
    evidence = alerts.Evidence(patient, report.session_id, now, red_flag_report_id=report.id)
    remarks = {name: values[name] for name in ("note", "callback_phone") if values.get(name)}
    ended_at = session.ended_at if session else None
    findings = assess_red_flags(tick(codes, patient), time.at, ended_at, remarks=remarks)
    report.alert_ids = [str(alert.id) for alert in assessments.apply_red_flags(findings, evidence)]
    if advice.level is AdviceLevel.EMERGENCY:
        planning.plan_help_question(patient, report.id, now)
    trail.record_deed(actor, Action.CREATE, "red_flag_report", report.id, now, patient.id)
    return report, False


def _find_session(patient_id: UUID, named: UUID | None, at: datetime) -> TreatmentSession | None:
    """Return the session a report belongs to; a wrong one in the report is no reason to refuse it."""
    session = sessions.find_session(named) if named else None
    if session is not None and session.patient_id == patient_id:
        return session
    latest = sessions.find_latest(patient_id, at)
    return latest if latest and at - latest.ended_at <= BELONGS_WITHIN else None


def _advise(codes: Sequence[str], has_note: bool, patient: PatientFacts, now: datetime) -> Advice:
    clinic = clinics.get_clinic(patient.clinic_id)
    flags = catalogue.classify(codes)
    reply_by = None
    if catalogue.worst(flags) is not FlagClass.EMERGENCY:
        minutes = clinic.urgent_reply_minutes
        reply_by = clinics.reply_words(clinic, minutes, patient.locale, patient.time_zone, now)
    facts = AdviceFacts(
        red_flags=flags, unknown_reported=catalogue.has_unknown(codes), red_flags_answered=True,
        has_note=has_note, reply_by=reply_by,
    )  # fmt: skip
    contact = clinics.contact_now(clinic, patient.locale, patient.time_zone, now)
    return advise(facts, clinics.texts_of(clinic, patient.locale), contact)


def _zone_or(name: str | None, default: str) -> str:
    try:
        return canonical_zone(name or default)
    except ValueError:
        return default
