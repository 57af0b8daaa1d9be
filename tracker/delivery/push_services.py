"""Which addresses a browser may name as its push service: otherwise anybody could make us call anything."""

from urllib.parse import urlsplit


def is_push_service(endpoint: str, hosts: str, allowed: str) -> bool:
    """Say whether an address is that of a push service.

    ``hosts`` are reached by https alone; a leading dot admits every host below. ``allowed`` are pairs host:port.
    """
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or parts.hostname is None or "@" in parts.netloc:
        return False
    port = port or (443 if parts.scheme == "https" else 80)
    if f"{parts.hostname}:{port}" in allowed.lower().split():
        return True
    known = hosts.lower().split()
    named = parts.hostname in known or any(
        entry.startswith(".") and parts.hostname.endswith(entry) for entry in known
    )
    return named and parts.scheme == "https" and port == 443
