"""The movable clock jumps from one due thing to the next, and notices a worker that does nothing."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.conftest import START
from tests.jobs.due_rows import make_due, make_patient
from tracker import clock
from tracker.clock import MovableClock
from tracker.demo.play import Deed, WorkerStuck, find_next_due, play

HOUR = timedelta(hours=1)


def test_deeds_are_done_in_order_at_their_instants(app: Flask, moment: MovableClock) -> None:
    done: list[tuple[str, datetime]] = []
    deeds = [
        Deed(START + hours * HOUR, lambda name=name: done.append((name, clock.now())))  # type: ignore[misc]
        for name, hours in (("late", 3), ("early", 1), ("too late", 9))
    ]
    play(app, moment, deeds, lambda: None, START + 5 * HOUR)
    assert done == [("early", START + HOUR), ("late", START + 3 * HOUR)]
    assert moment() == START + 5 * HOUR


def test_a_worker_that_leaves_what_is_due_is_noticed(app: Flask, moment: MovableClock) -> None:
    make_due(make_patient(START), START + HOUR)
    with pytest.raises(WorkerStuck, match="2026-03-02 16:00 UTC"):
        play(app, moment, [], lambda: None, START + 5 * HOUR)


def test_nothing_is_due_on_an_empty_database(app: Flask) -> None:
    assert find_next_due(app) is None
