"""The statements of the dispatch engine, built once and alike on both databases."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CursorResult,
    Executable,
    Insert,
    Update,
    and_,
    bindparam,
    case,
    false,
    func,
    insert,
    not_,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.elements import ColumnElement

from tracker.db import db, is_sqlite
from tracker.delivery import pauses
from tracker.delivery.models import DeliveryAttempt, Dispatch, DispatchMove
from tracker.delivery.rules.hand_over import NewAttempt, ProviderAnswer, RowChange
from tracker.delivery.rules.verdicts import Drop
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, Reason, State
from tracker.people import patients
from tracker.people.models import Patient


def _seen_in_row(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition in a form for which no index is searched.

    Most messages are over, and the statistics of one column do not know that: by them nearly every open message
    is due or of the wanted purpose, and the index of another column, read whole, looks no dearer.
    """
    return case((condition, true()), else_=false())


_OPEN = Dispatch.ended_at.is_(None)
_DUE_NOW = (
    _OPEN,
    Dispatch.next_attempt_at <= bindparam("now"),
    _seen_in_row(Dispatch.not_after > bindparam("now")),
    *pauses.list_permits(Dispatch),
)
_CLAIMABLE = (*_DUE_NOW, Dispatch.waits_for.is_(None))
_NO_OWNER = {"claim_token": None, "claimed_by": None}


def _claiming(*which: ColumnElement[bool]) -> ReturningUpdate[UUID, UUID, str, int]:
    # On PostgreSQL the CTE is what makes LIMIT hold: a sub-select with FOR UPDATE may be run more than once.
    due = (
        select(Dispatch.id)
        .where(*which)
        .order_by(Dispatch.next_attempt_at)
        .limit(bindparam("batch"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(Dispatch)
        .where(Dispatch.id.in_(select(due.c.id)))
        .values(
            state=State.CLAIMED,
            claim_token=bindparam("token"),
            claimed_by=bindparam("owner"),
            claims=Dispatch.claims + 1,
            next_attempt_at=bindparam("lease_end"),
            waits_for=None,
        )
        .returning(Dispatch.id, Dispatch.patient_id, Dispatch.purpose, Dispatch.claims)
    )


_WANTED, _CLINIC = Dispatch.purpose == bindparam("wanted"), Dispatch.clinic_id == bindparam("clinic")
_CLAIM = _claiming(*_CLAIMABLE, _WANTED)
_CLAIM_OF_CLINIC = _claiming(*_CLAIMABLE, _WANTED, _seen_in_row(_CLINIC))
_CLAIM_WAITING = _claiming(*_DUE_NOW, _CLINIC, Dispatch.waits_for.is_not(None), _seen_in_row(_WANTED))
_CLOCK = select(func.clock_timestamp())
_DUE_BY_PURPOSE = [
    select(Dispatch.id)
    .where(*_CLAIMABLE, Dispatch.purpose == purpose)
    .order_by(Dispatch.next_attempt_at)
    .limit(bindparam("most"))
    .subquery()
    for purpose in Purpose
]
_DUE = select(func.count()).select_from(
    union_all(*(select(due) for due in _DUE_BY_PURPOSE)).limit(bindparam("most")).subquery()
)
_CLOSE_OPEN_ATTEMPTS = (
    update(DeliveryAttempt)
    .where(
        DeliveryAttempt.dispatch_id.in_(bindparam("dispatch_ids", expanding=True)),
        DeliveryAttempt.ended_at.is_(None),
    )
    .values(outcome=AttemptOutcome.UNKNOWN, ended_at=bindparam("now"))
)
_HELD_BY_TOKEN = (Dispatch.claim_token == bindparam("token"), Dispatch.state == State.CLAIMED)
_FREE = (
    select(Dispatch.id)
    .where(Dispatch.id.in_(bindparam("dispatch_ids", expanding=True)), *_HELD_BY_TOKEN)
    .with_for_update(skip_locked=True)
    .cte("free")
)
_UNCLAIM = update(Dispatch).values(
    state=State.SCHEDULED, claims=Dispatch.claims - 1, next_attempt_at=bindparam("now"), **_NO_OWNER
)
_GIVE_BACK = _UNCLAIM.where(Dispatch.id == bindparam("dispatch_id"), *_HELD_BY_TOKEN)
_GIVE_BACK_FREE = _UNCLAIM.where(Dispatch.id.in_(select(_FREE.c.id))).returning(Dispatch.id)
_LOCK_CLAIMED = (
    select(Dispatch, not_(and_(*pauses.list_permits(Dispatch))))
    .where(
        Dispatch.id == bindparam("dispatch_id"),
        Dispatch.claim_token == bindparam("token"),
        Dispatch.state == State.CLAIMED,
        Dispatch.next_attempt_at > bindparam("now"),  # begun after its lease it could be handed over twice
    )
    .with_for_update(of=Dispatch)
    .execution_options(populate_existing=True)
)
_ATTEMPT = insert(DeliveryAttempt).values({name: bindparam(f"new_{name}") for name in NewAttempt._fields})
_BEGIN = update(Dispatch).where(Dispatch.id == bindparam("row_id")).values(state=State.SENDING, reason=None)
_MOVE = insert(DispatchMove)
# The fence: only who holds the row, and has begun it, may say how it ended.
_END_SENDING = (
    update(Dispatch)
    .where(
        Dispatch.id == bindparam("row_id"),
        Dispatch.claim_token == bindparam("token"),
        Dispatch.state == State.SENDING,
    )
    .values(**_NO_OWNER)
)
_PUT_OFF_SENDING = _END_SENDING.values(claims=Dispatch.claims - 1)
_POSITION = select(Patient.sync_seq).where(Patient.id == Dispatch.patient_id).scalar_subquery()
# An answer that comes late replaces "unknown" and nothing else.
_ANSWER = (
    update(DeliveryAttempt)
    .where(
        DeliveryAttempt.id == bindparam("attempt_id"),
        or_(DeliveryAttempt.outcome.is_(None), DeliveryAttempt.outcome == AttemptOutcome.UNKNOWN),
    )
    .values({name: bindparam(f"told_{name}") for name in ProviderAnswer._fields})
)


class _Pair:
    """A change of an attempt and one of its row, of which neither asks what the other did."""

    def __init__(self, of_attempt: Insert | Update, of_row: Update) -> None:
        self._of_attempt, self._of_row = of_attempt, of_row
        self._both = of_row.add_cte(of_attempt.cte("of_attempt"))

    def run(self, of_attempt: Mapping[str, object], of_row: Mapping[str, object]) -> int:
        """Make both, on PostgreSQL in one trip to the server; return how many rows of dispatch were changed."""
        if is_sqlite():
            _run(self._of_attempt, of_attempt)
            return int(_run(self._of_row, of_row).rowcount)
        return int(_run(self._both, {**of_attempt, **of_row}).rowcount)


_BEGIN_BOTH = _Pair(_ATTEMPT, _BEGIN)
_END_BOTH, _PUT_OFF_BOTH = _Pair(_ANSWER, _END_SENDING), _Pair(_ANSWER, _PUT_OFF_SENDING)
_HELD = (
    select(Patient.id)
    .where(Patient.id == bindparam("patient_id"))
    .with_for_update(key_share=True)
    .cte("held")
)
# What the lock is waited for stands inside, so the clock is read once it is held.
_HOLD_PATIENT = select(func.clock_timestamp()).select_from(_HELD)


def _late(purpose: Purpose) -> tuple[ColumnElement[bool], ...]:
    # A hand-over whose lease still runs is left to its worker: the answer will say how it ended.
    given_up = or_(Dispatch.state != State.SENDING, Dispatch.next_attempt_at <= bindparam("now"))
    return _OPEN, Dispatch.not_after <= bindparam("now"), given_up, _seen_in_row(Dispatch.purpose == purpose)


def _expiring(*which: ColumnElement[bool], **shown: object) -> ReturningUpdate[UUID]:
    ended: dict[str, object] = {
        "state": State.EXPIRED,
        "reason": Reason.EXPIRED,
        "ended_at": bindparam("now"),
        **_NO_OWNER,
    }
    return update(Dispatch).where(*which).values({**ended, **shown}).returning(Dispatch.id)


_PATIENTS_OF_LATE = select(Dispatch.patient_id).where(*_late(Purpose.REMINDER)).limit(bindparam("most"))
_LOCK_PATIENTS_OF_LATE = (
    select(Patient.id)
    .where(Patient.id.in_(_PATIENTS_OF_LATE))
    .order_by(Patient.id)
    .with_for_update(skip_locked=True, key_share=True)
)
_EXPIRE_REMINDERS = _expiring(
    *_late(Purpose.REMINDER),
    Dispatch.patient_id.in_(bindparam("patient_ids", expanding=True)),
    sync_seq=_POSITION,
)
_EXPIRE_STAFF_MESSAGES = [_expiring(*_late(purpose)) for purpose in (Purpose.ALERT, Purpose.SUMMARY)]


class Claimed(NamedTuple):
    """One row that was claimed."""

    id: UUID
    patient_id: UUID
    purpose: str
    claims: int


def database_now() -> datetime:
    """Ask PostgreSQL for this moment; its ``now()`` would be the start of the transaction."""
    moment: datetime = _run(_CLOCK, {}).scalar_one()
    return moment


def hold_patient(patient_id: UUID) -> datetime:
    """Take the patient's lock on PostgreSQL and return its moment after the wait, in one trip."""
    moment: datetime = _run(_HOLD_PATIENT, {"patient_id": patient_id}).scalar_one()
    return moment


def count_due(now: datetime, most: int) -> int:
    """Return how many rows a worker may take now, counting no further than ``most``."""
    found: int = _run(_DUE, {"now": now, "most": most}).scalar_one()
    return found


def claim_due(
    purpose: Purpose,
    owner: UUID,
    token: UUID,
    now: datetime,
    *,
    batch: int,
    lease: timedelta,
    clinic_id: UUID | None = None,
) -> list[Claimed]:
    """Take what is due or whose lease has ended, in one statement, so that no two workers can both win.

    For one clinic: first what waits for a worker outside, in a statement of its own.
    """
    values = {"owner": owner, "token": token, "lease_end": now + lease, "wanted": purpose, "now": now}
    if clinic_id is None:
        return [Claimed._make(row) for row in _run(_CLAIM, values | {"batch": batch})]
    values["clinic"] = clinic_id
    found = _run(_CLAIM_WAITING, values | {"batch": batch}).all()
    if len(found) < batch:
        found = [*found, *_run(_CLAIM_OF_CLINIC, values | {"batch": batch - len(found)})]
    return [Claimed._make(row) for row in found]


def close_open_attempts(dispatch_ids: Sequence[UUID], now: datetime) -> None:
    """Say of hand-overs whose worker is gone that nobody knows what came of them."""
    _run(_CLOSE_OPEN_ATTEMPTS, {"dispatch_ids": dispatch_ids, "now": now})


def give_back_free(dispatch_ids: Sequence[UUID], token: UUID, now: datetime) -> set[UUID]:
    """Return claimed rows that were not begun and that nobody else locks; says which those were."""
    values = {"dispatch_ids": dispatch_ids, "token": token, "now": now}
    return {row.id for row in _run(_GIVE_BACK_FREE, values)}


def give_back(dispatch_id: UUID, token: UUID, now: datetime) -> bool:
    """Return a claimed row that was not begun; returns whether it still belonged to this token."""
    return bool(_run(_GIVE_BACK, {"dispatch_id": dispatch_id, "token": token, "now": now}).rowcount)


def end_claimed(ends: Mapping[UUID, Drop], token: UUID, now: datetime) -> set[UUID]:
    """End rows that this token holds and has not begun, each in its own way; returns which those were.

    A reminder shows it at its patient's position, which the caller has moved.
    """
    alike: dict[Drop, list[UUID]] = {}
    for dispatch_id, drop in ends.items():
        alike.setdefault(drop, []).append(dispatch_id)
    *others, (last, _) = alike.items()
    groups = [(Dispatch.id.in_(members), drop) for drop, members in others]
    shown = case((Dispatch.purpose == Purpose.REMINDER, _POSITION), else_=Dispatch.sync_seq)
    statement = (
        update(Dispatch)
        .where(Dispatch.id.in_(list(ends)), Dispatch.claim_token == token, Dispatch.state == State.CLAIMED)
        .values(
            state=case(*((these, drop.state) for these, drop in groups), else_=last.state)
            if groups
            else last.state,
            reason=case(*((these, drop.reason) for these, drop in groups), else_=last.reason)
            if groups
            else last.reason,
            ended_at=now,
            sync_seq=shown,
            **_NO_OWNER,
        )
        .returning(Dispatch.id)
        .execution_options(synchronize_session=False)
    )
    return set(db.session.scalars(statement))


def lock_claimed(dispatch_id: UUID, token: UUID, now: datetime) -> tuple[Dispatch, bool] | None:
    """Lock and re-read a row that this token holds and has not begun, and say whether it is paused.

    None: it was taken away, or the lease has ended.
    """
    which = {"dispatch_id": dispatch_id, "token": token, "now": now}
    found = db.session.execute(_LOCK_CLAIMED, which).one_or_none()
    return (found[0], bool(found[1])) if found else None


def list_attempts(dispatch_id: UUID) -> Sequence[DeliveryAttempt]:
    """Return the hand-overs of one row, first to last."""
    return db.session.scalars(
        select(DeliveryAttempt)
        .where(DeliveryAttempt.dispatch_id == dispatch_id)
        .order_by(DeliveryAttempt.number)
        .execution_options(populate_existing=True)
    ).all()


def begin(attempt: NewAttempt) -> None:
    """Write the attempt and put its row, which is locked, to ``sending``."""
    new = {f"new_{name}": value for name, value in attempt._asdict().items()}
    _BEGIN_BOTH.run(new, {"row_id": attempt.dispatch_id, "attempt_count": attempt.number})


def add_move(row: Mapping[str, object]) -> None:
    """Write that a message leaves at another moment."""
    _run(_MOVE, row)


def record(
    attempt_id: UUID,
    answer: ProviderAnswer,
    dispatch_id: UUID,
    token: UUID,
    values: RowChange,
    *,
    give_count_back: bool,
) -> bool:
    """Write the answer to a hand-over, and what follows from it if this token still holds the row; say whether."""
    told = {f"told_{name}": value for name, value in answer._asdict().items()}
    both = _PUT_OFF_BOTH if give_count_back else _END_BOTH
    row = {"row_id": dispatch_id, "token": token, **values}
    return bool(both.run({"attempt_id": attempt_id} | told, row))


def lock_patients_of_late(now: datetime, most: int) -> list[UUID]:
    """Lock patients with reminders past their not-after, passing over those somebody else holds."""
    return [row.id for row in _run(_LOCK_PATIENTS_OF_LATE, {"now": now, "most": most})]


def expire_reminders(patient_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """End the late reminders of these patients, whose locks are held, and show that to their phones."""
    patients.move_positions(patient_ids)
    return [row.id for row in _run(_EXPIRE_REMINDERS, {"now": now, "patient_ids": patient_ids})]


def expire_staff_messages(now: datetime) -> list[UUID]:
    """End the late messages to staff; no phone of a patient shows them."""
    return [row.id for expiring in _EXPIRE_STAFF_MESSAGES for row in _run(expiring, {"now": now})]


def _run(statement: Executable, parameters: Mapping[str, object]) -> CursorResult[Any]:
    # Past the session's own handling of updates, which costs more than the statement itself.
    return db.session.connection().execute(statement, parameters)
