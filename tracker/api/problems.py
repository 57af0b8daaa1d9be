"""Everything that can go wrong, as one JSON shape (RFC 9457, api.md 1.3)."""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import NotRequired, TypedDict
from urllib.parse import quote

import orjson
import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from tracker import errors
from tracker.api.contract import find_operation
from tracker.api.problem_codes import KINDS
from tracker.delivery.health import DATABASE_AWAY
from tracker.errors import DomainError, Fault, Invalid

RETRY_AFTER_SECONDS = 5
MAX_FAULTS = 100
log = structlog.get_logger("tracker.api")


STATUS_OF_CLASS: dict[type[DomainError], int] = {
    errors.NotFound: 404,
    errors.Refused: 403,
    errors.NotSignedIn: 401,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.VersionMismatch: 412,
    errors.Throttled: 429,
    errors.Invalid: 422,
    errors.NotReady: 503,
}
CODE_OF_STATUS = {
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
}


class Problem(TypedDict):
    """The body of every refusal; what is absent does not apply."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: NotRequired[list[dict[str, str]]]
    retry_after_seconds: NotRequired[int]
    emergency_advice: NotRequired[str]


class Unreadable(DomainError):
    """A request refused before its meaning was looked at; its code decides the status."""

    code = "invalid_parameter"

    def __init__(self, detail: str, *, code: str | None = None, parameter: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.parameter = parameter


def register(app: Flask) -> None:
    """Answer every error of the application with a problem."""
    app.register_error_handler(DomainError, answer_domain_error)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(Exception, answer_failure)
    for failure in DATABASE_AWAY:
        app.register_error_handler(failure, answer_database_away)


def answer_domain_error(error: DomainError) -> Response:
    """Return the problem for a refusal of the domain or of the wire."""
    body = problem(error)
    headers: dict[str, str] = {}
    if body["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after_seconds" in body:
        headers["Retry-After"] = str(body["retry_after_seconds"])
    if body["code"] == "unsupported_media_type" and request.method == "PATCH":
        headers["Accept-Patch"] = "application/json"
    return _respond(body, headers)


def answer_http_error(error: HTTPException) -> Response:
    """Return the problem for what routing or the server refused."""
    if error.code is not None and error.code >= 500:
        return answer_failure(error)
    code = CODE_OF_STATUS.get(error.code or 400, "bad_request")
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return _respond(_compose(code, KINDS[code].status, KINDS[code].meaning), headers)


def answer_failure(error: Exception) -> Response:
    """Return 500 and log where it happened, without any value that was being handled."""
    _log_failure("failed", error)
    return _respond(_compose("internal_error", 500, KINDS["internal_error"].meaning), {})


def answer_database_away(error: Exception) -> Response:
    """Return 503 for a database that cannot serve just now."""
    _log_failure("database_away", error)
    return answer_domain_error(errors.NotReady(KINDS["not_ready"].meaning))


def problem(error: DomainError) -> Problem:
    """Return the body of the problem for one refusal; batches put it beside the item."""
    kind = KINDS.get(error.code)
    by_class = (status for base, status in STATUS_OF_CLASS.items() if isinstance(error, base))
    status = kind.status if kind else next(by_class, 409)
    body = _compose(error.code, status, error.detail)
    if isinstance(error, Invalid) and error.faults:
        body["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
            for fault in error.faults[:MAX_FAULTS]
        ]
    if isinstance(error, Unreadable) and error.parameter is not None:
        body["errors"] = [{"parameter": error.parameter[:64], "code": error.code, "detail": error.detail}]
    if isinstance(error, errors.Throttled):
        body["retry_after_seconds"] = error.retry_after_seconds
    if status == 503:
        body["retry_after_seconds"] = RETRY_AFTER_SECONDS
    return body


def faults_of(messages: object, at: Sequence[str] = ()) -> Iterator[Fault]:
    """Give every message of a marshmallow error as a fault with a JSON Pointer."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from faults_of(inner, at if key == "_schema" else (*at, str(key)[:64]))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        code, found, sentence = str(message).partition("|")
        yield Fault(pointer(at), code, sentence) if found else Fault(pointer(at), "invalid_format", code)


def pointer(at: Sequence[str]) -> str:
    """Return the JSON Pointer of a path, as a URI fragment."""
    steps = (quote(step.replace("~", "~0").replace("/", "~1"), safe="~", errors="replace") for step in at)
    return "#" + "".join(f"/{step}" for step in steps)


def _compose(code: str, status: int, detail: str) -> Problem:
    title = KINDS[code].title if code in KINDS else code.replace("_", " ").capitalize()
    return {
        "type": f"/problems/{code.replace('_', '-')}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": g.request_id,
    }


def _respond(body: Problem, headers: Mapping[str, str]) -> Response:
    operation = find_operation()
    if operation is not None and operation.emergency:
        body["emergency_advice"] = _emergency_advice()
    return Response(
        orjson.dumps(body),
        status=body["status"],
        headers=dict(headers),
        content_type="application/problem+json",
    )


def _emergency_advice() -> str:
    """Return the general advice; who cannot report a red flag must at least read what to do."""
    from tracker.safety.clinic_contact import emergency_notice
    from tracker.safety.texts import get_texts, latest_version

    return emergency_notice(get_texts(latest_version(), "en"))


def _log_failure(event: str, error: Exception) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    chain = [
        type(link).__name__ for link in (error, error.__cause__ or error.__context__) if link is not None
    ]
    log.error(event, error=chain, where=where)
