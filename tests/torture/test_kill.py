"""Real workers on a real mail server, killed in the middle of their work: nothing is lost."""

import time

import pytest

from tests.delivery.mail_server import Behaviour, mail_server
from torture.figures import table
from torture.kill import Load, figures, torment
from torture.ledger import Log
from torture.nursery import Order
from torture.workers import Nursery


class Provider(Behaviour):
    """Writes down each mail before it answers, and takes a moment to answer."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def keep(self, content: bytes) -> None:
        self._log.keep_mail(content)
        time.sleep(0.002)


@pytest.mark.parametrize("threads", [1, 4])
def test_killed_workers_lose_nothing(nursery: Nursery, provider_log: Log, threads: int) -> None:
    workers = 1 if nursery.settings.is_sqlite else 2
    load = Load(reminders=110, kills=4, workers=workers, threads=threads, brief=4, spare=40)
    with mail_server(Provider(provider_log)) as address:
        asked = {"smtp_url": f"smtp://{address}", "sender_threads": threads, "claim_batch": 2 * threads}
        # The clock of the last worker stands one lease ahead, so that nobody has to wait for it.
        last = Order(asked, ahead_seconds=nursery.settings.lease_seconds + 1)
        verdict = torment(nursery, load, Order(asked), provider_log.path, last)
    assert verdict.faults() == [], verdict.states
    assert all(figure.met for figure in figures(load, verdict, 0)), table("", figures(load, verdict, 0))
