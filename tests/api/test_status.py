"""What monitors and apps ask before anybody signs in."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.api.probe import read
from tracker import api, create_app
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.delivery import channels
from tracker.delivery.models import WorkerHeartbeat
from tracker.delivery.vapid import new_private_key, public_key_of

WORKER = UUID("0190a8c4-0000-7000-8000-0000000000ff")


def test_alive_needs_no_database() -> None:
    bare = Flask("bare", static_folder=None)
    api.register(bare)
    answer = bare.test_client().get("/healthz")
    assert (answer.status_code, read(answer)) == (200, {"status": "ok"})


def test_ready_on_a_migrated_database(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, read(answer)) == (200, {"status": "ok"})


def test_not_ready_on_another_schema(app: Flask) -> None:
    with transaction():
        current = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        db.session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    try:
        answer = app.test_client().get("/readyz")
    finally:
        with transaction():
            db.session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": current})
    assert (answer.status_code, read(answer)["code"]) == (503, "not_ready")
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("silent_for", "status"), [(timedelta(minutes=3), "ok"), (timedelta(minutes=3, seconds=1), "degraded")]
)
def test_a_worker_that_stops_ticking_is_seen(
    app: Flask, moment: MovableClock, silent_for: timedelta, status: str
) -> None:
    with transaction():
        db.session.add(WorkerHeartbeat(worker_id=WORKER, started_at=moment(), last_tick_at=moment()))
    moment.advance(silent_for)
    answer = app.test_client().get("/workerz")
    assert answer.status_code == 200
    assert read(answer) == {"status": status, "last_tick_at": "2026-03-02T15:00:00Z", "late_by_minutes": 0}


def test_no_worker_at_all_is_degraded_but_no_failure(app: Flask, moment: MovableClock) -> None:
    answer = app.test_client().get("/workerz")
    assert (answer.status_code, read(answer)) == (200, {"status": "degraded", "late_by_minutes": 0})


def test_an_app_learns_what_it_must_know_and_may_keep_it_five_minutes(
    app: Flask, moment: MovableClock
) -> None:
    answer = app.test_client().get("/v1/client-config")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert read(answer)["supported_locales"] == ["en", "de", "es"]
    assert read(answer)["server_time"] == "2026-03-02T15:00:00Z"
    assert read(answer)["minimum_versions"] == {}
    assert read(answer)["features"] == {"push": False, "sms": False, "webhook": False}


@pytest.mark.parametrize(
    ("asked", "feature"),
    [
        ({"web_push_key": "key"}, "push"),
        ({"fcm_credentials": "file"}, "push"),
        ({"sms_url": "https://a:b@sms.example?from=+1"}, "sms"),
        ({"webhooks": True}, "webhook"),
    ],
)
def test_an_app_learns_which_ways_there_are(asked: dict[str, Any], feature: str) -> None:
    bare = Flask("bare", static_folder=None)
    bare.extensions["settings"] = settings = Settings(**asked)
    bare.extensions["channels"] = channels.list_offered(settings)
    api.register(bare)
    found = read(bare.test_client().get("/v1/client-config"))["features"]
    assert [name for name, offered in found.items() if offered] == [feature]


def test_an_app_learns_the_key_that_browsers_subscribe_with(app: Flask, settings: Settings) -> None:
    assert "web_push_public_key" not in read(app.test_client().get("/v1/client-config"))
    private_key = new_private_key()
    with_key = create_app(replace(settings, web_push_key=private_key))
    told = read(with_key.test_client().get("/v1/client-config"))["web_push_public_key"]
    assert told == public_key_of(private_key)
    assert base64.urlsafe_b64decode(f"{told}=")[0] == 4  # an uncompressed point, as browsers want it


def test_every_consent_of_the_configuration_can_be_read(app: Flask) -> None:
    client = app.test_client()
    for consent in read(client.get("/v1/client-config"))["consent_documents"]:
        assert consent["version"] in client.get(consent["url"]).text
    assert client.get("/consents/other").status_code == 404


def test_the_contract_is_served_as_it_is_kept(app: Flask) -> None:
    answer = app.test_client().get("/v1/openapi.yaml")
    assert answer.content_type == "application/yaml"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.text.startswith("openapi: 3.1.0\n")


HEALTH_WORDS = [
    "pain",
    "sore",
    "needl",
    "patient",
    "recover",
    "clinic",
    "check-in",
    "therap",
    "treat",
    "symptom",
]


@pytest.mark.parametrize("code", ["abc", "%00", "..", "<script>", "x" * 500])
def test_a_link_from_a_message_tells_nothing_to_a_bystander(app: Flask, code: str) -> None:
    answer = app.test_client().get(f"/go/{code}")
    assert answer.text == app.test_client().get("/go/other").text
    assert not [word for word in HEALTH_WORDS if word in answer.text.lower()]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("code", "status"),
    [("not-found", 200), ("idempotency-key-reused", 200), ("not_found", 404), ("nope", 404)],
)
def test_a_problem_type_can_be_looked_up(app: Flask, code: str, status: int) -> None:
    answer = app.test_client().get(f"/problems/{code}")
    assert answer.status_code == status
    assert answer.content_type.startswith("text/html" if status == 200 else "application/problem+json")
