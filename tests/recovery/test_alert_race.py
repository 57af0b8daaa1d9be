"""Two answers of one patient at the same instant: no alert is missed, none is doubled (R13)."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from tests.recovery.scene import ENDED, Scene
from tests.support.keys import new_key
from tracker import clock
from tracker.alerts.models import Alert
from tracker.checkins.models import CheckIn
from tracker.db import db, is_sqlite, transaction
from tracker.people.models import Patient
from tracker.recovery import check_ins

PAIRS = 200
PAIRS_ON_SQLITE = 20  # one writer at a time: a race has nowhere to happen


def test_barrier_started_pairs_of_check_ins_raise_exactly_one_alert_each(scene: Scene) -> None:
    pairs = PAIRS_ON_SQLITE if is_sqlite() else PAIRS
    sessions = [treat_again(scene, number) for number in range(pairs)]
    scene.at(51 + pairs / 60)
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []
    threads = [threading.Thread(target=log_all, args=(scene, sessions, barrier, failures)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    db.session.rollback()
    per_session = select(Alert.session_id, func.count()).group_by(Alert.session_id)
    assert sorted(count for _, count in db.session.execute(per_session)) == [1] * pairs
    assert db.session.scalar(select(func.count()).select_from(CheckIn)) == 2 * pairs


def test_the_patients_position_has_no_gap_and_no_double(scene: Scene) -> None:
    sessions = [treat_again(scene, number) for number in range(10)]
    scene.at(52)
    before = db.session.scalar(select(Patient.sync_seq).where(Patient.id == scene.cast.pia.patient_id))
    barrier, failures = threading.Barrier(2), list[BaseException]()
    threads = [threading.Thread(target=log_all, args=(scene, sessions, barrier, failures)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert before is not None
    positions = db.session.scalars(select(CheckIn.sync_seq).order_by(CheckIn.sync_seq)).all()
    assert list(positions) == list(range(before + 1, before + 21))


def treat_again(scene: Scene, number: int) -> Any:
    """One more session of the same patient, so that all pairs fight for one lock."""
    scene.at(number / 60)
    return scene.treat(ended_at=(ENDED + timedelta(minutes=number)).isoformat())["session"]["id"]


def log_all(
    scene: Scene, sessions: list[Any], barrier: threading.Barrier, failures: list[BaseException]
) -> None:
    with scene.app.app_context():
        for session_id in sessions:
            barrier.wait(30)
            values = {
                "recorded_at": clock.now(),
                "time_zone": "Europe/Berlin",
                "session_id": UUID(session_id),
                "soreness": 6,
                "red_flags": [],
            }
            try:
                with transaction():
                    pia = scene.cast.pia
                    check_ins.log_check_in(pia.actor, pia.patient_id, new_key(), values, clock.now())
            except BaseException as error:
                failures.append(error)
                raise
