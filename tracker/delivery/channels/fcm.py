"""Notifications to phones by Firebase Cloud Messaging (HTTP v1), which reaches iOS by APNs too."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tracker import clock
from tracker.delivery.channels import Channel, ChannelSettings
from tracker.delivery.channels.google_tokens import GoogleTokens
from tracker.delivery.channels.outbound import Poster, ServiceAnswer, judge, read_object
from tracker.delivery.rules.channel_kinds import FCM
from tracker.delivery.rules.destinations import operators
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.errors import NotReady

NAME = FCM.name
LONGEST_TTL_SECONDS = 4 * 7 * 24 * 3600
MOST_OF_A_COLLAPSE_ID = 64
# What FCM wants left alone for, where it does not say so itself.
PAUSE_OVER_QUOTA_SECONDS = 60
GONE = {"UNREGISTERED": "unregistered", "SENDER_ID_MISMATCH": "sender_mismatch"}
_REFERENCE = re.compile(r"[A-Za-z0-9_./:%-]{1,200}")


class Fcm:
    """One Firebase project. Raises ValueError, TypeError or KeyError for an account that is incomplete."""

    name = NAME
    # By tag and collapse id: the second one replaces the first on the screen.
    drops_repetitions = FCM.drops_repetitions

    def __init__(self, account: Mapping[str, Any], url: str, timeout_seconds: float) -> None:
        project = quote(account["project_id"], safe="")
        self._url = f"{url.rstrip('/')}/v1/projects/{project}/messages:send"
        operators(self._url)
        self._timeout = timeout_seconds
        self._poster = Poster(operators, timeout_seconds)
        self._tokens = GoogleTokens(account, self._poster)

    def send(self, message: Message) -> Result:
        """Hand over title and link within the timeout, which a new token shares."""
        deadline = clock.monotonic() + self._timeout
        token = self._tokens.get(deadline)
        if isinstance(token, Result):
            return token
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = self._poster.post(self._url, compose(message), headers, deadline=deadline)
        if isinstance(answer, Result):
            return answer
        if answer.status == 401:
            self._tokens.drop(token)
        return _judge(answer)


def is_set(settings: ChannelSettings) -> bool:
    """Say whether there are credentials."""
    return bool(settings.fcm_credentials)


def open_channel(settings: ChannelSettings) -> Channel:
    """Return the way to phones; raises NotReady when the credentials are incomplete."""
    try:
        account = read_object(Path(settings.fcm_credentials).read_bytes())
        return Fcm(account, settings.fcm_url, settings.send_timeout_seconds)
    except (OSError, KeyError, TypeError, ValueError):  # its text could hold the key
        cure = "a readable service-account file and an https address are needed"
        raise NotReady(f"FCM_CREDENTIALS or FCM_URL cannot be used: {cure}.") from None


def compose(message: Message) -> bytes:
    """Return the body; a repetition differs in nothing but the seconds that are left."""
    left = min(message.seconds_left, LONGEST_TTL_SECONDS)
    key = message.send_key
    content = {
        "token": message.address,
        "notification": {"title": message.subject},
        "data": {"link": message.link, "id": key},
        "android": {
            "ttl": f"{left}s",
            "collapse_key": key,
            "notification": {"tag": key},
        },
        "apns": {
            "headers": {
                "apns-collapse-id": key[:MOST_OF_A_COLLAPSE_ID],
                "apns-expiration": str(int(message.not_after.timestamp())),
            }
        },
    }
    return json.dumps({"message": content}, ensure_ascii=False).encode()


def _judge(answer: ServiceAnswer) -> Result:
    if answer.status == 200:
        return _accepted(read_object(answer.body).get("name"))
    reason = GONE.get(_code_in(read_object(answer.body).get("error")))
    if reason:
        return Result(AttemptOutcome.PERMANENT, reason, gone=True)
    # A project that is not there or not ours is the operator's to correct, like the credentials.
    if answer.status in (401, 403, 404) or 300 <= answer.status < 400:
        return Result(AttemptOutcome.TRANSIENT, "provider_refused_us")
    if answer.status == 429:
        pause = answer.retry_after_seconds or PAUSE_OVER_QUOTA_SECONDS
        return Result(AttemptOutcome.TRANSIENT, "http_429", retry_after_seconds=pause)
    return judge(answer)


def _accepted(name: object) -> Result:
    # A success without a name may be a page of something that stands in between.
    if isinstance(name, str) and _REFERENCE.fullmatch(name):
        return Result(AttemptOutcome.ACCEPTED, reference=name)
    return Result(AttemptOutcome.UNKNOWN, "answer_unreadable")


def _code_in(error: Any) -> str:
    """Return FCM's own code; the general status beside it does not tell a lost phone from a lost project."""
    details = error.get("details") if isinstance(error, dict) else None
    codes = [
        detail.get("errorCode")
        for detail in (details if isinstance(details, list) else [])
        if isinstance(detail, dict)
    ]
    return next((code for code in codes if isinstance(code, str)), "")
