"""Messages to a clinic's own system, signed as the Standard Webhooks specification asks."""

import base64
import json
from datetime import datetime

from standardwebhooks import Webhook as Signer

from tracker import clock, ids
from tracker.delivery.channels import Channel, ChannelSettings
from tracker.delivery.channels.outbound import Poster, ServiceAnswer, judge
from tracker.delivery.rules.channel_kinds import WEBHOOK
from tracker.delivery.rules.destinations import strangers
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome

NAME = WEBHOOK.name


class Webhook:
    """Posts to the address that a clinic named."""

    name = NAME
    drops_repetitions = WEBHOOK.drops_repetitions  # by its webhook-id

    def __init__(self, secret_key: str, poster: Poster) -> None:
        self._secret_key = secret_key
        self._poster = poster

    def send(self, message: Message) -> Result:
        """Hand over one message within the timeout."""
        body = compose(message)
        now = clock.now()
        signer = Signer(secret_of(self._secret_key, message.keys["clinic_id"]))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.send_key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signer.sign(message.send_key, now, body),
        }
        answer = self._poster.post(message.address, body.encode(), headers)
        return _judge(answer) if isinstance(answer, ServiceAnswer) else answer


def is_set(settings: ChannelSettings) -> bool:
    """Say whether clinics may have webhooks."""
    return bool(settings.webhooks)


def open_channel(settings: ChannelSettings) -> Channel:
    """Return the way to the clinics' webhooks."""
    poster = Poster(strangers(settings.outbound_allowed), settings.send_timeout_seconds)
    return Webhook(settings.secret_key, poster)


def secret_of(server_key: str, clinic_id: str) -> str:
    """Return the secret with which a clinic checks signatures; derived, so that it is stored nowhere."""
    return "whsec_" + base64.b64encode(ids.derive(server_key, "webhook", clinic_id).encode()).decode()


def compose(message: Message) -> str:
    """Return the body, equal to the byte whenever the same message is written again."""
    data = {"title": message.subject, "link": message.link, "not_after": _instant(message.not_after)}
    content = {"type": "message.due", "timestamp": _instant(message.written_at), "data": data}
    return json.dumps(content, ensure_ascii=False)


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _judge(answer: ServiceAnswer) -> Result:
    match answer.status:
        case 409:
            return Result(AttemptOutcome.DUPLICATE)
        case 410:
            return Result(AttemptOutcome.PERMANENT, "webhook_gone")
        case _:
            return judge(answer)
