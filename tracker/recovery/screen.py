"""The red-flag screen with all its texts, ordered by what was needled, for a phone that may be offline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.people import service as people
from tracker.safety.advice import Advice, AdviceFacts, advise, emergency_notice
from tracker.safety.catalogue import CATALOGUE, FlagClass, RedFlag, screen
from tracker.safety.texts import SafetyTexts
from tracker.sessions import service as sessions


@dataclass(frozen=True, slots=True)
class RedFlagScreen:
    """The screen's items in order, with the advice of each, and the texts around them."""

    clinic: Clinic
    texts: SafetyTexts
    items: Mapping[str, tuple[RedFlag, Advice]]
    several: Advice
    notice: str


def get_screen(clinic_id: UUID, patient_id: UUID | None, locale: str, now: datetime) -> RedFlagScreen:
    """Return the whole screen; for a patient the signs that belong to the needled regions come first."""
    clinic = clinics.get_clinic(clinic_id)
    patient = people.find_patient(patient_id) if patient_id else None
    session = sessions.find_latest(patient.id, now) if patient else None
    texts = clinics.texts_of(clinic, patient.locale if patient else locale)
    contact = clinics.contact_of(clinic)

    def answer(*flags: RedFlag) -> Advice:
        return advise(AdviceFacts(red_flags=flags, red_flags_answered=True), texts, contact)

    ordered = screen(sessions.regions_of(session) if session else ())
    emergencies = [flag for flag in CATALOGUE.values() if flag.flag_class is FlagClass.EMERGENCY]
    return RedFlagScreen(
        clinic=clinic,
        texts=texts,
        items={flag.code: (flag, answer(flag)) for flag in ordered},
        several=answer(*emergencies),
        notice=emergency_notice(texts),
    )
