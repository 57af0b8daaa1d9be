"""A message on its way, and what a channel answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tracker.delivery.vocabulary import AttemptOutcome


@dataclass(frozen=True, slots=True)
class Wording:
    """Subject and body, as they are shown on a locked screen; ``{link}`` stands for the link."""

    subject: str
    body: str

    def filled(self, link: str) -> "Wording":
        """Return it with its link in place."""
        return Wording(self.subject, self.body.replace("{link}", link))


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready for a channel; the same send key always comes with the same content."""

    send_key: str
    address: str
    subject: str
    body: str
    # When it was first handed over, so that a repetition is equal to the byte; its due moment may be moved between
    # two tries, and lies hours back after an outage, which makes a mail look like an old one.
    written_at: datetime
    # After this instant nobody should see it any more.
    not_after: datetime
    # The page that tells what it is about; it stands in the body too.
    link: str = ""
    # What the channel needs besides the address: the keys of a push subscription, say.
    keys: Mapping[str, str] = field(default_factory=dict)
    # When this hand-over was begun, by the clock that judges not-after, which need not be this machine's.
    # None: it is the first.
    begun_at: datetime | None = field(default=None, compare=False)

    @property
    def seconds_left(self) -> int:
        """For how many whole seconds it is still wanted; at least 0."""
        return max(int((self.not_after - (self.begun_at or self.written_at)).total_seconds()), 0)


@dataclass(frozen=True, slots=True)
class Result:
    """What a channel answered: the outcome, a stable code for a failure, the provider's own reference."""

    outcome: AttemptOutcome
    error_code: str | None = None
    reference: str | None = None
    retry_after_seconds: int | None = None
    # The provider says that nobody is to be reached there any more: a phone without the app, a number that
    # asked for no more messages.
    gone: bool = False
