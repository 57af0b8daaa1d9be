"""The key pair by which push services know this server, and by which browsers subscribe to it alone."""

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from tracker import ids


def new_private_key() -> str:
    """Return a private key for ``WEB_PUSH_KEY``: 32 bytes in the URL-safe alphabet."""
    number = generate_private_key(SECP256R1()).private_numbers().private_value
    return ids.encode_bytes(number.to_bytes(32))


def public_key_of(private_key: str) -> str:
    """Return what a browser needs to subscribe, in the URL-safe alphabet; raises ValueError for no key."""
    key = Vapid02.from_raw(private_key.encode()).public_key
    return ids.encode_bytes(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
