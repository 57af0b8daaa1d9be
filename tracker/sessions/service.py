"""Treatment sessions and their plans: recorded, corrected, listed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, func, insert, select, tuple_, update

from tracker import idempotency, ids
from tracker.clinics import protocol_versions
from tracker.db import db
from tracker.errors import Fault, Invalid, NotFound
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import CHEST_REGIONS, OVERDUE_AFTER, STANDARD_AFTERCARE, Protocol, get_protocol
from tracker.protocols.tasks import PlannedTask, StoredStatus, plan_tasks
from tracker.sessions.models import PlanTask, TreatmentSession
from tracker.sessions.vocabulary import SessionStatus

# A session may be written down this long after it ended (care flow, section 1).
LATE_RECORDING = timedelta(days=7)
# A therapist's clock may run ahead of the server's by this much.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Correction:
    """A corrected session, whether its plan had to move, and whether the correction had been made before."""

    session: TreatmentSession
    moved: bool
    repeated: bool


def record(
    patient: PatientFacts, therapist_id: UUID, key: str, values: Mapping[str, Any], now: datetime
) -> tuple[TreatmentSession, bool]:
    """Record a session with its plan; return it and whether this key had recorded it before. Raises Invalid."""
    body_hash = idempotency.hash_body(values)
    known = idempotency.find_created(TreatmentSession, therapist_id, key, body_hash)
    if known is not None:
        return known, True
    _check_end(values["ended_at"], now)
    columns = {name: value for name, value in values.items() if name != "patient_id"}
    followed = protocol_versions.find_newest(patient.clinic_id)
    session = TreatmentSession(
        id=ids.new_id(),
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        therapist_id=therapist_id,
        status=SessionStatus.COMPLETED,
        protocol_key=STANDARD_AFTERCARE.key,
        protocol_version=STANDARD_AFTERCARE.version,
        clinic_protocol_id=followed.id if followed else None,
        generation=1,
        version=1,
        sync_seq=patient.sync_seq,
        created_at=now,
        updated_at=now,
        created_by_id=therapist_id,
        idempotency_key=key,
        body_hash=body_hash,
        **columns,
    )
    db.session.add(session)
    db.session.flush()
    _insert_tasks(
        session, patient, [task for task in planned_tasks(session, patient) if task.closes_at > now]
    )
    return session, False


def correct(
    session: TreatmentSession, patient: PatientFacts, expected: int, values: Mapping[str, Any], now: datetime
) -> Correction:
    """Change a session; open tasks move with it, answered ones stay. Raises VersionMismatch, Invalid."""
    changes = idempotency.pending_changes(session, session.version, expected, values, "The session")
    if "ended_at" in changes:
        _check_end(changes["ended_at"], now)
    if not changes:
        return Correction(session, moved=False, repeated=True)
    for name, value in changes.items():
        setattr(session, name, value)
    session.version += 1
    session.sync_seq = patient.sync_seq
    session.updated_at = now
    moved = bool({"ended_at", "body_areas", "status"} & changes.keys())
    if moved:
        session.generation += 1
        move_tasks(session, patient, now)
    db.session.flush()
    return Correction(session, moved, repeated=False)


def move_tasks(session: TreatmentSession, patient: PatientFacts, now: datetime) -> None:
    """Lay the open tasks of a session anew; completed ones stay, those without a place are cancelled."""
    stands = session.status == SessionStatus.COMPLETED
    wanted = {(task.key, task.occurrence): task for task in planned_tasks(session, patient)} if stands else {}
    for row in list_tasks(session.id):
        planned = wanted.pop((row.key, row.occurrence), None)
        if row.status == StoredStatus.COMPLETED:
            continue
        if planned is None:
            row.status = StoredStatus.CANCELLED
        else:
            row.status = StoredStatus.OPEN
            row.opens_at, row.due_at, row.closes_at = planned.opens_at, planned.due_at, planned.closes_at
        row.sync_seq = patient.sync_seq
    _insert_tasks(session, patient, [task for task in wanted.values() if task.closes_at > now])


def move_window(task: PlanTask, opens_at: datetime, due_at: datetime, closes_at: datetime) -> None:
    """Let the window of an open task begin and end with its question; an answered one stays."""
    if task.status == StoredStatus.OPEN:
        task.opens_at, task.due_at, task.closes_at = opens_at, due_at, closes_at
        db.session.flush()


def protocol_of(session: TreatmentSession) -> Protocol:
    """Return the protocol version that this session's plan was made from."""
    return get_protocol(session.protocol_key, session.protocol_version)


def regions_of(session: TreatmentSession) -> frozenset[str]:
    """Return the body regions that were needled."""
    return frozenset(area["region"] for area in session.body_areas)


def near_the_lung(session: TreatmentSession) -> bool:
    """Say whether a needled region can reach the lung."""
    return bool(CHEST_REGIONS & regions_of(session))


def planned_tasks(session: TreatmentSession, patient: PatientFacts) -> tuple[PlannedTask, ...]:
    """Return the windows of a session's plan in the patient's zone."""
    return plan_tasks(
        protocol_of(session),
        session.ended_at,
        zone(patient.time_zone),
        regions_of(session),
        frozenset(patient.opted_in),
    )


def add_missing_tasks(session: TreatmentSession, patient: PatientFacts, now: datetime) -> None:
    """Add the tasks that a plan has gained, such as daily ones just switched on."""
    known = {(task.key, task.occurrence) for task in list_tasks(session.id)}
    tasks = planned_tasks(session, patient)
    _insert_tasks(
        session, patient, [t for t in tasks if (t.key, t.occurrence) not in known and t.closes_at > now]
    )


def find_session(session_id: UUID) -> TreatmentSession | None:
    """Return a session, or None."""
    return db.session.get(TreatmentSession, session_id)


def get_patient_id(session_id: UUID) -> UUID:
    """Return whose session it is; raises NotFound."""
    session = find_session(session_id)
    if session is None:
        raise NotFound
    return session.patient_id


def get_session_of(patient_id: UUID, session_id: UUID) -> TreatmentSession:
    """Return a session of this patient; raises NotFound."""
    session = find_session(session_id)
    if session is None or session.patient_id != patient_id:
        raise NotFound
    return session


def find_latest(patient_id: UUID, at: datetime) -> TreatmentSession | None:
    """Return the latest standing session that had ended by then, or None."""
    return db.session.scalars(_LATEST, {"patient_id": patient_id, "at": at}).one_or_none()


def list_recent(patient_id: UUID, since: datetime) -> Sequence[TreatmentSession]:
    """Return the standing sessions of a patient that ended since then, oldest first."""
    statement = select(TreatmentSession).where(
        TreatmentSession.patient_id == patient_id,
        TreatmentSession.ended_at >= since,
        TreatmentSession.status == SessionStatus.COMPLETED,
    )
    return db.session.scalars(statement.order_by(TreatmentSession.ended_at, TreatmentSession.id)).all()


def list_sessions(
    patient_id: UUID,
    limit: int,
    after: tuple[datetime, UUID] | None,
    ended_from: datetime | None = None,
    ended_to: datetime | None = None,
) -> Sequence[TreatmentSession]:
    """Return a patient's sessions, newest first, one more than the limit."""
    row = TreatmentSession
    statement = select(row).where(row.patient_id == patient_id)
    if ended_from:
        statement = statement.where(row.ended_at >= ended_from)
    if ended_to:
        statement = statement.where(row.ended_at < ended_to)
    if after:
        statement = statement.where(tuple_(row.ended_at, row.id) < tuple_(*after))
    return db.session.scalars(statement.order_by(row.ended_at.desc(), row.id.desc()).limit(limit + 1)).all()


def list_standing(
    patient_id: UUID, limit: int, after: tuple[datetime, UUID] | None, until: datetime | None = None
) -> Sequence[TreatmentSession]:
    """Return a patient's sessions that stand and ended by then, newest first, one more than the limit."""
    row = TreatmentSession
    statement = select(row).where(row.patient_id == patient_id, row.status == SessionStatus.COMPLETED)
    if until:
        statement = statement.where(row.ended_at <= until)
    if after:
        statement = statement.where(tuple_(row.ended_at, row.id) < tuple_(*after))
    return db.session.scalars(statement.order_by(row.ended_at.desc(), row.id.desc()).limit(limit + 1)).all()


def list_tasks(session_id: UUID) -> Sequence[PlanTask]:
    """Return the tasks of a session's plan in order of opening."""
    statement = select(PlanTask).where(PlanTask.session_id == session_id)
    return db.session.scalars(statement.order_by(PlanTask.opens_at, PlanTask.closes_at, PlanTask.id)).all()


def list_answered_by(session_id: UUID, keys: Collection[str], at: datetime) -> list[UUID]:
    """Return the open tasks with these keys whose window holds an instant, in order of opening."""
    given = {"session_id": session_id, "keys": sorted(keys), "at": at}
    return list(db.session.connection().execute(_ANSWERED_BY, given).scalars())


def list_by_ids(session_ids: Sequence[UUID]) -> Sequence[TreatmentSession]:
    """Return these sessions, in no order."""
    if not session_ids:
        return ()
    return db.session.scalars(select(TreatmentSession).where(TreatmentSession.id.in_(session_ids))).all()


def list_tasks_of(session_ids: Sequence[UUID]) -> dict[UUID, list[PlanTask]]:
    """Return the tasks of several plans, each in order of opening."""
    found: dict[UUID, list[PlanTask]] = {}
    if session_ids:
        statement = select(PlanTask).where(PlanTask.session_id.in_(session_ids))
        for task in db.session.scalars(
            statement.order_by(PlanTask.opens_at, PlanTask.closes_at, PlanTask.id)
        ):
            found.setdefault(task.session_id, []).append(task)
    return found


def show_plans_again(patient: PatientFacts, now: datetime) -> None:
    """Let phones read the plans that still run again: the windows stand, their local words do not."""
    running = (PlanTask.patient_id == patient.id) & (PlanTask.closes_at > now)
    db.session.execute(update(PlanTask).where(running).values(sync_seq=patient.sync_seq))


def list_open_tasks(patient_id: UUID, now: datetime) -> Sequence[PlanTask]:
    """Return the tasks of all plans of a patient whose window holds now, soonest to close first."""
    statement = select(PlanTask).where(
        PlanTask.patient_id == patient_id,
        PlanTask.status == StoredStatus.OPEN,
        PlanTask.opens_at <= now,
        PlanTask.closes_at > now,
    )
    return db.session.scalars(statement.order_by(PlanTask.closes_at, PlanTask.id)).all()


def count_boundaries_passed(patient_id: UUID, now: datetime) -> int:
    """Return how many openings, due times and ends of a patient's tasks lie behind; it only ever grows."""
    passed = [
        func.count(case((moment <= now, 1)))
        for moment in (PlanTask.opens_at, PlanTask.due_at, PlanTask.closes_at)
    ]
    overdue = func.count(case((PlanTask.due_at <= now - timedelta(minutes=OVERDUE_AFTER), 1)))
    statement = select(sum(passed, overdue)).where(PlanTask.patient_id == patient_id)
    return db.session.scalar(statement) or 0


def complete_tasks(task_ids: Sequence[UUID], check_in_id: UUID, at: datetime, sync_seq: int) -> None:
    """Mark tasks as answered by this check-in."""
    if task_ids:
        statement = update(PlanTask).where(PlanTask.id.in_(task_ids), PlanTask.status == StoredStatus.OPEN)
        db.session.execute(
            statement.values(
                status=StoredStatus.COMPLETED, completed_at=at, check_in_id=check_in_id, sync_seq=sync_seq
            )
        )


def reopen_tasks(check_in_id: UUID, sync_seq: int, now: datetime) -> bool:
    """Open again the tasks that this check-in answered, while session and window last; say if there were any."""
    answered = (PlanTask.check_in_id == check_in_id) & (PlanTask.status == StoredStatus.COMPLETED)
    standing = select(TreatmentSession.id).where(TreatmentSession.status == SessionStatus.COMPLETED)
    opened = db.session.execute(
        update(PlanTask)
        .where(answered, PlanTask.closes_at > now, PlanTask.session_id.in_(standing))
        .values(status=StoredStatus.OPEN, completed_at=None, check_in_id=None, sync_seq=sync_seq)
        .returning(PlanTask.id)
    )
    return bool(opened.all())


def set_assess_after(session: TreatmentSession, moment: datetime | None) -> None:
    """Say when the worker should next ask whether the checks went unanswered; None: never again."""
    session.assess_after = moment


def list_to_assess(now: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """Return (patient id, session id) of sessions whose checks are to be looked at, longest waiting first."""
    statement = (
        select(TreatmentSession.patient_id, TreatmentSession.id)
        .where(TreatmentSession.assess_after <= now)
        .order_by(TreatmentSession.assess_after)
        .limit(limit)
    )
    return [(row.patient_id, row.id) for row in db.session.execute(statement)]


_LATEST = (
    select(TreatmentSession)
    .where(
        TreatmentSession.patient_id == bindparam("patient_id"),
        TreatmentSession.ended_at <= bindparam("at", type_=TreatmentSession.ended_at.type),
        TreatmentSession.status == SessionStatus.COMPLETED,
    )
    .order_by(TreatmentSession.ended_at.desc(), TreatmentSession.id.desc())
    .limit(1)
)


_AT = bindparam("at", type_=PlanTask.opens_at.type)
_ANSWERED_BY = (
    select(PlanTask.id)
    .where(
        PlanTask.session_id == bindparam("session_id"),
        PlanTask.key.in_(bindparam("keys", expanding=True)),
        PlanTask.status == StoredStatus.OPEN,
        PlanTask.opens_at <= _AT,
        PlanTask.closes_at > _AT,
    )
    .order_by(PlanTask.opens_at, PlanTask.closes_at, PlanTask.id)
)


def _check_end(ended_at: datetime, now: datetime) -> None:
    if ended_at > now + AHEAD:
        raise Invalid(Fault("#/ended_at", "in_the_future", "A session is recorded after its end."))
    if ended_at < now - LATE_RECORDING:
        raise Invalid(Fault("#/ended_at", "too_old", "A session can be recorded up to 7 days after its end."))


def _insert_tasks(session: TreatmentSession, patient: PatientFacts, tasks: Sequence[PlannedTask]) -> None:
    rows = [
        {
            "id": ids.new_id(),
            "session_id": session.id,
            "patient_id": patient.id,
            "key": task.key,
            "occurrence": task.occurrence,
            "kind": task.kind.value,
            "opens_at": task.opens_at,
            "due_at": task.due_at,
            "closes_at": task.closes_at,
            "status": StoredStatus.OPEN.value,
            "sync_seq": patient.sync_seq,
        }
        for task in tasks
    ]
    if rows:
        db.session.execute(insert(PlanTask), rows)
