"""The HTTP edge: the list of blueprints, and what every request and answer has in common."""

import re
from collections.abc import Sequence

import structlog
from flask import Flask, Response, g, request

from tracker import clock, ids
from tracker.api import (
    activations,
    adverse_events,
    alert_reports,
    alerts,
    appointments,
    caseload,
    check_ins,
    clinics,
    contact_requests,
    deliveries,
    devices,
    feed,
    home,
    invitations,
    landing,
    leaves,
    me,
    members,
    outcomes,
    pages,
    patients,
    previews,
    problems,
    protocols,
    red_flags,
    reminders,
    sessions,
    sms_receipts,
    status,
    tokens,
)
from tracker.api.json_bodies import MAX_BODY_BYTES
from tracker.api.spec import Api
from tracker.api.wire import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = (
    contact_requests.blueprint,
    protocols.blueprint,
    status.blueprint,
    patients.blueprint,
    sessions.blueprint,
    home.blueprint,
    check_ins.blueprint,
    red_flags.blueprint,
    appointments.blueprint,
    reminders.blueprint,
    previews.blueprint,
    deliveries.blueprint,
    feed.blueprint,
    caseload.blueprint,
    outcomes.blueprint,
    adverse_events.blueprint,
    alerts.blueprint,
    alert_reports.blueprint,
    activations.blueprint,
    tokens.blueprint,
    me.blueprint,
    devices.blueprint,
    invitations.blueprint,
    clinics.blueprint,
    members.blueprint,
    leaves.blueprint,
)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CONTENT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
log = structlog.get_logger("tracker.request")


def register(app: Flask, blueprints: Sequence[Blueprint] = BLUEPRINTS) -> None:
    """Add all operations, pages, problems and common headers to the application."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False  # it would redirect
    app.before_request(_begin)
    app.after_request(_finish)
    problems.register(app)
    api = Api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(landing.blueprint)
    app.register_blueprint(sms_receipts.blueprint)


def _begin() -> None:
    given = request.headers.get("Request-Id", "")
    g.pop("actor", None)  # a context that outlives a request, as in tests, must not lend its caller
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(ids.new_id())
    g.started = clock.monotonic()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    headers = response.headers
    headers["Request-Id"] = g.request_id
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    log.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else "none",
        status=response.status_code,
        duration_ms=round((clock.monotonic() - g.started) * 1000, 1),
        role=str(g.actor.role) if "actor" in g else "none",
    )
    return response
