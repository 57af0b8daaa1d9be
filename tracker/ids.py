"""The only maker of ids and secrets."""

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B: a code is read aloud and typed from a screen.
CODE_ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
CODE_LENGTH = 8


def new_id() -> UUID:
    """Return a UUIDv7: primary key and public id of one row, sortable by the moment it was made."""
    return uuid7()


def new_token(prefix: str) -> str:
    """Return a bearer secret with 256 bits of randomness, such as ``trk_...``."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def new_code() -> str:
    """Return a code of eight characters that a person can read aloud and type (37 bits)."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def new_password() -> str:
    """Return a password for a demonstration account: four groups of four characters."""
    return "-".join("".join(secrets.choice(CODE_ALPHABET.lower()) for _ in range(4)) for _ in range(4))


def new_server_key() -> str:
    """Return a secret for ``SECRET_KEY``."""
    return secrets.token_hex(32)


def hash_secret(secret: str) -> bytes:
    """Return the SHA-256 of a random secret, the only form of it that is stored."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def derive(server_key: str, *parts: str) -> str:
    """Return a stable opaque value that only the holder of the server key can make from these parts."""
    message = "\x1f".join(parts).encode()
    digest = hmac.new(server_key.encode(), message, hashlib.sha256).digest()
    return encode_bytes(digest)


def sign_id(server_key: str, purpose: str, row_id: UUID) -> str:
    """Return an id with the server's signature, in 38 characters of the URL-safe alphabet."""
    return encode_bytes(row_id.bytes + _signature(server_key, purpose, row_id.bytes))


def read_signed_id(server_key: str, purpose: str, code: str) -> UUID | None:
    """Return the id in a text that ``sign_id`` made for this purpose; None for any other text."""
    try:
        raw = base64.b64decode(f"{code}==", altchars=b"-_", validate=True)
    except ValueError:
        return None
    found, signature = raw[:16], raw[16:]
    # The last letter has bits to spare: only the text as it was made is a code.
    genuine = hmac.compare_digest(signature, _signature(server_key, purpose, found))
    return UUID(bytes=found) if genuine and encode_bytes(raw) == code else None


def encode_bytes(digest: bytes) -> str:
    """Write bytes in the URL-safe alphabet without padding."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _signature(server_key: str, purpose: str, content: bytes) -> bytes:
    key = f"{purpose}\x1f{server_key}".encode()
    return hmac.new(key, content, hashlib.sha256).digest()[:12]


def jitter() -> float:
    """Return a random fraction in [0, 1), to spread retries."""
    return secrets.randbelow(1_000_000) / 1_000_000
