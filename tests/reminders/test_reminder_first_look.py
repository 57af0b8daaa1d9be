"""The facts that end a claimed message at once, each as the last look would end it, and those that do not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.jobs.due_rows import read_row
from tests.reminders.test_pause_flow import set_pause
from tests.scene import ENDED, Scene
from tracker import ids
from tracker.alerts.models import Alert
from tracker.appointments.models import Appointment
from tracker.db import db, transaction
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.verdicts import Drop, Verdict
from tracker.delivery.vocabulary import Purpose, Reason, State
from tracker.engine.last_look import FIRST_LOOK, LAST_LOOK
from tracker.jobs.dispatch import TickReport, run_once
from tracker.jobs.exits import Exits
from tracker.people.models import Patient
from tracker.sessions.models import PlanTask, TreatmentSession

CHECK, EVENING_BEFORE = 24, 24 * 6 + 2
ASKED_ANYWAY = 0.25
Change = Callable[[Scene], None]


def setting(model: type[Any], **values: Any) -> Change:
    """Change what the facts are read from, as if whoever did it had left the messages alone."""

    def change(_: Scene) -> None:
        with transaction():
            db.session.execute(update(model).values(**values))

    return change


def pause(scene: Scene) -> None:
    set_pause(scene, CHECK, True)


REMINDERS: list[tuple[Change, Reason]] = [
    (setting(Patient, status="archived"), Reason.PATIENT_INACTIVE),
    (setting(Patient, consents_granted=["data_processing"]), Reason.CONSENT_WITHDRAWN),
    (pause, Reason.PAUSED_BY_PATIENT),
    (setting(PlanTask, status="completed"), Reason.ANSWERED),
    (setting(TreatmentSession, status="entered_in_error"), Reason.CANCELLED),
    (setting(TreatmentSession, generation=2), Reason.CANCELLED),
]
APPOINTMENTS: list[tuple[Change, Reason]] = [
    (setting(Patient, status="archived"), Reason.PATIENT_INACTIVE),
    (setting(Appointment, status="cancelled"), Reason.CANCELLED),
    (setting(Appointment, generation=2), Reason.CANCELLED),
]
ALERTS: list[tuple[Change, Drop]] = [
    (setting(Alert, status="acknowledged"), Drop(State.CANCELLED, Reason.ACKNOWLEDGED)),
    (setting(Alert, status="resolved"), Drop(State.CANCELLED, Reason.RESOLVED)),
    (setting(Alert, settling=True, severity="attention"), Drop(State.SUPPRESSED, Reason.SETTLING)),
]


def never(row: Dispatch, _: datetime) -> Verdict:
    raise AssertionError(row.step_key)


def work(scene: Scene) -> TickReport:
    """Let the worker do one round in which neither alert nor reminder may come to the last look.

    By one sender: another that holds the patient for the list of tomorrow's visits would leave it to that look.
    """
    exits = Exits({"email": scene.postbox})
    last_look = {**LAST_LOOK, Purpose.ALERT: never, Purpose.REMINDER: never}
    settings = replace(scene.app.extensions["settings"], sender_threads=1)
    return run_once(settings, ids.new_id(), last_look=last_look, exits=exits)


def due(scene: Scene, purpose: Purpose) -> list[Dispatch]:
    db.session.rollback()
    which = (Dispatch.purpose == purpose, Dispatch.ended_at.is_(None))
    return list(db.session.scalars(select(Dispatch).where(*which, Dispatch.next_attempt_at <= scene.clock())))


def looks(rows: list[Dispatch], purpose: Purpose, now: datetime) -> tuple[list[Verdict], list[Drop | None]]:
    """Return what the last and what the first look say of each."""
    with transaction():
        found = FIRST_LOOK[purpose]([row.id for row in rows], now)
        return [LAST_LOOK[purpose](row, now) for row in rows], [found.get(row.id) for row in rows]


@pytest.mark.parametrize(("change", "reason"), REMINDERS)
def test_a_reminder_that_is_not_wanted_ends_at_its_claim(
    scene: Scene, change: Change, reason: Reason
) -> None:
    scene.treat()
    scene.work_through(CHECK - 1)
    scene.at(CHECK)
    change(scene)
    [row] = due(scene, Purpose.REMINDER)
    drop = Drop(State.SUPPRESSED, reason)
    assert looks([row], Purpose.REMINDER, scene.clock()) == ([drop], [drop])
    before = db.session.scalars(select(Patient.sync_seq).where(Patient.id == row.patient_id)).one()
    assert work(scene) == TickReport(claimed=1, suppressed=1)
    row = read_row(row.id)
    assert (row.state, row.reason, row.ended_at) == (State.SUPPRESSED, reason, scene.clock())
    assert row.sync_seq == before + 1


@pytest.mark.parametrize(("change", "reason"), APPOINTMENTS)
def test_a_message_about_an_appointment_ends_at_its_claim(
    scene: Scene, change: Change, reason: Reason
) -> None:
    scene.book()
    scene.at(EVENING_BEFORE)
    change(scene)
    [row] = due(scene, Purpose.REMINDER)
    drop = Drop(State.SUPPRESSED, reason)
    assert looks([row], Purpose.REMINDER, scene.clock()) == ([drop], [drop])
    work(scene)
    assert (read_row(row.id).state, read_row(row.id).reason) == (drop.state, drop.reason)


@pytest.mark.parametrize(("change", "drop"), ALERTS)
def test_a_message_about_an_alert_ends_at_its_claim(scene: Scene, change: Change, drop: Drop) -> None:
    scene.treat()
    scene.work_through(3)
    scene.say(3, red_flags=["chest_pain"])
    change(scene)
    [row] = due(scene, Purpose.ALERT)
    assert looks([row], Purpose.ALERT, scene.clock()) == ([drop], [drop])
    report = work(scene)
    assert (report.claimed, getattr(report, drop.state), report.failed) == (1, 1, 0)


def test_the_question_after_an_emergency_is_asked_whatever_was_withdrawn(scene: Scene) -> None:
    scene.treat()
    scene.work_through(1)
    scene.say(2, red_flags=["chest_pain"])
    setting(Patient, status="archived")(scene)
    scene.at(2 + ASKED_ANYWAY)
    asked = [row for row in due(scene, Purpose.REMINDER) if row.anchor_kind == "emergency"]
    assert len(asked) == 1
    assert FIRST_LOOK[Purpose.REMINDER]([asked[0].id], scene.clock()) == {}


def test_what_was_tried_before_waits_for_who_reads_its_attempts(scene: Scene) -> None:
    scene.treat()
    scene.work_through(CHECK - 1)
    scene.at(CHECK)
    setting(Patient, status="archived")(scene)
    setting(Dispatch, attempt_count=1)(scene)
    [row] = due(scene, Purpose.REMINDER)
    assert FIRST_LOOK[Purpose.REMINDER]([row.id], scene.clock()) == {}


def test_a_row_that_cannot_be_looked_at_holds_up_no_other(scene: Scene) -> None:
    scene.treat()
    scene.treat(scene.cast.paul)
    scene.work_through(CHECK - 1)
    scene.at(CHECK)
    setting(Patient, status="archived")(scene)
    broken, whole = due(scene, Purpose.REMINDER)
    with transaction():
        db.session.execute(update(Dispatch).where(Dispatch.id == broken.id).values(step_key="unheard_of"))
    found = FIRST_LOOK[Purpose.REMINDER]([broken.id, whole.id], scene.clock())
    assert set(found) == {whole.id}
    assert work(scene) == TickReport(claimed=2, suppressed=1, failed=1)


def test_what_is_wanted_is_left_alone(scene: Scene) -> None:
    scene.treat()
    scene.work_through(CHECK - 1)
    scene.at(CHECK)
    [row] = due(scene, Purpose.REMINDER)
    assert FIRST_LOOK[Purpose.REMINDER]([row.id], scene.clock()) == {}
    scene.work()
    assert scene.postbox.to(scene.cast.pia)[-1] == ENDED + timedelta(hours=CHECK)


def test_a_worker_outside_does_not_get_what_nobody_wants(scene: Scene) -> None:
    scene.treat()
    scene.work_through(CHECK - 1)
    scene.at(CHECK)
    setting(Patient, status="archived")(scene)
    [row] = due(scene, Purpose.REMINDER)
    answer = scene.cast.client.post(
        "/v1/reminder-claims", json={"limit": 10, "lease_seconds": 60}, headers=scene.cast.robo.headers
    )
    assert answer.get_json()["items"] == []
    row = read_row(row.id)
    assert (row.state, row.reason) == (State.SUPPRESSED, "patient_inactive")
