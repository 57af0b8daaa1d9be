"""A clinic's adverse-event register, read in three statements however many patients it has."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, cast, exists, or_, select

from tracker.checkins.models import CheckIn, RedFlagReport
from tracker.checkins.rules.adverse_events import kinds_told
from tracker.checkins.rules.event_counts import Cell, Reported, Treated, count_events
from tracker.db import rows
from tracker.people.models import Patient
from tracker.sessions.models import TreatmentSession
from tracker.sessions.rules.areas import regions_in
from tracker.sessions.vocabulary import SessionStatus

_EMPTY = "[]"


def read_register(clinic_id: UUID, ended_from: datetime, ended_to: datetime) -> list[Cell]:
    """Return the counts over a clinic's standing sessions that ended from one instant to before another."""
    counted = (
        Patient.clinic_id == clinic_id,
        TreatmentSession.clinic_id == clinic_id,
        TreatmentSession.ended_at >= ended_from,
        TreatmentSession.ended_at < ended_to,
        TreatmentSession.status == SessionStatus.COMPLETED,
    )
    treated = [
        Treated(row.id, row.ended_at, row.technique, regions_in(row.body_areas), row.heard)
        for row in rows(_SESSIONS.where(*counted))
    ]
    told = [
        Reported(session_id, at, frozenset(kinds_told(effects, flags or ())))
        for session_id, at, effects, flags in rows(_CHECK_INS.where(*counted))
    ]
    told += [
        Reported(session_id, at, frozenset(kinds_told((), flags)))
        for session_id, at, flags in rows(_REPORTS.where(*counted))
    ]
    return count_events(treated, told)


def _of_patients(*columns: Any) -> Select[Any]:
    """Begin at the clinic's patients: their sessions are found by index, those of a clinic are not."""
    return (
        select(*columns)
        .select_from(Patient)
        .join(TreatmentSession, TreatmentSession.patient_id == Patient.id)
    )


_HEARD = exists().where(CheckIn.session_id == TreatmentSession.id, CheckIn.deleted_at.is_(None))
_SESSIONS = _of_patients(
    TreatmentSession.id,
    TreatmentSession.ended_at,
    TreatmentSession.technique,
    TreatmentSession.body_areas,
    _HEARD.label("heard"),
)
_CHECK_INS = (
    _of_patients(CheckIn.session_id, CheckIn.recorded_at, CheckIn.side_effects, CheckIn.red_flags)
    .join(CheckIn, CheckIn.session_id == TreatmentSession.id)
    .where(
        CheckIn.deleted_at.is_(None),
        or_(cast(CheckIn.side_effects, String) != _EMPTY, cast(CheckIn.red_flags, String) != _EMPTY),
    )
)
_REPORTS = _of_patients(RedFlagReport.session_id, RedFlagReport.reported_at, RedFlagReport.symptoms).join(
    RedFlagReport,
    (RedFlagReport.patient_id == TreatmentSession.patient_id)
    & (RedFlagReport.session_id == TreatmentSession.id),
)
