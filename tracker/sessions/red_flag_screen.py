"""The red-flag screen with all its texts, ordered by what was needled, for a phone that may be offline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.local_time.zones import date_in
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.safety.advice import Advice, AdviceFacts, advise
from tracker.safety.catalogue import CATALOGUE, FlagClass, RedFlag, ScreenItem, screen
from tracker.safety.clinic_contact import emergency_notice
from tracker.safety.texts import SafetyTexts
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession


@dataclass(frozen=True, slots=True)
class RedFlagScreen:
    """The screen's items in order, with the advice of each, and the texts around them."""

    clinic: Clinic
    texts: SafetyTexts
    items: Mapping[str, tuple[ScreenItem, Advice]]
    several: Advice
    notice: str


def get_screen(clinic_id: UUID, patient_id: UUID | None, locale: str, now: datetime) -> RedFlagScreen:
    """Return the whole screen; for a patient, what was needled and how long ago decides what comes first.

    A phone keeps it for later, so it says nothing about who is looking just now.
    """
    clinic = clinics.get_clinic(clinic_id)
    patient = patients.find_patient(patient_id) if patient_id else None
    session = sessions.find_latest(patient.id, now) if patient else None
    texts = clinics.texts_of(clinic, patient.locale if patient else locale)
    contact = clinics.contact_of(clinic)

    def answer(*flags: RedFlag) -> Advice:
        return advise(AdviceFacts(red_flags=flags, red_flags_answered=True), texts, contact)

    ordered = list_signs(session, patient, now)
    emergencies = [flag for flag in CATALOGUE.values() if flag.flag_class is FlagClass.EMERGENCY]
    return RedFlagScreen(
        clinic=clinic,
        texts=texts,
        items={item.flag.code: (item, answer(item.flag)) for item in ordered},
        several=answer(*emergencies),
        notice=emergency_notice(texts),
    )


def list_signs(
    session: TreatmentSession | None, patient: PatientFacts | None, now: datetime
) -> tuple[ScreenItem, ...]:
    """Return every sign in the order in which it is asked after this session."""
    if session is None or patient is None:
        return screen(())
    day = (date_in(patient.time_zone, now) - date_in(patient.time_zone, session.ended_at)).days
    return screen(sessions.regions_of(session), day)
