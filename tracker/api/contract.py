"""The registry of operations: what each route promises, and how that reads in the contract."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Flask, current_app, request
from marshmallow import Schema

from tracker.people.rules.access import PERMISSIONS, Permission

PROBLEM_RESPONSES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "ContentTooLarge",
    415: "UnsupportedMediaType",
    422: "UnprocessableContent",
    428: "PreconditionRequired",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
}
SUCCESS = {
    200: "Done.",
    201: "Created.",
    202: "Accepted.",
    204: "Done; nothing to return.",
    207: "One result per item.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationInfo:
    """One operation as it is declared on its route."""

    operation_id: str
    method: str
    rule: str
    tag: str
    permission: Permission | None  # None: public
    summary: str
    about: str = ""
    body: type[Schema] | None = None
    query: type[Schema] | None = None
    returns: type[Schema] | None = None
    status: int = 200
    key: str = ""  # "required" or "optional": takes an Idempotency-Key
    if_match: bool = False
    conditional: bool = False  # its ETag is a digest of the answer, unless the handler names one
    cache: str = "no-store"
    location: str = ""  # such as "/v1/check-ins/{id}", filled in from the answer
    errors: tuple[int, ...] = ()  # statuses that do not follow from the rest
    emergency: bool = False  # never refused for its content; its refusals carry the emergency advice
    path_ids: Mapping[str, type] = field(default_factory=dict)
    example: Mapping[str, object] | None = None

    @property
    def has_etag(self) -> bool:
        """Say whether the answer carries an ETag."""
        return self.conditional or (self.returns is not None and "version" in self.returns().fields)

    @property
    def failures(self) -> list[int]:
        """Return the statuses of every problem it can answer with, but for the default one."""
        found = {400, 429, *self.errors}
        found |= {401, 403} if self.permission else set()
        found |= {404} if self.path_ids else set()
        found |= {413, 415, 422} if self.body else set()
        found |= {412, 428} if self.if_match else set()
        return sorted(found)


def operations_of(app: Flask) -> dict[tuple[str, str], OperationInfo]:
    """Return every operation of the application by method and rule; pages for people are none."""
    views = (getattr(view, "operation", None) for view in app.view_functions.values())
    return {(info.method, info.rule): info for info in views if isinstance(info, OperationInfo)}


def find_operation() -> OperationInfo | None:
    """Return the operation of the current request, None for pages and unknown routes."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "operation", None)


def sentences_of(handler: Callable[..., object]) -> str:
    """Return the first paragraph of a handler's docstring as one line."""
    return " ".join((inspect.getdoc(handler) or "").split("\n\n")[0].split())


def describe(info: OperationInfo) -> dict[str, object]:
    """Return the OpenAPI operation of one route; schema classes are resolved by apispec."""
    operation: dict[str, object] = {
        "operationId": info.operation_id,
        "summary": info.summary.removesuffix("."),
        "description": " ".join(filter(None, [info.about or info.summary, _callers(info.permission)])),
        "parameters": _parameters(info),
        "responses": _responses(info),
    }
    if info.permission is None:
        operation["security"] = []
    if info.body is not None:
        content: dict[str, object] = {"schema": info.body}
        if info.example is not None:
            content["example"] = dict(info.example)
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _callers(permission: Permission | None) -> str:
    if permission is None:
        return "Callers: anyone, without a token."
    return f"Callers: {', '.join(role for role, held in PERMISSIONS.items() if permission in held)}."


def _parameters(info: OperationInfo) -> list[object]:
    parameters: list[object] = []  # text names one of the document's own parameters
    for name in info.path_ids:
        me = ' "me" is the caller.' if name == "patient_id" else ""
        parameters.append(
            {
                "in": "path",
                "name": name,
                "required": True,
                "description": f"Id of the {name.removesuffix('_id').replace('_', ' ')}.{me}",
                "schema": {"type": "string", "maxLength": 64},
            }
        )
    if info.query is not None:
        parameters.append({"in": "query", "schema": info.query})
    if info.key:
        parameters.append(f"IdempotencyKey{info.key.capitalize()}")
    if info.if_match:
        parameters.append("IfMatch")
    if info.has_etag and info.method == "GET":
        parameters.append("IfNoneMatch")
    return parameters


def _responses(info: OperationInfo) -> dict[str, object]:
    success: dict[str, object] = {"description": SUCCESS[info.status]}
    if info.returns is not None:
        success["content"] = {"application/json": {"schema": info.returns}}
    names = {"ETag": info.has_etag, "Location": info.location, "Idempotent-Replayed": info.key}
    headers = {name: _reference("headers", name) for name, present in names.items() if present}
    if headers:
        success["headers"] = headers
    responses: dict[str, object] = {str(info.status): success}
    if info.has_etag and info.method == "GET":
        responses["304"] = _reference("responses", "NotModified")
    for status in info.failures:
        responses[str(status)] = _reference("responses", PROBLEM_RESPONSES[status])
    return responses | {"default": _reference("responses", "Problem")}


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
