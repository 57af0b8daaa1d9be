"""A patient's feed of changes, in the order of the patient's own sync_seq: nothing is skipped, nothing twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import String, Uuid, cast, delete, func, literal, select, tuple_, union_all

from tracker import ids
from tracker.appointments import service as appointments
from tracker.appointments.models import Appointment
from tracker.checkins import service as checkins
from tracker.checkins.models import CheckIn
from tracker.checkins.service import ShownCheckIn
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Purpose
from tracker.people.models import FeedEpoch, Patient
from tracker.reminders import service as reminders
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession

KINDS = ("appointment", "check_in", "patient", "plan", "reminder", "session")
NEVER_RESTORED = UUID(int=0)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One row that changed, at the position of its newest change; deleted ones are tombstones."""

    kind: str
    id: UUID
    sync_seq: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class FeedRows:
    """What the rows of a page say now; the tasks are those of the plans, by session."""

    check_ins: Sequence[ShownCheckIn]
    reminders: Sequence[Dispatch]
    appointments: Sequence[Appointment]
    sessions: Sequence[TreatmentSession]
    tasks: Mapping[UUID, Sequence[PlanTask]]


def read_rows(changes: Sequence[FeedItem]) -> FeedRows:
    """Read all rows of a page with one statement for each kind."""
    wanted: dict[str, list[UUID]] = {kind: [] for kind in KINDS}
    for change in changes:
        if not change.deleted:
            wanted[change.kind].append(change.id)
    return FeedRows(
        checkins.list_by_ids(wanted["check_in"]),
        reminders.list_by_ids(wanted["reminder"]),
        appointments.list_by_ids(wanted["appointment"]),
        sessions.list_by_ids([*wanted["session"], *wanted["plan"]]),
        sessions.list_tasks_of(wanted["plan"]),
    )


def find_epoch() -> UUID:
    """Return the epoch of this database; a position read in another epoch says nothing here."""
    return db.session.scalar(select(FeedEpoch.id)) or NEVER_RESTORED


def begin_epoch() -> None:
    """Begin another epoch: whoever went on from a position has to fetch everything again."""
    db.session.execute(delete(FeedEpoch))
    db.session.add(FeedEpoch(id=ids.new_id()))


def list_changes(patient_id: UUID, after: tuple[int, str, UUID] | None, limit: int) -> Sequence[FeedItem]:
    """Return what changed for a patient after a position, oldest first, one more than the limit.

    All rows of one transaction share its number; kind and id order them, so that a page may end between them.
    """
    changes = _changes(patient_id, after[0] if after else 0).subquery()
    columns = (changes.c.sync_seq, changes.c.kind, changes.c.id)
    statement = select(changes)
    if after:
        place = (literal(after[0]), literal(after[1], String()), literal(after[2], Uuid()))
        statement = statement.where(tuple_(*columns) > tuple_(*place))
    rows = db.session.execute(statement.order_by(*columns).limit(limit + 1))
    return [FeedItem(row.kind, row.id, row.sync_seq, bool(row.deleted)) for row in rows]


def _changes(patient_id: UUID, seq: int) -> Any:
    """Select (kind, id, position, deleted) of every row that stands at or after a position."""
    newest = func.max(PlanTask.sync_seq)
    plans = select(_kind("plan"), PlanTask.session_id.label("id"), newest.label("sync_seq"), _FALSE)
    newest_plan = (
        plans.where(PlanTask.patient_id == patient_id).group_by(PlanTask.session_id).having(newest >= seq)
    )
    return union_all(
        select(_kind("appointment"), Appointment.id, Appointment.sync_seq, _FALSE).where(
            Appointment.patient_id == patient_id, Appointment.sync_seq >= seq
        ),
        select(
            _kind("check_in"), CheckIn.id, CheckIn.sync_seq, CheckIn.deleted_at.is_not(None).label("deleted")
        ).where(CheckIn.patient_id == patient_id, CheckIn.sync_seq >= seq),
        select(_kind("patient"), Patient.id, Patient.shown_seq, _FALSE).where(
            Patient.id == patient_id, Patient.shown_seq >= seq, Patient.shown_seq > 0
        ),
        newest_plan,
        select(_kind("reminder"), Dispatch.id, Dispatch.sync_seq, _FALSE).where(
            Dispatch.patient_id == patient_id, Dispatch.sync_seq >= seq, Dispatch.purpose == Purpose.REMINDER
        ),
        select(_kind("session"), TreatmentSession.id, TreatmentSession.sync_seq, _FALSE).where(
            TreatmentSession.patient_id == patient_id, TreatmentSession.sync_seq >= seq
        ),
    )


def _kind(name: str) -> Any:
    return cast(literal(name), String(11)).label("kind")


_FALSE = (literal(1) == literal(0)).label("deleted")
