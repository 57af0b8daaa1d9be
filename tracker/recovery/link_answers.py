"""An answer given on the page behind a reminder, without signing in: once, and for that one question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tracker import ids
from tracker.checkins.vocabulary import Source
from tracker.clinics import service as clinics
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Purpose, State
from tracker.errors import Conflict
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor, Role
from tracker.protocols.catalog import CHECK_24H, AnsweredBy
from tracker.recovery import check_ins, red_flag_reports
from tracker.reminders.standing import find_session_of, kind_of, step_of
from tracker.safety.texts import SafetyTexts
from tracker.sessions.alcohol_window import tell_alcohol_over
from tracker.sessions.models import TreatmentSession
from tracker.sessions.red_flag_screen import list_signs
from tracker.sessions.vocabulary import SessionStatus

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
        is_open=_is_open(row, session, patient, now),
        codes=[item.flag.code for item in list_signs(session, patient, now)],
        remark=tell_alcohol_over(patient, now) if row.step_key == CHECK_24H.key else None,
    )


def answer(
    reminder_id: UUID, soreness: int | None, red_flags: Sequence[str], now: datetime
) -> dict[str, Any]:
    """Log what was said on the page and return the advice; raises Conflict when the link is over.

    A red flag is taken even then: as a report, which nothing refuses.
    """
    patient_id = db.session.scalar(select(Dispatch.patient_id).where(Dispatch.id == reminder_id))
    assert patient_id is not None, "asked of a reminder that was found"
    patients.hold_patient(patient_id)
    row = db.session.get_one(Dispatch, reminder_id, populate_existing=True)
    patient = patients.find_patient(patient_id)
    account = patients.find_patient_account(patient_id)
    if patient is None or account is None:
        raise Conflict("This link is over.")
    actor = Actor(account.id, Role.PATIENT, patient.clinic_id, patient_id, reminder_id, False)
    session = find_session_of(row)
    if not _is_open(row, session, patient, now):
        if not red_flags:
            raise Conflict("This link is over.")
        # The same report again, as after a double click, is the same one.
        key = f"link:{reminder_id}:{ids.hash_secret(' '.join(sorted(red_flags))).hex()[:16]}"
        told = {"symptoms": list(red_flags)}
        return dict(red_flag_reports.report_red_flags(actor, patient_id, key, told, now)[0].advice)
    row.link_used_at = now
    row.acknowledged_at = row.acknowledged_at or now
    db.session.flush()
    said: dict[str, Any] = {
        "recorded_at": now,
        "time_zone": patient.time_zone,
        "session_id": session.id if session else None,
        "red_flags": list(red_flags),
        "source": Source.REMINDER_LINK.value,
    }
    values = said if soreness is None else said | {"soreness": soreness}
    shown, _repeated = check_ins.log_check_in(actor, patient_id, f"link:{reminder_id}", values, now)
    return dict(shown["advice"])


def _closes_at(row: Dispatch) -> datetime:
    """Return when the page closes: that of a second question stays open longer than the question may leave."""
    return row.not_after + (kind_of(row).answerable_for or timedelta(0))


def _is_open(row: Dispatch, session: TreatmentSession | None, patient: PatientFacts, now: datetime) -> bool:
    # Since it was asked the session may have been taken back, or moved to an end that is still to come.
    stands = session is not None and session.status == SessionStatus.COMPLETED and session.ended_at <= now
    # Whatever was answered to a hand-over: who has the link has got the message.
    is_sent = row.attempt_count > 0 and row.state not in OVER
    return stands and is_sent and row.link_used_at is None and now < _closes_at(row) and patient.consents
