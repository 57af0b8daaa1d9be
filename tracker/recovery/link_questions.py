"""What the page behind a reminder asks, and whether it still takes an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tracker.clinics import service as clinics
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Purpose, State
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import CHECK_24H, AnsweredBy
from tracker.reminders.standing import find_session_of, kind_of, step_of
from tracker.safety.texts import SafetyTexts
from tracker.sessions.alcohol_window import tell_alcohol_over
from tracker.sessions.models import TreatmentSession
from tracker.sessions.red_flag_screen import list_signs

OVER = frozenset({State.CANCELLED, State.SUPPRESSED, State.EXPIRED})
ASKED_BY_LINK = frozenset({AnsweredBy.SORENESS_AND_RED_FLAGS, AnsweredBy.RED_FLAGS})


@dataclass(frozen=True, slots=True)
class LinkQuestion:
    """What the page behind a reminder asks; it names nobody."""

    texts: SafetyTexts
    asks_soreness: bool
    is_open: bool
    codes: Sequence[str]
    remark: str | None = None  # what its step tells beside the question


def find_question(reminder_id: UUID, now: datetime) -> LinkQuestion | None:
    """Return what a reminder asks and whether its link still takes an answer; None if it asks nothing."""
    row = db.session.get(Dispatch, reminder_id, populate_existing=True)
    patient = patients.find_patient(row.patient_id) if row else None
    if row is None or patient is None or row.purpose != Purpose.REMINDER:
        return None
    session = find_session_of(row)
    if session is None or kind_of(row).answerable_for is None:
        return None
    answered_by = step_of(row, session).answered_by
    if answered_by not in ASKED_BY_LINK:
        return None
    return LinkQuestion(
        texts=clinics.texts_of(clinics.get_clinic(row.clinic_id), patient.locale),
        asks_soreness=answered_by is AnsweredBy.SORENESS_AND_RED_FLAGS,
        is_open=is_open(row, session, patient, now),
        codes=[item.flag.code for item in list_signs(session, patient, now)],
        remark=tell_alcohol_over(patient, now) if row.step_key == CHECK_24H.key else None,
    )


def is_open(row: Dispatch, session: TreatmentSession | None, patient: PatientFacts, now: datetime) -> bool:
    """Say whether the page of a reminder still takes an answer."""
    # Since it was asked the session may have been taken back, or moved to an end that is still to come.
    stands = session is not None and session.stands and session.ended_at <= now
    # Whatever was answered to a hand-over: who has the link has got the message.
    is_sent = row.attempt_count > 0 and row.state not in OVER
    return stands and is_sent and row.link_used_at is None and now < _closes_at(row) and patient.consents


def _closes_at(row: Dispatch) -> datetime:
    """Return when the page closes: that of a second question stays open longer than the question may leave."""
    return row.not_after + (kind_of(row).answerable_for or timedelta(0))
