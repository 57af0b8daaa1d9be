"""A small application with the whole wire and operations of its own, so that the wire is tested alone."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tracker import api, logs
from tracker.api import fields
from tracker.api.schemas.common import Body, CommaList, LenientBody, PageQuery, View
from tracker.api.wire import Blueprint, Reply, ready
from tracker.errors import Fault, Invalid, Throttled
from tracker.people.rules.access import Permission

KEY = {"Idempotency-Key": "3f0e6d2c-0000-4000-8000-000000000001"}
THING = "0190a8c4-0000-7000-8000-000000000001"


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class PartBody(Body):
    """A part of a thing."""

    region = fields.Text(5, required=True)


class ThingCreate(Body):
    """What is sent."""

    score = fields.Whole(0, 10)
    weight = fields.Number(0, 100)
    note = fields.Text(50)
    colour = fields.Vocabulary(Colour)
    shape = fields.Vocabulary(["round", "square"], required=True)
    seen_at = fields.Instant()
    parts = fields.ListOf(fields.Nested(PartBody), 3)


class ThingView(View):
    """What is answered."""

    id = fields.Identifier(required=True)
    version = fields.Whole(1, fields.INT32, required=True)
    score = fields.Whole(0, 10)
    note = fields.Text(50)
    colour = fields.Vocabulary(Colour)
    seen_at = fields.Instant()


class ReportCreate(LenientBody):
    """A body that is never refused for its content."""

    note = fields.Lenient(fields.Text(5), lambda value: str(value)[:5])
    seen_at = fields.Lenient(fields.Instant())
    codes = fields.Lenient(fields.ListOf(fields.Text(5), 2), lambda _value: ["odd"])


class EchoView(View):
    """What arrived, as text."""

    text = fields.Text(1000, required=True)


class ThingQuery(PageQuery):
    colour = CommaList(fields.Vocabulary(Colour), 2, about="Only things of these colours.")
    owner_id = fields.Identifier(about="Only things of this owner.")


blueprint = Blueprint("things", "Things that only the tests know.")


@blueprint.operation(
    "createThing",
    "POST",
    "/v1/things",
    None,
    body=ThingCreate,
    returns=ThingView,
    status=201,
    key="required",
    location="/v1/things/{id}",
)
def create_thing(body: dict[str, Any], key: str) -> Any:
    """Create a thing."""
    thing = {"id": UUID(THING), "version": 1, "note": None, **body, "secret": key}
    return Reply(data=thing, replayed=key == "again")


@blueprint.operation(
    "updateThing", "PATCH", "/v1/things/<thing_id>", None, body=ThingCreate, returns=ThingView, if_match=True
)
def update_thing(body: dict[str, Any], thing_id: UUID, version: int) -> Any:
    """Change a thing."""
    return {"id": thing_id, "version": version + 1, **body}


@blueprint.operation("getThing", "GET", "/v1/things/<thing_id>", None, returns=ThingView)
def get_thing(thing_id: UUID) -> Any:
    """Read a thing."""
    return {"id": thing_id, "version": 7}


@blueprint.operation(
    "listThings", "GET", "/v1/things", None, query=ThingQuery, returns=EchoView, conditional=True
)
def list_things(query: dict[str, Any]) -> Any:
    """List what the query was read as."""
    return ready({"text": repr(sorted(query.items()))})


@blueprint.operation(
    "reportThing",
    "POST",
    "/v1/reports",
    None,
    body=ReportCreate,
    returns=EchoView,
    status=201,
    key="optional",
    emergency=True,
)
def report_thing(body: dict[str, Any], key: str | None) -> Any:
    """Take a report whatever it says."""
    if body.get("note") == "limit":
        raise Throttled("Wait.", 30)
    return {"text": repr((sorted(body.items()), key))}


@blueprint.operation("failThing", "GET", "/v1/failures/<kind>", None, returns=EchoView)
def fail_thing(kind: str) -> Any:
    """Fail in one of the ways in which code fails."""
    if kind == "database":
        raise OperationalError("SELECT secret-canary", {"note": "secret-canary"}, Exception("secret-canary"))
    if kind == "invalid":
        raise Invalid(Fault("#/a", "out_of_range", "Too much."))
    raise RuntimeError("secret-canary")


@blueprint.operation("getOwnThing", "GET", "/v1/own", Permission.READ_HOME, returns=EchoView)
def get_own_thing() -> Any:
    """Read what only somebody signed in may read."""


@blueprint.operation("dropThing", "DELETE", "/v1/things/<thing_id>", None, status=204)
def drop_thing(thing_id: UUID) -> None:
    """Drop a thing."""


def probe() -> FlaskClient:
    """Return a client of the small application."""
    logs.configure("ERROR")
    app = Flask("probe", static_folder=None)
    api.register(app, [blueprint])
    return app.test_client()


def read(answer: TestResponse) -> dict[str, Any]:
    """Return the JSON object of an answer."""
    found: dict[str, Any] = orjson.loads(answer.data)
    return found


def create(client: FlaskClient, raw: bytes, headers: Mapping[str, str] | None = None) -> TestResponse:
    """Send raw bytes as the body of a new thing."""
    return client.post(
        "/v1/things", data=raw, headers={"Content-Type": "application/json", **KEY, **(headers or {})}
    )
