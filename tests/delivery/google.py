"""Google on the loopback interface: gives tokens for signed assertions, and takes messages with them."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.delivery.web_server import Behaviour, Request, Site, reply, web_server

KEY = generate_private_key(65537, 2048)
SENT = reply(200, b'{"name": "projects/clinic-app/messages/0:1700%abc"}')


@dataclass(slots=True)
class Google:
    """What was asked, and how it answers."""

    site: Site
    lives_seconds: int = 3600
    given: list[str] = field(default_factory=list)

    @property
    def assertions(self) -> list[dict[str, Any]]:
        """What the service account claimed for each token; raises InvalidSignature for a forged one."""
        return [read_assertion(request) for request in self.site.requests if request.path == "/token"]

    @property
    def sent(self) -> list[Request]:
        """The messages that came."""
        return [request for request in self.site.requests if request.path != "/token"]

    def account(self, **changes: Any) -> dict[str, Any]:
        """The service account, as its file says it."""
        pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return {
            "type": "service_account",
            "project_id": "clinic-app",
            "private_key_id": "key-1",
            "private_key": pem,
            "client_email": "sender@clinic-app.example",
            "token_uri": f"{self.site.url}/token",
        } | changes

    def write_account(self, folder: Path, **changes: Any) -> Path:
        """Write the file."""
        path = folder / "account.json"
        path.write_bytes(orjson.dumps(self.account(**changes)))
        return path


@contextmanager
def google(messages: Behaviour = SENT, tokens: Behaviour | None = None) -> Iterator[Google]:
    """Run it; ``tokens``: how it answers instead of giving a token."""
    found: list[Google] = []

    def answer(handler: Any) -> None:
        behave: Callable[[Any], None] = messages
        if handler.path == "/token":
            behave = tokens or _give(found[0])
        behave(handler)

    with web_server(answer) as site:
        found.append(Google(site))
        yield found[0]


def read_assertion(request: Request) -> dict[str, Any]:
    """Return the claims of a request for a token; raises InvalidSignature."""
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    form = parse_qs(request.body.decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    signed, _, signature = form["assertion"][0].rpartition(".")
    KEY.public_key().verify(_decode(signature), signed.encode(), PKCS1v15(), SHA256())
    header, claims = (orjson.loads(_decode(part)) for part in signed.split("."))
    assert header == {"typ": "JWT", "alg": "RS256", "kid": "key-1"}
    return dict(claims)


def failure(status: int, code: str = "", general: str = "", **headers: str) -> Behaviour:
    """Refuse a message as FCM does."""
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest"}]
    if code:
        details.append({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code})
    error = {"code": status, "message": "No.", "status": general or code, "details": details}
    return reply(status, orjson.dumps({"error": error}), **headers)


def _give(here: Google) -> Behaviour:
    here.given.append(f"token-{len(here.given) + 1}")
    content = {"access_token": here.given[-1], "expires_in": here.lives_seconds, "token_type": "Bearer"}
    return reply(200, orjson.dumps(content))


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
