"""Due messages that no worker inside takes: those of paused clinics, and those left to a worker outside."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.sql.elements import ColumnElement

from tracker.db import db
from tracker.delivery import pauses
from tracker.delivery.models import Dispatch
from tracker.delivery.states import Purpose, WaitsFor
from tracker.people import accounts


def set_aside(now: datetime, most: int) -> int:
    """Move what is due of paused clinics out of the way of every claim, and what waited for a resumed clinic back.

    Returns how many rows were moved, so many at once and those that nobody holds. It asks what is paused now, so
    it comes right however pauses and rounds of workers cross.
    """
    paused = pauses.list_paused_clinics()
    moved = 0
    if paused:
        for purpose in Purpose:
            due = (Dispatch.waits_for.is_(None), Dispatch.purpose == purpose, Dispatch.next_attempt_at <= now)
            moved += _mark(WaitsFor.RESUME, (*due, Dispatch.clinic_id.in_(paused)), most)
    once = pauses.select_resumed_clinics()
    back = (
        Dispatch.clinic_id.in_(once),
        Dispatch.clinic_id.not_in(paused),
        Dispatch.waits_for == WaitsFor.RESUME,
    )
    return moved + _mark(None, back, most)


def take_back(now: datetime, most: int) -> int:
    """Let workers inside decide anew about what waits for a worker outside where the clinic has none any more."""
    left_outside = (Dispatch.ended_at.is_(None), Dispatch.waits_for == WaitsFor.OUTSIDE_WORKER)
    clinics = db.session.scalars(select(Dispatch.clinic_id).where(*left_outside).distinct()).all()
    unserved = [each for each in clinics if not accounts.find_served_outside(each, now)]
    return _mark(None, (*left_outside, Dispatch.clinic_id.in_(unserved)), most) if unserved else 0


def _mark(waits_for: WaitsFor | None, which: tuple[ColumnElement[bool], ...], most: int) -> int:
    some = (
        select(Dispatch.id)
        .where(Dispatch.ended_at.is_(None), *which)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("some")
    )
    chosen = update(Dispatch).where(Dispatch.id.in_(select(some.c.id)))
    marked = chosen.values(waits_for=waits_for).returning(Dispatch.id)
    return len(db.session.execute(marked.execution_options(synchronize_session=False)).all())
