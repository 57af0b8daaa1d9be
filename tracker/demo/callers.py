"""People who use the service over HTTP, as a phone or a browser does: signed in, with tokens that are renewed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from flask import Flask

from tracker import clock, ids
from tracker.people.vocabulary import CONSENT_DOCUMENT_VERSION, REQUIRED_CONSENTS

Answer = dict[str, Any]  # as JSON has it: the demonstration reads what a client would
# Renewed a little before they end.
SPARE = timedelta(minutes=5)


class RequestRefused(Exception):
    """The service refused what the demonstration takes for granted; the message holds its answer."""


@dataclass(slots=True)
class Caller:
    """One signed-in person."""

    app: Flask
    installation_id: str
    access_token: str
    refresh_token: str
    good_until: datetime

    @classmethod
    def sign_in(cls, app: Flask, email: str, password: str) -> Self:
        """Sign a therapist in with a password."""
        installation = str(ids.new_id())
        credentials = {"grant_type": "password", "email": email, "password": password}
        return cls._of(
            app,
            installation,
            request(app, "POST", "/v1/tokens", credentials | {"installation_id": installation}),
        )

    @classmethod
    def activate(cls, app: Flask, code: str, time_zone: str) -> Self:
        """Let a patient in with the code from the clinic, agreeing to what is needed."""
        installation = str(ids.new_id())
        consents = [
            {"kind": kind, "document_version": CONSENT_DOCUMENT_VERSION, "status": "granted"}
            for kind in sorted(REQUIRED_CONSENTS)
        ]
        body = {
            "code": code,
            "installation_id": installation,
            "locale": "en",
            "time_zone": time_zone,
            "consents": consents,
        }
        return cls._of(app, installation, request(app, "POST", "/v1/activations", body))

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Make one request and return its answer; raises RequestRefused."""
        if clock.now() >= self.good_until:
            self._renew()
        return request(self.app, method, path, body, self.access_token)

    @classmethod
    def _of(cls, app: Flask, installation: str, tokens: Answer) -> Self:
        return cls(app, installation, tokens["access_token"], tokens["refresh_token"], _good_until(tokens))

    def _renew(self) -> None:
        body = {
            "grant_type": "refresh_token",
            "refresh_token": self.refresh_token,
            "installation_id": self.installation_id,
        }
        tokens = request(self.app, "POST", "/v1/tokens", body)
        self.access_token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]
        self.good_until = _good_until(tokens)


def request(app: Flask, method: str, path: str, body: object = None, token: str = "") -> Answer:
    """Make one request, with a key of its own, and return its answer; raises RequestRefused."""
    headers = {"Idempotency-Key": str(ids.new_id())}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    with app.app_context():  # a context of its own, as each request has in a server
        answer = app.test_client().open(path, method=method, json=body, headers=headers)
    if answer.status_code >= 400:
        raise RequestRefused(f"{method} {path}: {answer.status_code} {answer.get_data(as_text=True)}")
    found: Answer = answer.get_json()
    return found


def _good_until(tokens: Answer) -> datetime:
    return clock.now() + timedelta(seconds=tokens["expires_in_seconds"]) - SPARE
