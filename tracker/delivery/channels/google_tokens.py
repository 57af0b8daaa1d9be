"""Access tokens of a Google service account: fetched when one is needed, used until shortly before its end."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from google.auth import jwt
from google.auth.crypt import RSASigner

from tracker import clock
from tracker.delivery.channels.outbound import Poster, ServiceAnswer, read_object
from tracker.delivery.rules.destinations import operators
from tracker.delivery.rules.message import Result
from tracker.delivery.vocabulary import AttemptOutcome

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Google gives tokens for an hour, and asks for no more.
LONGEST_LIFE = timedelta(hours=1)
SPARE = timedelta(minutes=2)


class GoogleTokens:
    """One token for all threads. Raises ValueError, TypeError or KeyError for an account that is incomplete."""

    def __init__(self, account: Mapping[str, Any], poster: Poster) -> None:
        self._signer = RSASigner.from_service_account_info(account)
        self._email, self._url = account["client_email"], account["token_uri"]
        self._poster = poster
        self._lock = Lock()
        self._token: str | None = None
        self._fresh_until = clock.now()
        operators(self._url)
        self._assertion(clock.now())  # a key of another kind shows here

    def get(self, deadline: float) -> str | Result:
        """Return a token, by this instant of the monotonic clock, else why there is none."""
        if not self._lock.acquire(timeout=max(deadline - clock.monotonic(), 0)):
            return Result(AttemptOutcome.TRANSIENT, "timeout")
        try:
            token = self._token
            return token if token and clock.now() < self._fresh_until else self._fetch(deadline)
        finally:
            self._lock.release()

    def drop(self, token: str) -> None:
        """Use a token no more that was refused."""
        # Without the lock, which a slow fetch may hold: at worst a good token is fetched once more.
        if self._token == token:
            self._token = None

    def _fetch(self, deadline: float) -> str | Result:
        now = clock.now()
        form = urlencode({"grant_type": GRANT, "assertion": self._assertion(now)}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._poster.post(self._url, form, headers, deadline=deadline)
        if isinstance(answer, Result):  # whatever came of it, the message itself was not sent
            return Result(AttemptOutcome.TRANSIENT, answer.error_code)
        said = read_object(answer.body)
        token, life = said.get("access_token"), said.get("expires_in")
        if answer.status != 200 or not isinstance(token, str) or not isinstance(life, int):
            return _refusal(answer)
        self._token = token
        self._fresh_until = now + min(timedelta(seconds=min(life, 10**6)), LONGEST_LIFE) - SPARE
        return token

    def _assertion(self, now: datetime) -> bytes:
        claims = {
            "iss": self._email,
            "scope": SCOPE,
            "aud": self._url,
            "iat": int(now.timestamp()),
            "exp": int((now + LONGEST_LIFE).timestamp()),
        }
        return bytes(jwt.encode(self._signer, claims))


def _refusal(answer: ServiceAnswer) -> Result:
    passes = answer.status == 429 or answer.status >= 500
    code = f"http_{answer.status}" if passes else "provider_refused_us"
    return Result(AttemptOutcome.TRANSIENT, code, retry_after_seconds=answer.retry_after_seconds)
