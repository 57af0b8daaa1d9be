"""SIGKILL in the middle of dispatch, again and again: nothing is lost, and nearly nothing is sent twice.

The mail server appends each mail to a file before it answers; the checker compares that file with the database.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from tests.delivery.mail_server import Behaviour, mail_server
from tests.jobs.due_rows import make_due, make_patient, read_attempts
from tests.jobs.worker_processes import Workers, stop, wait_until
from tracker import clock
from tracker.config import Settings
from tracker.db import db
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.states import Outcome, State

REMINDERS = 1000
KILLS = 6
THREADS = 4
SHORT_LEASES = {
    "LEASE_SECONDS": 5,
    "SEND_TIMEOUT_SECONDS": 1,
    "SENDER_THREADS": THREADS,
    "CLAIM_BATCH": 20,
    "LOG_LEVEL": "ERROR",
}


class Ledger(Behaviour):
    """A provider that writes down each mail before it answers, and takes a moment to answer."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("ab")
        self.count = 0

    def keep(self, content: bytes) -> None:
        self._file.write(len(content).to_bytes(4, "big") + content)
        self._file.flush()
        self.count += 1
        time.sleep(0.002)

    def close(self) -> None:
        self._file.close()


def read_ledger(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give the key and the bytes of every mail that was handed over, in order."""
    content = path.read_bytes()
    while content:
        size = int.from_bytes(content[:4], "big")
        mail, content = content[4 : 4 + size], content[4 + size :]
        yield message_from_bytes(mail)["Message-ID"].strip("<>").partition("@")[0], mail


def still_open() -> int:
    db.session.rollback()
    statement = select(func.count()).select_from(Dispatch).where(Dispatch.ended_at.is_(None))
    return db.session.execute(statement).scalar_one()


def kill_in_the_middle(workers: Workers, ledger: Ledger, side_by_side: int) -> None:
    """Kill one worker each time another share is handed over, start another, and let the last ones finish."""
    running = [workers.start() for _ in range(side_by_side)]
    for kill in range(1, KILLS + 1):
        share = kill * REMINDERS // (KILLS + 2)
        wait_until(lambda most=share: ledger.count >= most, 30, f"hand-over {share}")  # type: ignore[misc]
        victim = running.pop(0)
        victim.kill()
        victim.wait()
        running.append(workers.start())
    wait_until(lambda: still_open() == 0, 30, "the end of every reminder")
    assert [stop(worker) for worker in running] == [0] * side_by_side


def check(path: Path) -> None:
    """Compare what the provider saw with what the database says."""
    copies: dict[str, list[bytes]] = defaultdict(list)
    for key, mail in read_ledger(path):
        copies[key].append(mail)
    attempts: dict[str, list[DeliveryAttempt]] = defaultdict(list)
    for attempt in read_attempts():
        attempts[attempt.send_key].append(attempt)
    states = Counter(db.session.scalars(select(Dispatch.state)))
    assert states == {State.ACCEPTED: REMINDERS}
    assert set(copies) == set(attempts), "each was handed over, and none without an attempt"
    assert len(copies) == REMINDERS
    unequal = [key for key, mails in copies.items() if len(set(mails)) > 1]
    assert unequal == [], "every copy is equal to the byte"
    beyond = [key for key, mails in copies.items() if len(mails) > len(attempts[key])]
    assert beyond == [], "no copy without an attempt of its own"
    outcomes = {key: Counter(attempt.outcome for attempt in tried) for key, tried in attempts.items()}
    assert {key for key, seen in outcomes.items() if seen[Outcome.ACCEPTED] != 1} == set()
    assert {outcome for seen in outcomes.values() for outcome in seen} <= {Outcome.ACCEPTED, Outcome.UNKNOWN}
    in_flight = sum(seen[Outcome.UNKNOWN] for seen in outcomes.values())
    extra = sum(len(mails) - 1 for mails in copies.values())
    assert extra <= in_flight <= KILLS * THREADS, "only what was in flight at a kill is repeated"


def test_killed_workers_lose_nothing(app: Flask, settings: Settings, tmp_path: Path) -> None:
    patients = [make_patient(clock.now()) for _ in range(20)]
    for patient in patients:
        make_due(patient, clock.now(), count=REMINDERS // len(patients))
    ledger = Ledger(tmp_path / "ledger")
    with (
        mail_server(ledger) as address,
        Workers(settings, tmp_path, SMTP_URL=f"smtp://{address}", **SHORT_LEASES) as workers,
    ):
        kill_in_the_middle(workers, ledger, side_by_side=1 if settings.is_sqlite else 2)
    ledger.close()
    check(tmp_path / "ledger")
