"""What a patient is told in answer: to a check-in, to a red-flag report, to a wish to be contacted."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from tracker.alerts.facts.protocol_in_force import SHIPPED
from tracker.alerts.rules.alcohol import is_in_alcohol_window
from tracker.checkins.vocabulary import Alcohol
from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.clinics.service import ClinicFacts
from tracker.people.patients import PatientFacts
from tracker.recovery.consequences.reading import AssessedCheckIn
from tracker.safety import catalogue
from tracker.safety.advice import Advice, AdviceFacts, acknowledge_request, advise
from tracker.safety.catalogue import FlagClass, RedFlag


def advise_on(assessed: AssessedCheckIn, now: datetime) -> Advice:
    """Return what the patient should do now, in the words of their clinic."""
    patient, said, session = assessed.patient, assessed.said, assessed.session
    clinic = assessed.context.clinic
    published = session.published if session else SHIPPED
    raised = _raised_by(assessed)
    # Steadied or estimated where the rules have looked, else as it was asked.
    baseline = assessed.answers.facts.baseline_soreness if assessed.answers else None
    facts = AdviceFacts(
        red_flags=assessed.flags,
        unknown_reported=catalogue.has_unknown(said.get("red_flags", ())),
        red_flags_answered=said.get("red_flags") is not None,
        rules_raised=raised,
        soreness=assessed.soreness,
        recheck_from=published.recheck_from,
        baseline=baseline,
        hours_since_session=(assessed.time.at - session.ended_at) / timedelta(hours=1) if session else None,
        has_note=bool(said.get("note")),
        severe_side_effect=any(effect["severity"] == "severe" for effect in said.get("side_effects", ())),
        # Beside an alert or a warning sign "as expected" would contradict the advice.
        course_position=None if raised or assessed.flags else assessed.course_position,
        alcohol_in_window=session is not None
        and said.get("alcohol") == Alcohol.YES
        and is_in_alcohol_window(assessed.time.at, session.ended_at),
        reply_by=_reply_by(clinic, patient, assessed.flags, bool(raised), now),
    )
    texts = published.in_words_of(clinics.texts_of(clinic, patient.locale))
    return advise(facts, texts, clinics.contact_now(clinic, patient.locale, patient.time_zone, now))


def advise_on_report(codes: Sequence[str], has_note: bool, patient: PatientFacts, now: datetime) -> Advice:
    """Return what a patient should do who reports these warning signs."""
    clinic, flags = clinics.get_clinic(patient.clinic_id), catalogue.classify(codes)
    facts = AdviceFacts(
        red_flags=flags,
        unknown_reported=catalogue.has_unknown(codes),
        red_flags_answered=True,
        has_note=has_note,
        reply_by=_reply_by(clinic, patient, flags, False, now),
    )
    contact = clinics.contact_now(clinic, patient.locale, patient.time_zone, now)
    return advise(facts, clinics.texts_of(clinic, patient.locale), contact)


def answer_request(patient: PatientFacts, can_wait: bool, now: datetime) -> Advice:
    """Answer a patient who asks to be contacted."""
    clinic = clinics.get_clinic(patient.clinic_id)
    reply_by = None if can_wait else _reply_by(clinic, patient, (), True, now)
    contact = clinics.contact_now(clinic, patient.locale, patient.time_zone, now)
    return acknowledge_request(can_wait, reply_by, clinics.texts_of(clinic, patient.locale), contact)


def stored(advice: Advice) -> dict[str, object]:
    """Return advice as it is kept with its check-in and shown from there: what it does not say is absent."""
    return {name: value for name, value in asdict(advice).items() if value is not None}


def _raised_by(assessed: AssessedCheckIn) -> frozenset[str]:
    """Return the rule about soreness that this check-in raises as the newest of its session."""
    found = assessed.answers.soreness_found if assessed.answers else None
    return frozenset({found.raised_now.rule.value} if found and found.raised_now else ())


def _reply_by(
    clinic: Clinic | ClinicFacts,
    patient: PatientFacts,
    flags: Sequence[RedFlag],
    alerted: bool,
    now: datetime,
) -> str | None:
    """Say by when the clinic answers what needs an answer; an emergency waits for nobody."""
    found = catalogue.worst(flags)
    if found is FlagClass.EMERGENCY or not (found or alerted):
        return None
    minutes = clinic.urgent_reply_minutes if found else clinic.attention_reply_minutes
    return clinics.reply_words(clinic, minutes, patient.locale, patient.time_zone, now)
