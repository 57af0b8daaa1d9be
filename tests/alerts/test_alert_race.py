"""Two answers of one patient arrive at the same instant: no alert is missed, none is doubled (R13).

7/10 at 2 h and 7/10 at 7 h are severe together and nothing alone: who does not see the other's answer misses it.
"""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from tests.scene import ENDED, Scene
from tests.support.keys import new_key
from tracker import clock
from tracker.alerts.models import Alert
from tracker.checkins.models import CheckIn
from tracker.checkins.rules.bodies import CheckInBody
from tracker.db import db, is_sqlite, transaction
from tracker.people.models import Patient
from tracker.recovery import check_ins

PAIRS = 100
PAIRS_ON_SQLITE = 20  # one writer at a time: a race has nowhere to happen
HOURS = (2, 7)


def test_barrier_started_pairs_of_check_ins_raise_exactly_one_alert_each(scene: Scene) -> None:
    pairs = PAIRS_ON_SQLITE if is_sqlite() else PAIRS
    sessions = [treat_again(scene, number) for number in range(pairs)]
    scene.at(51 + pairs / 60)
    failures: list[BaseException] = []
    run_both(scene, sessions, failures)
    assert failures == []
    db.session.rollback()
    per_session = select(Alert.session_id, func.count()).group_by(Alert.session_id)
    assert sorted(count for _, count in db.session.execute(per_session)) == [1] * pairs
    assert db.session.scalar(select(func.count()).select_from(CheckIn)) == 2 * pairs


def test_the_patients_position_has_no_gap_and_no_double(scene: Scene) -> None:
    sessions = [treat_again(scene, number) for number in range(10)]
    scene.at(52)
    before = db.session.scalar(select(Patient.sync_seq).where(Patient.id == scene.cast.pia.patient_id))
    failures: list[BaseException] = []
    run_both(scene, sessions, failures)
    db.session.rollback()
    assert before is not None
    positions = db.session.scalars(select(CheckIn.sync_seq).order_by(CheckIn.sync_seq)).all()
    assert list(positions) == list(range(before + 1, before + 21))


def treat_again(scene: Scene, number: int) -> Any:
    """One more session of the same patient, so that all pairs fight for one lock."""
    scene.at(number / 60)
    return scene.treat(ended_at=(ENDED + timedelta(minutes=number)).isoformat())["session"]["id"]


def run_both(scene: Scene, sessions: list[Any], failures: list[BaseException]) -> None:
    """Let two threads log their answer to each session, starting together each time."""
    barrier = threading.Barrier(2)
    threads = [
        threading.Thread(target=log_all, args=(scene, sessions, hours, barrier, failures)) for hours in HOURS
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def log_all(
    scene: Scene, sessions: list[Any], hours: int, barrier: threading.Barrier, failures: list[BaseException]
) -> None:
    pia = scene.cast.pia
    with scene.app.app_context():
        for number, session_id in enumerate(sessions):
            values: CheckInBody = {
                "recorded_at": ENDED + timedelta(minutes=number, hours=hours),
                "time_zone": "Europe/Berlin",
                "session_id": UUID(session_id),
                "soreness": 7,
                "red_flags": [],
            }
            barrier.wait(30)
            try:
                with transaction():
                    check_ins.log_check_in(pia.actor, pia.patient_id, new_key(), values, clock.now())
            except BaseException as error:
                failures.append(error)
                barrier.abort()
                raise
