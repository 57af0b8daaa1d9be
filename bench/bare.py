"""The ceiling: two Flask views with one statement each, no sign-in, no rules, nothing else written."""

import os
import sqlite3
import threading
import uuid
from typing import Any, Protocol

import orjson
import psycopg
from flask import Flask, Response, request

from tracker.api.schemas.check_ins import CheckInView

TABLE = """
CREATE TABLE bare_check_in (
    id char(32) PRIMARY KEY, patient_id char(36) NOT NULL, recorded_at {instant} NOT NULL,
    time_zone varchar(64) NOT NULL, soreness integer, stiffness integer, hydration_ml integer,
    red_flags {json} NOT NULL
)"""
INDEX = "CREATE INDEX ix_bare_check_in ON bare_check_in (patient_id, recorded_at, id)"
INSERT = "INSERT INTO bare_check_in VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
JSON = ("side_effects", "red_flags", "activities", "completed_plan_task_ids", "advice")
# The rows and members of the real list, but for the one that is counted from another row.
MEMBERS = [name for name in CheckInView().fields if name != "hours_since_session"]


class Database(Protocol):
    """The driver's own connection, used without a transaction of more than one statement."""

    def execute(self, statement: str, values: tuple[Any, ...]) -> Any:
        """Run one statement."""


def newest(json_as_text: str, id_from_text: str) -> str:
    """Return the statement that reads the newest check-ins of one patient."""
    shown = ", ".join(json_as_text.format(name) if name in JSON else name for name in MEMBERS)
    return (
        f"SELECT {shown} FROM check_in WHERE patient_id = {id_from_text} AND deleted_at IS NULL"
        " ORDER BY recorded_at DESC, id DESC LIMIT ?"
    )


def create_bare(url: str) -> Flask:
    """Return the application on the database of this SQLAlchemy URL."""
    app = Flask("bare")
    connections = threading.local()
    sqlite = url.startswith("sqlite")
    insert, select = INSERT, newest("{}", "?")
    if not sqlite:
        insert, select = (text.replace("?", "%s") for text in (INSERT, newest("{}::text", "?::uuid")))

    def connection() -> Database:
        if not hasattr(connections, "open"):
            connections.open = connect(url)
        found: Database = connections.open
        return found

    @app.post("/v1/check-ins")
    def create() -> Response:
        body = request.get_json()
        body["id"] = uuid.uuid4().hex
        values = tuple(body[name] for name in ("id", "patient_id", "recorded_at", "time_zone"))
        scores = tuple(body.get(name) for name in ("soreness", "stiffness", "hydration_ml"))
        connection().execute(insert, (*values, *scores, orjson.dumps(body["red_flags"]).decode()))
        return Response(orjson.dumps(body), status=201, content_type="application/json")

    @app.get("/v1/check-ins")
    def show() -> Response:
        patient, limit = request.args["patient_id"], int(request.args["limit"])
        patient_id = uuid.UUID(patient).hex if sqlite else patient
        rows = connection().execute(select, (patient_id, limit)).fetchall()
        items = [
            {
                name: orjson.Fragment(value) if name in JSON else value
                for name, value in zip(MEMBERS, row, strict=True)
                if value is not None
            }
            for row in rows
        ]
        return Response(orjson.dumps({"items": items}), content_type="application/json")

    return app


def connect(url: str) -> Any:
    """Open a connection as the application does: SQLite with a log that is flushed at each commit."""
    if not url.startswith("sqlite"):
        return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    opened = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        opened.execute(f"PRAGMA {pragma}")
    return opened


def create_table(url: str) -> None:
    """Create the one table that is only the ceiling's."""
    kinds = ("text", "text") if url.startswith("sqlite") else ("timestamptz", "jsonb")
    opened = connect(url)
    opened.execute(TABLE.format(instant=kinds[0], json=kinds[1]))
    opened.execute(INDEX)
    opened.close()


if "BENCH_DATABASE" in os.environ:  # the server imports this name
    app = create_bare(os.environ["BENCH_DATABASE"])
