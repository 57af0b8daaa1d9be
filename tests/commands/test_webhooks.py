"""A clinic's webhook, set by an operator: its address is checked, its secret is shown, the deed is written down."""

import base64

import pytest
from flask import Flask
from sqlalchemy import select

from tests.cast import Cast
from tests.commands.test_commands import refusal, run
from tests.conftest import SECRET_KEY
from tracker.audit.models import AuditEvent
from tracker.clinics.models import Clinic
from tracker.db import db
from tracker.delivery.channels.webhook import secret_of

RIVER = "Practice by the River"
URL = "https://hooks.example.org/in"


def url_of(cast: Cast) -> str | None:
    return db.session.get_one(Clinic, cast.clinic_id).webhook_url


def set_webhook(app: Flask, url: str) -> list[str]:
    result = run(app, "clinics", "set-webhook", RIVER, url)
    assert result.exit_code == 0
    return result.stdout.splitlines()


def test_a_webhook_is_set_and_its_secret_shown(app: Flask, cast: Cast) -> None:
    said = set_webhook(app, URL)
    secret = secret_of(SECRET_KEY, str(cast.clinic_id))
    assert said[-2:] == [f"Signed with: {secret}", "Nothing is sent there until WEBHOOKS is 1."]
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64
    assert url_of(cast) == URL
    events = select(AuditEvent).where(AuditEvent.resource_id == cast.clinic_id)
    last = db.session.scalars(events.order_by(AuditEvent.position.desc())).first()
    assert last is not None
    assert (last.actor_role, last.action, last.resource_kind) == ("operator", "update", "clinic")


def test_a_webhook_is_taken_away(app: Flask, cast: Cast) -> None:
    set_webhook(app, URL)
    assert not [line for line in set_webhook(app, "") if "whsec_" in line]
    assert url_of(cast) is None


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://hooks.example.org/in", "it has to start with https://"),
        ("https://hooks.example.org:8443/in", "it has to use port 443"),
        ("https://127.0.0.1/in", "it has to name a host, not an address"),
        ("https://user:word@hooks.example.org/in", "it must not hold a user name"),
        ("hooks", "it has to start with https:// and name a host"),
        (f"{URL}/{'a' * 500}", "it has more than 500 characters"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(app: Flask, cast: Cast, url: str, wrong: str) -> None:
    said = refusal(run(app, "clinics", "set-webhook", RIVER, url))
    assert said == f"The address cannot be used: {wrong}."
    assert url_of(cast) is None


def test_there_has_to_be_such_a_clinic(app: Flask) -> None:
    assert (
        refusal(run(app, "clinics", "set-webhook", "Nowhere", URL)) == "There is no clinic named 'Nowhere'."
    )
