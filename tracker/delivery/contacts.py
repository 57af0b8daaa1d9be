"""How a person is reached by each way: the one place that knows which address a channel takes."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from tracker.delivery.routes import Route
from tracker.people.vocabulary import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """All that is known of a person to reach them by; ``devices`` are routes, in the order in which to try them."""

    clinic_id: UUID
    email: str | None
    devices: Sequence[Route] = ()
    phone: str | None = None
    phone_opted_out: bool = False
    webhook_url: str | None = None


def list_routes(contacts: Contacts, ways: Iterable[Way]) -> list[Route]:
    """Return the routes to a person by these ways, in their order."""
    return [route for way in ways for route in _ROUTES[way](contacts)]


def is_reachable(contacts: Contacts, ways: Iterable[Way], channels: Collection[str]) -> bool:
    """Say whether one of these ways leads to the person by a channel that is there."""
    return any(route.channel in channels for route in list_routes(contacts, ways))


def _push(contacts: Contacts) -> Sequence[Route]:
    return contacts.devices


def _email(contacts: Contacts) -> Sequence[Route]:
    return [Route("email", contacts.email)] if contacts.email else []


def _sms(contacts: Contacts) -> Sequence[Route]:
    return [Route("sms", contacts.phone)] if contacts.phone and not contacts.phone_opted_out else []


def _webhook(contacts: Contacts) -> Sequence[Route]:
    keys = {"clinic_id": str(contacts.clinic_id)}
    return [Route("webhook", contacts.webhook_url, keys=keys)] if contacts.webhook_url else []


_ROUTES: dict[Way, Callable[[Contacts], Sequence[Route]]] = {
    Way.PUSH: _push,
    Way.EMAIL: _email,
    Way.SMS: _sms,
    Way.WEBHOOK: _webhook,
}
