"""A worker takes a reminder while its patient puts it off: it comes at the moment they chose, and not in between."""

import threading
from datetime import timedelta

from tests.reminders.test_overlap_flow import hours_of
from tests.reminders.test_snooze_flow import at, snooze
from tests.scene import Scene
from tracker import ids
from tracker.db import transaction
from tracker.delivery import service as delivery
from tracker.delivery.service import Sender
from tracker.delivery.vocabulary import Purpose
from tracker.engine.last_look import LAST_LOOK
from tracker.jobs.exits import Exits


def test_what_is_put_off_while_it_is_claimed_does_not_leave_in_between(scene: Scene) -> None:
    scene.treat()
    scene.work_through(23.9)
    scene.at(24)
    sender = Sender(ids.new_id(), Exits({"email": scene.postbox}), "k" * 32, "https://example.org")
    said: list[int] = []
    with transaction():
        [held] = delivery.claim(
            Purpose.REMINDER, sender.worker_id, scene.clock(), batch=9, lease=timedelta(minutes=1)
        )
        reminder_id = str(held.dispatch_id)
        patient = threading.Thread(target=lambda: said.append(snooze(scene, reminder_id, at(26))[0]))
        patient.start()
        patient.join(0.5)  # it waits for the claim
    patient.join()
    assert said == [200]
    with transaction():
        begun = delivery.begin_send(held, sender, LAST_LOOK[Purpose.REMINDER], scene.clock())
    assert begun is None
    scene.work_through(30)
    assert hours_of(scene)[-1] == 26
