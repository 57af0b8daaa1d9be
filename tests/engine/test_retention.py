"""Old reminders are deleted with all that belongs to them, and nothing that somebody may still ask about."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from tests.jobs.due_rows import make_due
from tests.scene import ENDED, Scene
from tracker import ids
from tracker.audit.models import AuditEvent
from tracker.db import db, is_sqlite, transaction
from tracker.delivery.links import make_link
from tracker.delivery.models import DeliveryAttempt, Dispatch, DispatchMove
from tracker.engine import retention
from tracker.engine.last_look import LAST_LOOK
from tracker.jobs.tasks import Worker, forget_reminders
from tracker.jobs.watchdog import Watchdog
from tracker.people.models import Patient
from tracker.sessions.models import PlanTask, TreatmentSession

KEPT = timedelta(days=300)  # the cast is signed in for a year


def forget(scene: Scene, days: int = KEPT.days) -> None:
    """Let the worker do what it does once a day."""
    settings = replace(scene.app.extensions["settings"], keep_reminders_days=days)
    exits: Any = None
    forget_reminders(Worker(scene.app, settings, ids.new_id(), scene.clock(), LAST_LOOK, exits, Watchdog(30)))
    db.session.rollback()


def rows(*models: type) -> list[int]:
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


def purposes() -> Counter[str]:
    db.session.rollback()
    return Counter(db.session.scalars(select(Dispatch.purpose)))


def ended_course(scene: Scene) -> None:
    """A course from its session to its end."""
    scene.treat()
    scene.book()
    for hours in (24.5, 48.5):
        scene.work_through(hours)
        scene.say(hours, soreness=1)
    scene.work_through(24 * 9)


def test_a_course_is_forgotten_when_its_days_are_over(scene: Scene) -> None:
    ended_course(scene)
    (first, *_rest) = scene.get("/v1/reminders", scene.cast.pia)["items"]
    before = rows(AuditEvent, PlanTask, TreatmentSession)
    scene.clock.move_to(ENDED + KEPT)
    forget(scene)
    assert first["id"] in {item["id"] for item in scene.get("/v1/reminders", scene.cast.pia)["items"]}
    scene.clock.move_to(ENDED + KEPT + timedelta(days=10))
    forget(scene)
    assert rows(Dispatch, DeliveryAttempt, DispatchMove) == [0, 0, 0]
    assert rows(AuditEvent, PlanTask, TreatmentSession)[1:] == before[1:]
    assert rows(AuditEvent)[0] >= before[0]
    explanation = f"/v1/reminders/{first['id']}/explanation"
    answer = scene.cast.client.get(explanation, headers=scene.cast.pia.headers)
    assert answer.status_code == 404
    settings = scene.app.extensions["settings"]
    link = make_link("", settings.secret_key, UUID(first["id"]))
    assert scene.cast.client.get(link).status_code == 200  # the neutral page
    scene.treat(ended_at=scene.clock().isoformat())  # life goes on


@pytest.mark.parametrize("days", [0, 500])
def test_what_is_to_be_kept_is_kept(scene: Scene, days: int) -> None:
    ended_course(scene)
    scene.clock.move_to(ENDED + KEPT + timedelta(days=10))
    before = rows(Dispatch, DeliveryAttempt, DispatchMove)
    forget(scene, days)
    assert rows(Dispatch, DeliveryAttempt, DispatchMove) == before


def test_a_course_is_kept_while_its_alert_is_unfinished_and_alert_messages_stay(scene: Scene) -> None:
    scene.treat()
    scene.work_through(24.5)
    scene.say(24.5, soreness=9)
    scene.work_through(24 * 9)
    before = purposes()
    assert before["alert"]
    assert before["reminder"]
    scene.clock.move_to(ENDED + KEPT + timedelta(days=30))
    forget(scene)
    assert purposes() == before
    with transaction():
        db.session.execute(text("UPDATE alert SET status = 'resolved'"))
    forget(scene)
    assert purposes() == {"alert": before["alert"]}


@pytest.mark.parametrize("keeping", ["task", "assessment"])
def test_a_course_is_kept_while_its_plan_is_open(scene: Scene, keeping: str) -> None:
    ended_course(scene)
    scene.clock.move_to(ENDED + KEPT + timedelta(days=30))
    with transaction():
        session = db.session.scalars(select(TreatmentSession)).one()
        task = db.session.scalars(select(PlanTask).limit(1)).one()
        if keeping == "task":
            task.status, task.closes_at = "open", scene.clock() + timedelta(hours=1)
        else:
            session.assess_after = scene.clock()
        db.session.flush()
    forget(scene)
    kinds = {row.anchor_kind for row in db.session.query(Dispatch)}
    assert kinds == {"session"}, "only what belongs to the open plan is kept"
    with transaction():
        db.session.execute(text("UPDATE plan_task SET status = 'completed'"))
        db.session.execute(text("UPDATE treatment_session SET assess_after = NULL"))
    forget(scene)
    assert rows(Dispatch) == [0]


def test_what_asked_for_another_stays_as_long_as_that_one(scene: Scene) -> None:
    patient = db.session.get_one(Patient, scene.cast.pia.patient_id)
    old, older = scene.clock(), scene.clock() - timedelta(days=1)
    over = {"state": "accepted", "reason": "accepted", "not_after": old, "ended_at": old}
    [asking] = make_due(patient, older)
    [asked_for] = make_due(patient, older)
    with transaction():
        for row_id in (asking, asked_for):
            row = db.session.get_one(Dispatch, row_id)
            for name, value in over.items():
                setattr(row, name, value)
        db.session.get_one(Dispatch, asked_for).merged_into_id = asking
        db.session.get_one(Dispatch, asked_for).ended_at = old + timedelta(days=5)
        db.session.flush()
    scene.clock.move_to(old + KEPT + timedelta(days=1))
    forget(scene)
    assert rows(Dispatch) == [2]
    scene.clock.move_to(old + KEPT + timedelta(days=6))
    forget(scene)
    assert rows(Dispatch) == [0]


def test_batches_find_all_whatever_their_size_and_leave_what_is_open(scene: Scene) -> None:
    patient = db.session.get_one(Patient, scene.cast.pia.patient_id)
    ended = make_due(patient, scene.clock(), count=10)
    make_due(patient, scene.clock(), count=3)  # never handed over, and not yet ended
    with transaction():
        for row in db.session.query(Dispatch).filter(Dispatch.id.in_(ended)):
            row.state, row.reason, row.ended_at = "expired", "expired", scene.clock()
        db.session.flush()
    scene.clock.move_to(ENDED + KEPT + timedelta(days=30))
    place, rounds = None, 0
    while rounds == 0 or place is not None:
        with transaction():
            place = retention.delete_old(place, scene.clock() - KEPT, scene.clock(), 4)
        rounds += 1
    assert rounds == 4
    assert [row.state for row in db.session.query(Dispatch)] == ["scheduled"] * 3


def test_a_row_that_somebody_holds_is_left_for_later(scene: Scene, app: Flask) -> None:
    if is_sqlite():
        return  # one writer: nobody else holds anything
    ended_course(scene)
    scene.clock.move_to(ENDED + KEPT + timedelta(days=30))
    engine = db.engine
    with engine.connect() as other, other.begin():
        held = other.execute(text("SELECT id FROM dispatch ORDER BY id LIMIT 1 FOR UPDATE")).scalar_one()
        forget(scene)
        assert [row.id for row in db.session.query(Dispatch)] == [held]
    forget(scene)
    assert rows(Dispatch) == [0]
