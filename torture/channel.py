"""The provider of the long runs: it writes each message to the ledger and then takes a moment to answer."""

import time

from torture.ledger import Log
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome


class LedgerChannel:
    """A way out that ends in a file; what is in the file was handed over, whatever happens next."""

    name = "email"
    drops_repetitions = True

    def __init__(self, log: Log, seconds: float = 0.0) -> None:
        self._log, self._seconds = log, seconds

    def send(self, message: Message) -> Result:
        self._log.keep_message(message, self.name)
        time.sleep(self._seconds)
        return Result(AttemptOutcome.ACCEPTED)
