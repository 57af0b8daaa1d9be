"""A worker that is late or dead: said on the therapist's list and to monitors, and no web process goes out for it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.scene import Scene
from tracker.db import transaction
from tracker.delivery import health

WORKER = UUID(int=7)
MINUTE = 1 / 60


def beat(scene: Scene) -> None:
    """A worker somewhere finishes a round now, which need not have handed anything over."""
    with transaction():
        health.beat(WORKER, scene.clock(), scene.clock())


def told(scene: Scene) -> Any:
    """What every row of the list says of the delay."""
    rows = scene.get("/v1/caseload", scene.cast.tilda)["items"]
    assert rows
    [delay] = {row.get("reminders_delayed_minutes") for row in rows}
    return delay


@pytest.mark.parametrize(("minutes", "delay"), [(0, None), (4.9, None), (5, 5), (14.5, 14), (200, 200)])
def test_a_worker_that_ticks_but_is_late_shows_from_five_minutes_on(
    scene: Scene, minutes: float, delay: int | None
) -> None:
    scene.treat()
    scene.work_through(23)
    scene.at(24 + minutes * MINUTE)
    beat(scene)
    assert told(scene) == delay
    assert scene.cast.client.get("/workerz").get_json()["late_by_minutes"] == int(minutes)
    assert scene.cast.client.get("/readyz").status_code == 200
    scene.work()
    assert told(scene) is None, "it has caught up"


def test_a_dead_worker_shows_although_nothing_is_due_yet(scene: Scene) -> None:
    scene.treat()
    scene.work_through(20)
    beat(scene)
    scene.clock.advance(timedelta(minutes=3))
    assert told(scene) is None
    scene.clock.advance(timedelta(seconds=1))
    assert told(scene) == 0
    answers = [scene.cast.client.get(path) for path in ("/workerz", "/readyz", "/healthz")]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.get_json()["status"] for answer in answers] == ["degraded", "ok", "ok"]


def test_as_soon_as_a_worker_ticks_again_nothing_is_said(scene: Scene) -> None:
    scene.treat()
    scene.work_through(20)
    assert told(scene) == 0, "there never was a worker"
    beat(scene)
    assert told(scene) is None
