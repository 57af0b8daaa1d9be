"""Everything that is read for a therapist's caseload: the same few queries for any number of patients."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from tracker.alerts.facts.check_outcomes import Prompt, list_prompts
from tracker.alerts.models import Alert
from tracker.alerts.vocabulary import UNFINISHED
from tracker.appointments import service as appointments
from tracker.appointments.service import NextAppointment
from tracker.checkins.models import CheckIn
from tracker.checkins.rules.bodies import SideEffect
from tracker.db import db
from tracker.delivery.reach import find_obstacles
from tracker.people.models import Patient
from tracker.people.patients import visible_patients
from tracker.people.rules.access import Actor
from tracker.people.vocabulary import PatientStatus
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession

# What is older says nothing about how the latest session goes.
LOOK_BACK = timedelta(days=30)


class ListedPatient(NamedTuple):
    """A patient of a caseload."""

    id: UUID
    display_name: str


class ListedCheckIn(NamedTuple):
    """What a caseload reads of a check-in."""

    patient_id: UUID
    session_id: UUID | None
    recorded_at: datetime
    soreness: int | None
    stiffness: int | None
    course_position: str | None
    side_effects: Sequence[SideEffect]
    red_flags: Sequence[str] | None

    @property
    def answers_checks(self) -> bool:
        """Say whether it answers the checks that were open at its moment."""
        return self.soreness is not None and self.red_flags is not None


class ListedAlert(NamedTuple):
    """What a caseload reads of an unfinished alert."""

    patient_id: UUID
    severity: str
    status: str
    raised_at: datetime
    settling: bool
    snoozed_until: datetime | None


@dataclass(frozen=True, slots=True)
class PatientRecords:
    """All that a row of the caseload rests on: the latest session and its plan, and what was said since."""

    patient: ListedPatient
    session: TreatmentSession | None
    check_ins: Sequence[ListedCheckIn]  # of the last 30 days, oldest first
    alerts: Sequence[ListedAlert]
    tasks: Sequence[PlanTask]
    prompts: Sequence[Prompt]
    next_appointment: NextAppointment | None
    unreachable: bool


def read_records(actor: Actor, channels: Collection[str], now: datetime) -> list[PatientRecords]:
    """Return what is known of the caller's patients on a server with these channels, in no order."""
    statement = select(Patient.id, Patient.display_name).where(
        Patient.id.in_(visible_patients(actor)), Patient.status != PatientStatus.ARCHIVED
    )
    patients = [ListedPatient(*row) for row in db.session.execute(statement)]
    patient_ids = [patient.id for patient in patients]
    since = now - LOOK_BACK
    latest = sessions.list_latest_of(patient_ids, since)
    session_ids = [session.id for session in latest.values()]
    tasks, prompts = sessions.list_tasks_of(session_ids), list_prompts(session_ids)
    check_ins, alerts = _list_check_ins(patient_ids, since), _list_alerts(patient_ids)
    visits = appointments.find_next_of(patient_ids, now)
    obstacles = find_obstacles(patient_ids, channels, now)
    return [
        PatientRecords(
            patient,
            session := latest.get(patient.id),
            check_ins.get(patient.id, ()),
            alerts.get(patient.id, ()),
            tasks.get(session.id, ()) if session else (),
            prompts.get(session.id, ()) if session else (),
            visits.get(patient.id),
            patient.id in obstacles,
        )
        for patient in patients
    ]


def _list_check_ins(patient_ids: Sequence[UUID], since: datetime) -> Mapping[UUID, Sequence[ListedCheckIn]]:
    found: dict[UUID, list[ListedCheckIn]] = defaultdict(list)
    statement = _CHECK_INS.where(CheckIn.patient_id.in_(patient_ids), CheckIn.recorded_at > since)
    for row in db.session.execute(statement):
        found[row[0]].append(ListedCheckIn(*row))
    return found


def _list_alerts(patient_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[ListedAlert]]:
    found: dict[UUID, list[ListedAlert]] = defaultdict(list)
    for row in db.session.execute(_ALERTS.where(Alert.patient_id.in_(patient_ids))):
        found[row[0]].append(ListedAlert(*row))
    return found


_CHECK_INS = (
    select(*(getattr(CheckIn, name) for name in ListedCheckIn._fields))
    .where(CheckIn.deleted_at.is_(None))
    .order_by(CheckIn.recorded_at, CheckIn.id)
)
_ALERTS = select(*(getattr(Alert, name) for name in ListedAlert._fields)).where(Alert.status.in_(UNFINISHED))
