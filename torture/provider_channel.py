"""A provider that misbehaves by a seeded script, over a plain call and over real SMTP."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from tests.delivery.mail_server import Behaviour
from torture.ledger import Log
from tracker.delivery.channels import Channel
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.jobs.exits import Exits

# How often each happens, in parts of a hundred.
WEIGHTS = {
    "accepts": 32,
    "accepts_then_times_out": 9,
    "accepts_then_cuts": 9,
    "times_out": 12,
    "cuts": 12,
    "fails": 12,
    "is_busy": 10,
    "answers_nonsense": 3,
    "refuses": 1,
}
LONGEST_WISH_SECONDS = 1800


class ScriptedProvider:
    """Keeps what it accepts in a ledger and answers each try of each message by the script."""

    name = "email"
    drops_repetitions = True

    def __init__(self, log: Log, rows: Sequence[UUID]) -> None:
        self._log, self._lock = log, Lock()
        # The script goes by the place of a row, for its id is new in every run.
        self._place = {f"{row}@example.org": place for place, row in enumerate(rows)}
        self._tries: Counter[str] = Counter()
        self._kept: set[str] = set()
        self.seen: Counter[str] = Counter()
        # The pause that was asked for, by send key and number of the try.
        self.wishes: dict[tuple[str, int], int] = {}

    @property
    def sends(self) -> int:
        """How many hand-overs were tried, accepted or not."""
        return sum(self._tries.values())

    def send(self, message: Message) -> Result:
        with self._lock:
            self._tries[message.send_key] += 1
            number = self._tries[message.send_key]
        chance = random.Random(f"{self._place[message.address]} {number}")
        [mood] = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        self.seen[mood] += 1
        if mood.startswith("accepts"):
            return self._accept(message, mood, chance)
        if mood == "is_busy":
            wish = chance.randrange(LONGEST_WISH_SECONDS)
            self.wishes[message.send_key, number] = wish
            return Result(AttemptOutcome.TRANSIENT, "http_429", retry_after_seconds=wish)
        if mood == "answers_nonsense":
            raise ValueError("this is no answer")
        return {
            "times_out": Result(AttemptOutcome.UNKNOWN, "timeout"),
            "cuts": Result(AttemptOutcome.TRANSIENT, "connection_lost"),
            "fails": Result(AttemptOutcome.TRANSIENT, "http_500"),
            "refuses": Result(AttemptOutcome.PERMANENT, "http_400"),
        }[mood]

    def _accept(self, message: Message, mood: str, chance: random.Random) -> Result:
        if message.send_key in self._kept and chance.random() < 0.5:
            self.seen["calls_it_a_duplicate"] += 1
            return Result(AttemptOutcome.DUPLICATE)
        self._kept.add(message.send_key)
        self._log.keep_message(message, self.name)
        if mood == "accepts":
            return Result(AttemptOutcome.ACCEPTED, reference=message.send_key[:12])
        return Result(AttemptOutcome.UNKNOWN, "timeout" if mood.endswith("times_out") else "connection_lost")


class NeverShut(Exits):
    """Ways out whose breaker never shuts: it counts real seconds, and these runs move the clock."""

    def __init__(self, channel: Channel) -> None:
        super().__init__({channel.name: channel})

    def are_all_shut(self) -> bool:
        return False

    def shut_for(self, channel: str) -> timedelta:  # noqa: ARG002
        return timedelta(0)


class MoodyMailServer(Behaviour):
    """A mail server that answers each connection by the script; what it accepts is in the ledger first."""

    MOODS = {
        "accepts": 45,
        "is_slow": 10,
        "450 mail": 6,
        "450 rcpt": 6,
        "451 data": 6,
        "550 rcpt": 1,
        "cuts mail": 5,
        "cuts rcpt": 5,
        "cuts data": 6,
        "is_silent": 4,
        "nonsense mail": 2,
        "nonsense rcpt": 2,
        "nonsense data": 2,
    }

    def __init__(self, log: Log, seed: int, silence_seconds: float) -> None:
        super().__init__()
        self._log, self._chance, self._silence = log, random.Random(seed), silence_seconds
        self.seen: Counter[str] = Counter()

    async def handle_MAIL(self, server: Any, *step: Any) -> str:
        _, envelope, address, _ = step
        [mood] = self._chance.choices(list(self.MOODS), list(self.MOODS.values()))
        self.seen[mood] += 1
        envelope.mood, envelope.mail_from = mood, address
        return self._answer(mood, "mail", server)

    async def handle_RCPT(self, server: Any, *step: Any) -> str:
        _, envelope, address, _ = step
        answer = self._answer(envelope.mood, "rcpt", server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, *step: Any) -> str:
        _, envelope = step
        if envelope.mood not in {"451 data", "nonsense data"}:
            self._log.keep_mail(envelope.original_content)
        if envelope.mood == "is_slow":
            await asyncio.sleep(0.2)
        if envelope.mood == "is_silent":
            await asyncio.sleep(self._silence)
        return self._answer(envelope.mood, "data", server)

    def _answer(self, mood: str, step: str, server: Any) -> str:
        what, _, where = mood.partition(" ")
        if where != step:
            return "250 OK"
        if what == "cuts":
            server.transport.abort()
        return {"cuts": "250 OK", "nonsense": "gibberish\x00 without a number"}.get(what, f"{what} Not now")
