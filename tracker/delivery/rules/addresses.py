"""How a person is reached by each way: the one place that knows which address a channel takes."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from tracker.delivery.rules.routes import Route
from tracker.people.vocabulary import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """All that is known of a person to reach them by; ``devices`` are routes, in the order in which to try them."""

    clinic_id: UUID
    email: str | None
    devices: Sequence[Route] = ()
    phone: str | None = None
    phone_opted_out: bool = False
    webhook_url: str | None = None


def list_routes(addresses: Addresses, ways: Iterable[Way]) -> list[Route]:
    """Return the routes to a person by these ways, in their order."""
    return [route for way in ways for route in _ROUTES[way](addresses)]


def is_reachable(addresses: Addresses, ways: Iterable[Way], channels: Collection[str]) -> bool:
    """Say whether one of these ways leads to the person by a channel that is there."""
    return any(route.channel in channels for route in list_routes(addresses, ways))


def _push(addresses: Addresses) -> Sequence[Route]:
    return addresses.devices


def _email(addresses: Addresses) -> Sequence[Route]:
    return [Route("email", addresses.email)] if addresses.email else []


def _sms(addresses: Addresses) -> Sequence[Route]:
    return [Route("sms", addresses.phone)] if addresses.phone and not addresses.phone_opted_out else []


def _webhook(addresses: Addresses) -> Sequence[Route]:
    keys = {"clinic_id": str(addresses.clinic_id)}
    return [Route("webhook", addresses.webhook_url, keys=keys)] if addresses.webhook_url else []


_ROUTES: dict[Way, Callable[[Addresses], Sequence[Route]]] = {
    Way.PUSH: _push,
    Way.EMAIL: _email,
    Way.SMS: _sms,
    Way.WEBHOOK: _webhook,
}
