"""The OpenAPI 3.1 document, written from the routes and their schemas; ``make openapi`` keeps it."""

from collections.abc import Callable
from threading import Lock
from typing import Any

import flask_smorest
import yaml
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask, current_app

from tracker.api.contract import PROBLEM_RESPONSES
from tracker.api.fields import Lenient
from tracker.api.schemas.common import CommaList, ProblemView

API_VERSION = "1.0.0"
EXTENSION = "contract"
INFO = {
    "description": (
        "Follows patients through the days after dry needling: sessions, plans, check-ins, reminders, alerts.\n\n"
        "In requests null means not sent; answers never contain null. Instants are RFC 3339 in UTC with whole "
        "seconds. Clients ignore members they do not know and treat unknown words of a vocabulary as absent. "
        "Send `If-Match` with the `version` of the body, not with the `ETag` of a proxy."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
    "contact": {"name": "The operator of this service"},
}
PARAMETERS = {
    "IdempotencyKeyRequired": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "One new UUID per thing the user creates; the same key again returns what was created.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "IdempotencyKeyOptional": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "One new UUID per thing the user creates; without one every request creates.",
        "schema": {"type": "string", "maxLength": 255},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The `version` that was read, in double quotes.",
        "schema": {"type": "string", "maxLength": 64, "examples": ['"7"']},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of the copy at hand; 304 if it is still current.",
        "schema": {"type": "string", "maxLength": 255},
    },
}
HEADERS = {
    "ETag": {
        "description": "The version of what is returned, in double quotes.",
        "schema": {"type": "string", "maxLength": 64},
    },
    "Location": {"description": "Path of what was created.", "schema": {"type": "string", "maxLength": 200}},
    "Idempotent-Replayed": {
        "description": "`true` when the key came before and nothing new was created.",
        "schema": {"type": "string", "maxLength": 5},
    },
    "WWW-Authenticate": {"description": "`Bearer`.", "schema": {"type": "string", "maxLength": 64}},
    "Retry-After": {
        "description": "Seconds to wait.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0},
    },
}
PROBLEM_HEADERS = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
PROBLEM_TEXTS = {
    400: "The request cannot be read.",
    401: "No valid token.",
    403: "Not for this role, or consent is missing.",
    404: "It does not exist, or not for this caller.",
    409: "What is stored does not allow it.",
    410: "It is over: a code or cursor has expired.",
    412: "It changed since it was read.",
    413: "The body is too large or has too many items.",
    415: "The body is not plain application/json.",
    422: "Some values need to change.",
    428: "If-Match is missing.",
    429: "Too many attempts.",
    503: "Not ready; try again shortly.",
}


class _Converter(OpenAPIConverter):
    def schema2jsonschema(self, schema: Any) -> dict[str, Any]:
        """Add the first line of the schema's docstring."""
        converted = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        return {"description": (type(schema).__doc__ or "").strip().split("\n")[0], **converted}


class _Plugin(MarshmallowPlugin):
    Converter = _Converter


def _component_name(schema: Any) -> str:
    name: str = (schema if isinstance(schema, type) else type(schema)).__name__
    return name.removesuffix("View")


def _write_commas(_converter: Any, field: Any, **_options: Any) -> dict[str, Any]:
    return {"style": "form", "explode": False} if isinstance(field, CommaList) else {}


def _write_inner(converter: OpenAPIConverter, field: Any, **_options: Any) -> dict[str, Any]:
    return converter.field2property(field.inner) if isinstance(field, Lenient) else {}


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest's registry of routes, with our problems in place of its errors."""

    ERROR_SCHEMA = ProblemView
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask) -> None:
        plugin = _Plugin(schema_name_resolver=_component_name)
        kwargs = {"title": "Recovery Tracker", "version": API_VERSION, "openapi_version": "3.1.0"}
        super().__init__(app, spec_kwargs={**kwargs, "marshmallow_plugin": plugin, "info": INFO})
        assert plugin.converter is not None
        plugin.converter.add_attribute_function(_write_inner)  # type: ignore[no-untyped-call]
        plugin.converter.add_parameter_attribute_function(_write_commas)
        self._put_off: list[Callable[[], None]] = []
        self._lock = Lock()
        app.extensions[EXTENSION] = self

    def put_off(self, documenting: Callable[[], None]) -> None:
        """Keep the documentation of one blueprint for the first reader of the document."""
        self._put_off.append(documenting)

    def complete(self) -> dict[str, Any]:
        """Return the document as apispec wrote it; one reader at a time writes what was put off."""
        with self._lock:
            while self._put_off:
                self._put_off.pop(0)()
            found: dict[str, Any] = self.spec.to_dict()
            return found

    def _register_error_handlers(self) -> None:
        """Leave errors to ``problems``."""

    def _register_responses(self) -> None:
        components = self.spec.components
        for status, name in PROBLEM_RESPONSES.items():
            components.response(name, _problem_response(PROBLEM_TEXTS[status], PROBLEM_HEADERS.get(status)))
        components.response("Problem", _problem_response("Any other problem.", None))
        components.response("NotModified", {"description": "The copy at hand is still current."})

    def _register_etag_headers(self) -> None:
        for name, header in HEADERS.items():
            self.spec.components.header(name, header)
        for name, parameter in PARAMETERS.items():
            self.spec.components.parameter(name, parameter["in"], parameter)
        self.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})

    def _register_pagination_header(self) -> None:
        """Pages are in the body (api.md 1.2)."""


def _problem_response(text: str, header: str | None) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": text,
        "content": {"application/problem+json": {"schema": ProblemView}},
    }
    if header:
        response["headers"] = {header: {"$ref": f"#/components/headers/{header}"}}
    return response


def document(app: Flask) -> dict[str, Any]:
    """Return the whole document of the application's operations."""
    api: Api = app.extensions[EXTENSION]
    found = api.complete()
    found["components"]["schemas"].pop("PaginationMetadata", None)
    for item in found["paths"].values():
        item.pop("parameters", None)  # flask-smorest's own guess; each operation describes its ids
    return {
        "openapi": found["openapi"],
        "info": found["info"],
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": sorted(found["tags"], key=lambda tag: str(tag["name"])),
        "paths": dict(sorted(found["paths"].items())),
        "components": {
            kind: dict(sorted(entries.items())) for kind, entries in sorted(found["components"].items())
        },
    }


def render(app: Flask) -> str:
    """Return the document as YAML, the same text for the same code."""
    return yaml.dump(plain(document(app)), sort_keys=False, allow_unicode=True, width=110, Dumper=_Dumper)


def served() -> str:
    """Return the rendered document of the running application, written once."""
    cached = current_app.extensions.get("contract_text")
    if cached is None:
        cached = current_app.extensions["contract_text"] = render(current_app)
    return str(cached)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        """Write everything out: anchors are legal YAML and break readers."""
        return True


def plain(value: Any) -> Any:
    """Return dicts, lists and scalars only; words of vocabularies become text."""
    if isinstance(value, dict):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    return str(value) if isinstance(value, str) else value
