"""Workers that are paused for longer than their lease, and workers that are stopped in the middle of their work."""

from torture.figures import table
from torture.kill import Load, torment, waited_for_leases
from torture.ledger import Log
from torture.nursery import NOW, Order
from torture.pause import Sleepers, pause, restart_figures
from torture.workers import Nursery


def test_a_worker_that_wakes_up_changes_nothing_it_has_lost(nursery: Nursery, provider_log: Log) -> None:
    # So slow a provider that each pause hits a worker that waits for its answer.
    order = Order({"sender_threads": 1, "claim_batch": 2}, str(provider_log.path), provider_seconds=0.3)
    last = Order({}, str(provider_log.path), ahead_seconds=nursery.settings.lease_seconds + 1)
    sleepers = 1 if nursery.settings.is_sqlite else 2
    plan = Sleepers(at_once=sleepers, rounds=1, awake=0, lease_seconds=60, later_seconds=0.01, reminders=6)
    seen = pause(nursery, provider_log.path, order, last, plan)
    assert seen.verdict.faults() == []
    assert seen.changed == []
    assert len(seen.verdict.extra) == seen.late_answers == seen.verdict.strikes == sleepers


def test_stopped_workers_repeat_nothing_and_leave_nothing_behind(nursery: Nursery, provider_log: Log) -> None:
    load = Load(reminders=120, kills=6, workers=1 if nursery.settings.is_sqlite else 2, spare=30)
    order = Order({}, str(provider_log.path), provider_seconds=0.002)
    last = Order({}, str(provider_log.path), ahead_seconds=NOW)
    verdict = torment(nursery, load, order, provider_log.path, last, Nursery.terminate)
    found = restart_figures(verdict, load.kills, waited_for_leases())
    assert all(figure.met for figure in found), table("", found)
