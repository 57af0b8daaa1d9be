"""Three days without a worker: what is overdue ends unsent, the rest leaves as fast as the senders can (R8).

Usage: python -m torture.outage
"""

import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import func, select

from tests.jobs.due_rows import EVERY_ROW, make_due, make_patient
from torture.checker import check
from torture.figures import Figure, at_most, exactly
from torture.ledger import Log, read_ledger
from torture.stage import Stage
from torture.target import Report, on_each
from tracker import clock, ids
from tracker.db import db
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, State
from tracker.jobs.dispatch import run_once
from tracker.jobs.exits import Exits

DOWN = timedelta(days=3)
OVERDUE = 10_000
IN_WINDOW = 2_000
ALERTS = 200
SENDERS = 8
BATCH = 80
LATENCY_SECONDS = 0.02
LONGEST_DRAIN_SECONDS = 60
WINDOW = timedelta(hours=12)


class SlowProvider:
    """Takes a while to answer, and knows how many it was asked to take at the same time."""

    name = "email"
    drops_repetitions = True

    def __init__(self, log: Log) -> None:
        self._log, self._lock, self._now = log, Lock(), 0
        self.most_at_once = 0

    def send(self, message: Message) -> Result:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        self._log.keep_message(message, self.name)
        time.sleep(LATENCY_SECONDS)
        with self._lock:
            self._now -= 1
        return Result(AttemptOutcome.ACCEPTED)


def come_back(
    stage: Stage, overdue: int = OVERDUE, in_window: int = IN_WINDOW, alerts: int = ALERTS
) -> Report:
    """Plan, let three days go by without a worker, and let one drain what has piled up."""
    began = datetime.now(UTC) - DOWN
    clock.replace(lambda: began)
    plan(began, overdue, in_window, alerts)
    clock.replace(None)
    log = Log(stage.folder / "provider")
    provider = SlowProvider(log)
    settings = replace(stage.settings, sender_threads=SENDERS, claim_batch=BATCH)
    started = time.monotonic()
    run_once(settings, ids.new_id(), last_look=EVERY_ROW, exits=Exits({provider.name: provider}))
    seconds = time.monotonic() - started
    log.close()
    return report(stage, provider, overdue, in_window + alerts, alerts, seconds)


def plan(began: datetime, overdue: int, in_window: int, alerts: int) -> None:
    """Spread what is due over the three days; what is still wanted became due in the last hours of them."""
    patients = [make_patient(began) for _ in range(alerts // 2)]
    back = began + DOWN
    over = (DOWN - WINDOW) / len(patients)  # the last of these ends before the worker is back
    for number, patient in enumerate(patients):
        due = began + number * over
        make_due(patient, due, overdue // len(patients), not_after=due + WINDOW * 0.99)
        due = back - timedelta(minutes=number)
        make_due(patient, due, in_window // len(patients), not_after=due + WINDOW)
        make_due(patient, due, 2, purpose=Purpose.ALERT, not_after=due + 2 * WINDOW)


def report(
    stage: Stage, provider: SlowProvider, overdue: int, wanted: int, alerts: int, seconds: float
) -> Report:
    """Compare what left with what was still wanted."""
    found = check(read_ledger(stage.folder / "provider"), excused={State.EXPIRED})
    states = Counter(db.session.scalars(select(Dispatch.state)))
    made = Report()
    made.add(
        exactly("overdue, ended as expired", states[State.EXPIRED], overdue),
        exactly("still wanted, handed over", states[State.ACCEPTED], wanted),
        exactly("late sends", len(found.late), 0),
        exactly("other findings of the checker", len(found.faults()) - len(found.late), 0),
        exactly("copies beyond the first", len(found.extra), 0),
        at_most("messages with the provider at once", provider.most_at_once, SENDERS),
        at_most("seconds until all had ended", seconds, LONGEST_DRAIN_SECONDS),
        Figure("hand-overs a second", wanted / seconds),
        Figure("  what senders and the provider's latency allow", SENDERS / LATENCY_SECONDS),
        at_most("hand-overs begun when the last alert was", before_last_alert(), 2 * (alerts + BATCH)),
        findings=found.faults(),
    )
    return made


def before_last_alert() -> int:
    """Return how many hand-overs had begun when the last alert message was; alerts and reminders take turns."""
    of_alerts = select(func.max(DeliveryAttempt.begun_at)).join(
        Dispatch, Dispatch.id == DeliveryAttempt.dispatch_id
    )
    last = db.session.scalar(of_alerts.where(Dispatch.purpose == Purpose.ALERT))
    return db.session.scalar(select(func.count()).where(DeliveryAttempt.begun_at <= last)) or 0


if __name__ == "__main__":
    sys.exit(on_each("Back after three days (R8)", come_back))
