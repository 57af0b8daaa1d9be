"""Text messages by a form in the shape of Twilio's: one account, one sender, one POST for each message."""

import re
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

from tracker.delivery.channels import Channel, ChannelSettings
from tracker.delivery.channels.outbound import Poster, ServiceAnswer, judge, read_object
from tracker.delivery.rules.channel_kinds import SMS
from tracker.delivery.rules.destinations import operators
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.rules.sms_account import callback_url, callback_url_of, read_account
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.errors import NotReady

NAME = SMS.name
LONGEST_VALIDITY_SECONDS = 36_000  # more is refused
OPTED_OUT = 21610
NUMBER_INVALID = frozenset({21211, 21614})
# Wrong credentials, or a sender that is not the account's: no message may die of it.
OUR_FAULT = frozenset({20003, 21212, 21603, 21606, 21659, 21660, 21661})
_REFERENCE = re.compile(r"[A-Za-z0-9]{1,64}")


class Sms:
    """A service for text messages; it does not know a repetition when it sees one. Raises ValueError for its URL."""

    name = NAME
    drops_repetitions = SMS.drops_repetitions

    def __init__(self, url: str, timeout_seconds: float, callback_url: str = "") -> None:
        self._account = account = read_account(url)
        operators(account.messages_url)
        self._callback_url = callback_url
        self._authorization = "Basic " + b64encode(f"{account.name}:{account.token}".encode()).decode()
        self._poster = Poster(operators, timeout_seconds)

    def send(self, message: Message) -> Result:
        """Hand over subject and link within the timeout; the rest of a mail has no place in a text message."""
        left = message.seconds_left
        form = {
            "To": message.address,
            "From": self._account.sender,
            "Body": f"{message.subject}: {message.link}",
            "ValidityPeriod": str(min(max(left, 1), LONGEST_VALIDITY_SECONDS)),
        }
        if self._callback_url:
            form["StatusCallback"] = callback_url_of(self._callback_url, message.send_key)
        headers = {
            "Authorization": self._authorization,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self._poster.post(self._account.messages_url, urlencode(form).encode(), headers)
        return _judge(answer) if isinstance(answer, ServiceAnswer) else answer


def is_set(settings: ChannelSettings) -> bool:
    """Say whether a service for text messages is set."""
    return bool(settings.sms_url)


def open_channel(settings: ChannelSettings) -> Channel:
    """Return the service for text messages; raises NotReady when its address is incomplete."""
    try:
        return Sms(settings.sms_url, settings.send_timeout_seconds, callback_url(settings.public_url))
    except ValueError:  # its text could hold the token
        raise NotReady("SMS_URL cannot be used: use https://account:token@host?from=number.") from None


def _judge(answer: ServiceAnswer) -> Result:
    said = read_object(answer.body)
    code = said.get("code") if isinstance(said.get("code"), int) else None
    if 200 <= answer.status < 300:
        return _accepted(answer.status, said)
    if code == OPTED_OUT:
        return Result(AttemptOutcome.PERMANENT, "opted_out", gone=True)
    if code in NUMBER_INVALID:
        return Result(AttemptOutcome.PERMANENT, "number_invalid")
    # An address that does not exist there or has moved is the operator's to correct, like the credentials.
    if code in OUR_FAULT or answer.status in (401, 403, 404) or 300 <= answer.status < 400:
        return Result(AttemptOutcome.TRANSIENT, "provider_refused_us")
    return judge(answer)


def _accepted(status: int, said: dict[str, Any]) -> Result:
    sid = said.get("sid")
    reference = sid if isinstance(sid, str) and _REFERENCE.fullmatch(sid) else None
    # "Created" needs no more words: a second message would be worse than a missing reference. Any other
    # success without one may be a page of something that stands in between.
    if status == 201 or reference:
        return Result(AttemptOutcome.ACCEPTED, reference=reference)
    return Result(AttemptOutcome.UNKNOWN, "answer_unreadable")
