"""What a patient warns of or writes to a person, told to their therapist: warning signs, notes, wishes."""

from collections.abc import Sequence
from datetime import datetime

from tracker.alerts import assessments
from tracker.alerts.rules.red_flags import TickedFlag, assess_red_flags
from tracker.alerts.service import Evidence
from tracker.checkins.models import RedFlagReport
from tracker.clinics import service as clinics
from tracker.people.patients import PatientFacts
from tracker.recovery.consequences.reading import AssessedCheckIn
from tracker.safety import catalogue
from tracker.safety.catalogue import FlagClass


def raise_flags(assessed: AssessedCheckIn, codes: Sequence[str], evidence: Evidence) -> None:
    """Raise the alerts of these red flags, with the patient's own words beside them."""
    ended_at = assessed.session.ended_at if assessed.session else None
    note = assessed.said.get("note")
    findings = assess_red_flags(
        _tick(codes, assessed.patient),
        assessed.time.at,
        ended_at,
        str(assessed.id),
        {"note": note} if note else {},
    )
    assessments.apply_red_flags(findings, evidence)


def raise_reported(
    report: RedFlagReport,
    codes: Sequence[str],
    session_ended_at: datetime | None,
    patient: PatientFacts,
    now: datetime,
) -> None:
    """Raise the alerts of a report with these codes, and write down which they are."""
    words = {"note": report.note, "callback_phone": report.callback_phone}
    remarks = {name: said for name, said in words.items() if said}
    findings = assess_red_flags(_tick(codes, patient), report.reported_at, session_ended_at, remarks=remarks)
    evidence = Evidence(patient, report.session_id, now, red_flag_report_id=report.id)
    report.alert_ids = [str(alert.id) for alert in assessments.apply_red_flags(findings, evidence)]


def list_note(assessed: AssessedCheckIn, evidence: Evidence) -> None:
    """Put the patient's note on the work-list at any score; the alert of a warning sign carries it already."""
    note = assessed.said.get("note")
    if note and not assessed.flags:
        assessments.list_note(assessed.time.at, note, evidence)


def _tick(codes: Sequence[str], patient: PatientFacts) -> list[TickedFlag]:
    """Return the red flags of these codes with the words their therapist reads.

    A code that this server does not know was answered like an emergency, and is told like one.
    """
    texts = clinics.texts_of(clinics.get_clinic(patient.clinic_id), "en")
    unknown = catalogue.has_unknown(codes)
    return [
        TickedFlag(
            flag.code,
            texts.labels[flag.code],
            flag.flag_class is FlagClass.EMERGENCY or (unknown and flag.code == catalogue.UNKNOWN_BECOMES),
        )
        for flag in catalogue.classify(codes)
    ]
