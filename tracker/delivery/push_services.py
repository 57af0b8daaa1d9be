"""Which addresses a browser may name as its push service: otherwise anybody could make us call anything."""

from tracker.delivery.destinations import DestinationRefused, strangers


def is_push_service(endpoint: str, hosts: str, allowed: str) -> bool:
    """Say whether an address is that of a push service that the operator has admitted.

    ``hosts`` are on the public Internet; a leading dot admits every host below. ``allowed`` are pairs host:port.
    """
    try:
        found = strangers(allowed)(endpoint)
    except DestinationRefused:
        return False
    known = hosts.lower().split()
    below = any(entry.startswith(".") and found.host.endswith(entry) for entry in known)
    return not found.public_only or found.host in known or below
