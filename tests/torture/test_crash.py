"""A worker that is killed at any point of a hand-over leaves what the design says, and that goes on as it says."""

import pytest
from flask import Flask

from torture.crash import LEFT, crash, poison
from torture.creation import kill_creations
from torture.ledger import Log
from torture.points import NAMES
from torture.workers import Nursery


@pytest.mark.parametrize("point", NAMES)
def test_a_kill_at_each_point(nursery: Nursery, provider_log: Log, point: str) -> None:
    found = crash(nursery, provider_log.path, point, times=1)
    assert found.wrong == []
    assert set(found.left) <= LEFT[point]


def test_a_row_that_kills_its_workers_ends(nursery: Nursery, provider_log: Log) -> None:
    assert poison(nursery, provider_log.path, count=1).wrong == []


def test_a_killed_request_leaves_a_session_with_its_reminders_or_neither(
    app: Flask, nursery: Nursery
) -> None:
    seen = kill_creations(app, nursery, times=4)
    assert seen.wrong == []
    assert seen.nothing > 0
