"""An operator's pauses: nothing leaves at all, for one clinic, or by one channel, until it is resumed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Executable, Select, bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.elements import ColumnElement

from tracker import ids
from tracker.db import db
from tracker.delivery.models import Dispatch, SendingPause
from tracker.delivery.vocabulary import PauseScope, Purpose, WaitsFor
from tracker.people import accounts

# How soon a paused channel is asked for again.
PAUSED_LOOK = timedelta(seconds=30)

_STANDING = SendingPause.resumed_at.is_(None)


def list_permits(dispatch: type[Dispatch]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that not everything is paused, and that the message's clinic is not.

    Neither asks the pauses about a single message, so they are read once for a whole claim; and where everything
    is paused, no message is read at all.
    """
    whole = select(SendingPause.id).where(_STANDING, SendingPause.scope == PauseScope.ALL).exists()
    clinics = select(SendingPause.clinic_id).where(_STANDING, SendingPause.clinic_id.is_not(None))
    return ~whole, dispatch.clinic_id.not_in(clinics)


def pause(
    scope: PauseScope, note: str, now: datetime, *, clinic_id: UUID | None = None, channel: str | None = None
) -> bool:
    """Let nothing leave from now on; returns whether that is new."""
    if db.session.scalars(_same(scope, clinic_id, channel)).first() is not None:
        return False
    row = {"id": ids.new_id(), "scope": scope, "clinic_id": clinic_id, "channel": channel, "note": note}
    db.session.execute(insert(SendingPause).values(paused_at=now, **row))
    return True


def resume(
    scope: PauseScope, now: datetime, *, clinic_id: UUID | None = None, channel: str | None = None
) -> bool:
    """Let messages leave again; returns whether anything was paused."""
    found = db.session.scalars(_same(scope, clinic_id, channel)).all()
    ended = update(SendingPause).where(SendingPause.id.in_(found)).values(resumed_at=now)
    db.session.execute(ended.execution_options(synchronize_session=False))
    return bool(found)


def list_standing() -> Sequence[SendingPause]:
    """Return the pauses that stand now, the oldest first."""
    return db.session.scalars(select(SendingPause).where(_STANDING).order_by(SendingPause.paused_at)).all()


def list_paused_clinics() -> Sequence[UUID]:
    """Return the clinics whose messages an operator holds back now."""
    return [pause.clinic_id for pause in list_standing() if pause.clinic_id is not None]


def find_paused_channels() -> frozenset[str]:
    """Return the channels that an operator has paused."""
    statement = select(SendingPause.channel).where(_STANDING, SendingPause.channel.is_not(None))
    return frozenset(channel for channel in db.session.scalars(statement) if channel)


def _same(scope: PauseScope, clinic_id: UUID | None, channel: str | None) -> Select[UUID]:
    return select(SendingPause.id).where(
        _STANDING,
        SendingPause.scope == scope,
        SendingPause.clinic_id.is_(None) if clinic_id is None else SendingPause.clinic_id == clinic_id,
        SendingPause.channel.is_(None) if channel is None else SendingPause.channel == channel,
    )


def set_aside(now: datetime, most: int) -> int:
    """Move what is due of paused clinics out of the way of every claim, and what waited for a resumed clinic back.

    Returns how many rows were moved, so many at once and those that nobody holds. It asks what is paused now, so
    it comes right however pauses and rounds of workers cross.
    """
    paused = list_paused_clinics()
    asked = {"paused_clinics": paused, "now": now, "most": most}
    aside = sum(_mark(_ASIDE, {**asked, "wanted": purpose}) for purpose in Purpose) if paused else 0
    return aside + _mark(_BACK, asked)


def take_back(now: datetime, most: int) -> int:
    """Let workers inside decide anew about what waits for a worker outside where the clinic has none any more."""
    left_outside = (Dispatch.ended_at.is_(None), Dispatch.waits_for == WaitsFor.OUTSIDE_WORKER)
    clinics = db.session.scalars(select(Dispatch.clinic_id).where(*left_outside).distinct()).all()
    unserved = [each for each in clinics if not accounts.find_served_outside(each, now)]
    return _mark(_TAKE_BACK, {"unserved": unserved, "most": most}) if unserved else 0


def _mark(marking: Executable, asked: Mapping[str, object]) -> int:
    return len(db.session.connection().execute(marking, asked).all())


def _marking(waits_for: WaitsFor | None, *which: ColumnElement[bool]) -> ReturningUpdate[UUID]:
    some = (
        select(Dispatch.id)
        .where(Dispatch.ended_at.is_(None), *which)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("some")
    )
    chosen = update(Dispatch).where(Dispatch.id.in_(select(some.c.id)))
    return chosen.values(waits_for=waits_for).returning(Dispatch.id)


_ASIDE = _marking(
    WaitsFor.RESUME,
    Dispatch.waits_for.is_(None),
    Dispatch.purpose == bindparam("wanted"),
    Dispatch.next_attempt_at <= bindparam("now"),
    Dispatch.clinic_id.in_(bindparam("paused_clinics", expanding=True)),
)
# Of clinics that were paused once, many times, or are again.
_RESUMED = select(SendingPause.clinic_id).where(~_STANDING, SendingPause.clinic_id.is_not(None))
_BACK = _marking(
    None,
    Dispatch.clinic_id.in_(_RESUMED),
    Dispatch.clinic_id.not_in(bindparam("paused_clinics", expanding=True)),
    Dispatch.waits_for == WaitsFor.RESUME,
)
_TAKE_BACK = _marking(
    None,
    Dispatch.waits_for == WaitsFor.OUTSIDE_WORKER,
    Dispatch.clinic_id.in_(bindparam("unserved", expanding=True)),
)
