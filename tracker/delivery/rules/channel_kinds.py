"""What holds for each channel, whoever opens it: its name, its address, its words, and what may be relied on."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tracker.delivery.rules.routes import Route
from tracker.people.vocabulary import PushProvider, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """All that is known of a person to reach them by; ``devices`` are routes, in the order in which to try them."""

    clinic_id: UUID
    email: str | None
    devices: Sequence[Route] = ()
    phone: str | None = None
    phone_opted_out: bool = False
    webhook_url: str | None = None


def _email(addresses: Addresses) -> Route | None:
    return Route(EMAIL.name, addresses.email) if addresses.email else None


def _sms(addresses: Addresses) -> Route | None:
    if not addresses.phone or addresses.phone_opted_out:
        return None
    return Route(SMS.name, addresses.phone)


def _webhook(addresses: Addresses) -> Route | None:
    keys = {"clinic_id": str(addresses.clinic_id)}
    return Route(WEBHOOK.name, addresses.webhook_url, keys=keys) if addresses.webhook_url else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """One channel; the texts are English, as the catalogues of the other languages know them."""

    name: str
    # What a patient chose to be reached so.
    way: Way
    # How a message was handed over by it.
    said: str
    # Its route to a person; None: a device holds its address.
    find_route: Callable[[Addresses], Route | None] | None = None
    # Whether a message handed over twice under one send key reaches the person once.
    drops_repetitions: bool = True
    # Whether a provider that says "nobody is there any more" passes on the person's own wish.
    gone_is_opt_out: bool = False
    # What its words for a failure mean, where a patient may read them.
    failures: Mapping[str, str] = field(default_factory=dict)


_NO_APP = {"unregistered": "The app is no longer on that device."}
EMAIL = ChannelKind(
    name=Way.EMAIL.value,
    way=Way.EMAIL,
    said="by email",
    find_route=_email,
    failures={"address_invalid": "The address cannot be written to."},
)
SMS = ChannelKind(
    name=Way.SMS.value,
    way=Way.SMS,
    said="by text message",
    find_route=_sms,
    drops_repetitions=False,
    gone_is_opt_out=True,
    failures={"opted_out": "The phone number takes no messages."},
)
FCM = ChannelKind(name=PushProvider.FCM.value, way=Way.PUSH, said="by push message", failures=_NO_APP)
WEB_PUSH = ChannelKind(
    name=PushProvider.WEB_PUSH.value,
    way=Way.PUSH,
    said="by push message in the browser",
    failures=_NO_APP,
)
WEBHOOK = ChannelKind(
    name=Way.WEBHOOK.value, way=Way.WEBHOOK, said="by a service of the clinic", find_route=_webhook
)
KINDS = {kind.name: kind for kind in (EMAIL, SMS, FCM, WEB_PUSH, WEBHOOK)}
# Every way out that there is, as the contract lists them.
CHANNELS = tuple(KINDS)
# What the words of all channels for a failure mean.
FAILURES = {word: text for kind in KINDS.values() for word, text in kind.failures.items()}


def channels_by(way: Way) -> frozenset[str]:
    """Return the channels that lead to whoever chose this way."""
    return frozenset(kind.name for kind in KINDS.values() if kind.way is way)


def device_route(
    provider: str, address: str, device_id: UUID | None, p256dh: str | None, auth: str | None
) -> Route:
    """Return the route to a device; a browser's comes with the keys that its messages are encrypted with."""
    keys = {"p256dh": p256dh, "auth": auth} if p256dh and auth else {}
    return Route(provider, address, device_id, keys)


def list_routes(addresses: Addresses, ways: Iterable[Way]) -> list[Route]:
    """Return the routes to a person by these ways, in their order."""
    return [route for way in ways for route in _list_by(way, addresses)]


def is_reachable(addresses: Addresses, ways: Iterable[Way], channels: Collection[str]) -> bool:
    """Say whether one of these ways leads to the person by a channel that is there."""
    return any(route.channel in channels for route in list_routes(addresses, ways))


def _list_by(way: Way, addresses: Addresses) -> Iterable[Route]:
    if way is Way.PUSH:
        return addresses.devices  # of all providers in one order
    found = (kind.find_route(addresses) for kind in KINDS.values() if kind.way is way and kind.find_route)
    return [route for route in found if route is not None]
