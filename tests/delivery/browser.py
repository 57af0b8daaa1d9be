"""A browser that subscribed to messages: it holds the keys, reads what is for it, and checks who sent it."""

from dataclasses import dataclass, field
from typing import Any

import http_ece
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid.jwt import decode

from tests.delivery.web_server import Request
from tracker import ids

AUTH = b"sixteen bytes..."


@dataclass(frozen=True, slots=True)
class Browser:
    """One subscription."""

    private_key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    @property
    def keys(self) -> dict[str, str]:
        """What it tells when it registers."""
        point = self.private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": ids.encode_bytes(point), "auth": ids.encode_bytes(AUTH)}

    def read(self, request: Request) -> Any:
        """Return what it is to show; raises ECEException when that is for somebody else."""
        assert request.headers["content-encoding"] == "aes128gcm"
        return orjson.loads(
            http_ece.decrypt(
                request.body, private_key=self.private_key, auth_secret=AUTH, version="aes128gcm"
            )
        )


def claims_of(request: Request, public_key: str) -> dict[str, Any]:
    """Return what the sender signed; raises InvalidSignature when somebody else did."""
    scheme, _, parameters = request.headers["authorization"].partition(" ")
    found = dict(part.split("=", 1) for part in parameters.split(","))
    assert (scheme, found["k"]) == ("vapid", public_key)
    claims: dict[str, Any] = decode(found["t"], public_key)
    return claims
