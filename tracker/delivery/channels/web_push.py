"""Notifications to browsers: encrypted for one of them, signed by this server, carried by its push service."""

import json
from datetime import timedelta

import http_ece
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from py_vapid import Vapid02, VapidException
from py_vapid.utils import b64urldecode

from tracker import clock
from tracker.delivery.channels import Channel, ChannelSettings
from tracker.delivery.channels.outbound import Poster, ServiceAnswer, judge
from tracker.delivery.rules.channel_kinds import WEB_PUSH
from tracker.delivery.rules.destinations import DestinationRefused, push_services
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.errors import NotReady

NAME = WEB_PUSH.name
LONGEST_TTL_SECONDS = 4 * 7 * 24 * 3600
# Push services refuse more than 24 hours; half of it bears a clock that is wrong.
SIGNATURE_LIFE = timedelta(hours=12)
MOST_OF_A_TOPIC = 32


class WebPush:
    """Any of the push services that are known here. Raises ValueError for its key."""

    name = NAME
    # The topic replaces what waits at the push service, the id what the browser already shows.
    drops_repetitions = WEB_PUSH.drops_repetitions

    def __init__(self, settings: ChannelSettings) -> None:
        self._signer = Vapid02.from_raw(settings.web_push_key.encode())
        self._subject = f"mailto:{settings.mail_from}"
        self._read_endpoint = push_services(settings.web_push_hosts, settings.outbound_allowed)
        self._poster = Poster(self._read_endpoint, settings.send_timeout_seconds)

    def send(self, message: Message) -> Result:
        """Hand over title, link and id within the timeout."""
        left = min(message.seconds_left, LONGEST_TTL_SECONDS)
        try:
            headers = {
                "Authorization": self._sign(self._read_endpoint(message.address).origin),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(left),
                "Topic": message.send_key[:MOST_OF_A_TOPIC],
                "Urgency": "normal",
            }
            body = encrypt(compose(message), message.keys["p256dh"], message.keys["auth"])
        except (DestinationRefused, VapidException):
            return Result(AttemptOutcome.PERMANENT, "address_refused")
        except (KeyError, ValueError):
            return Result(AttemptOutcome.PERMANENT, "keys_invalid")
        answer = self._poster.post(message.address, body, headers)
        return _judge(answer) if isinstance(answer, ServiceAnswer) else answer

    def _sign(self, audience: str) -> str:
        expires = int((clock.now() + SIGNATURE_LIFE).timestamp())
        # New for each message: a signature is good for one push service alone.
        claims = {"aud": audience, "exp": expires, "sub": self._subject}
        return str(self._signer.sign(claims)["Authorization"])


def is_set(settings: ChannelSettings) -> bool:
    """Say whether there is a key."""
    return bool(settings.web_push_key)


def open_channel(settings: ChannelSettings) -> Channel:
    """Return the way to browsers; raises NotReady when the key is none."""
    try:
        return WebPush(settings)
    except ValueError:
        raise NotReady("WEB_PUSH_KEY cannot be used: flask web-push-key makes one.") from None


def compose(message: Message) -> bytes:
    """Return what the browser is to show, the same for every repetition; the id is the notification's tag."""
    content = {"title": message.subject, "link": message.link, "id": message.send_key}
    return json.dumps(content, ensure_ascii=False).encode()


def encrypt(content: bytes, p256dh: str, auth: str) -> bytes:
    """Return content that only this browser can read; raises ValueError for keys that are none.

    Key and salt are new each time, so a repetition is equal in what it says and not in its bytes.
    """
    try:
        theirs, secret = b64urldecode(p256dh.encode()), b64urldecode(auth.encode())
        ours = generate_private_key(SECP256R1())
        return bytes(http_ece.encrypt(content, private_key=ours, dh=theirs, auth_secret=secret))
    except http_ece.ECEException as refusal:
        raise ValueError(refusal.message) from None


def _judge(answer: ServiceAnswer) -> Result:
    if answer.status in (404, 410):
        return Result(AttemptOutcome.PERMANENT, "unregistered", gone=True)
    # Our signature: no message may die of it.
    if answer.status in (401, 403):
        return Result(AttemptOutcome.TRANSIENT, "provider_refused_us")
    return judge(answer)
