"""An answer given on the page behind a reminder, without signing in: once, and for that one question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tracker import ids
from tracker.checkins.rules.bodies import CheckInBody, RedFlagReportBody
from tracker.checkins.vocabulary import Source
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.errors import Conflict
from tracker.people import patients
from tracker.people.rules.access import Actor, Role
from tracker.recovery import check_ins, red_flag_reports
from tracker.recovery.link_questions import is_open
from tracker.reminders.standing import find_session_of


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
    if not is_open(row, session, patient, now):
        if not red_flags:
            raise Conflict("This link is over.")
        # The same report again, as after a double click, is the same one.
        key = f"link:{reminder_id}:{ids.hash_secret(' '.join(sorted(red_flags))).hex()[:16]}"
        told: RedFlagReportBody = {"symptoms": list(red_flags)}
        return dict(red_flag_reports.report_red_flags(actor, patient_id, key, told, now)[0].advice)
    row.link_used_at = now
    row.acknowledged_at = row.acknowledged_at or now
    db.session.flush()
    said: CheckInBody = {
        "recorded_at": now,
        "time_zone": patient.time_zone,
        "red_flags": list(red_flags),
        "source": Source.REMINDER_LINK.value,
    }
    if session is not None:
        said["session_id"] = session.id
    if soreness is not None:
        said["soreness"] = soreness
    shown, _repeated = check_ins.log_check_in(actor, patient_id, f"link:{reminder_id}", said, now)
    return dict(shown["advice"])
