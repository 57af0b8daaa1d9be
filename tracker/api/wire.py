"""The bridge between a route and HTTP: declares an operation, reads what came, writes what the handler returns.

flask-smorest registers the routes and keeps their documentation. Its argument parser is not used: it takes a
wrong content type for an empty body, keeps duplicate keys, and answers in a shape of its own.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, wraps
from hashlib import blake2b
from typing import Any, Generic, Literal, TypeVar

import flask_smorest
import orjson
from flask import Response, g, request
from marshmallow import Schema

from tracker import clock
from tracker.api import arguments, auth
from tracker.api.contract import OperationInfo, describe, sentences_of
from tracker.api.json_bodies import read_object, without_nulls
from tracker.api.spec import Api
from tracker.people.rules.access import Permission

Handler = TypeVar("Handler", bound=Callable[..., object])
Data = TypeVar("Data")
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
JSON_OPTIONS = orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_UTC_Z
_TAG = re.compile(r'(?:W/)?"([^"]*?)(?:[:-](?:gzip|br|zstd))?"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Generic[Data]):
    """What a handler returns when the data alone does not say it all."""

    data: Data
    replayed: bool = False  # the key came before; nothing new was created
    ready: bool = False  # data is the finished answer, built from views elsewhere: not dumped again
    etag: str | None = None  # names this state; without data it answers 304


class Shown:
    """A row as its view reads it, with what stands beside its columns; a name given here hides the row's."""

    __slots__ = ("_beside", "_row")

    def __init__(self, row: object, **beside: object) -> None:
        self._row, self._beside = row, beside

    def __getattr__(self, name: str) -> object:
        return self._beside[name] if name in self._beside else getattr(self._row, name)


def ready(data: Data) -> Reply[Data]:
    """Return a finished answer without a null in it, which is only serialised; for hot lists."""
    return Reply(data=data, ready=True)


def client_has(etag: str) -> bool:
    """Say whether the client named this state in If-None-Match, so that building it can be saved."""
    return etag in _TAG.findall(request.headers.get("If-None-Match", ""))


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """The operations of one tag."""

    def __init__(self, tag: str, description: str) -> None:
        super().__init__(tag, __name__, description=description)

    def register_views_in_doc(self, api: Api, *given: object, **options: object) -> None:
        """Put off the documentation until somebody asks for it: it would double the time of a start."""
        api.put_off(partial(super().register_views_in_doc, api, *given, **options))

    def operation(
        self, operation_id: str, method: Method, rule: str, permission: Permission | None, **promises: Any
    ) -> Callable[[Handler], Handler]:
        """Register a handler as one operation; ``promises`` are the other fields of OperationInfo."""

        def decorate(handler: Handler) -> Handler:
            arguments = inspect.signature(handler, eval_str=True).parameters
            path_ids = {name: arguments[name].annotation for name in re.findall(r"<(\w+)>", rule)}
            info = OperationInfo(
                operation_id=operation_id,
                method=method,
                rule=rule,
                tag=self.name,
                permission=permission,
                summary=sentences_of(handler),
                path_ids=path_ids,
                **promises,
            )
            view = _view(info, handler)
            view.operation = info  # type: ignore[attr-defined]
            view._apidoc = {"manual_doc": describe(info)}  # type: ignore[attr-defined]
            self.add_url_rule(rule, operation_id, view, methods=[method])
            return handler

        return decorate


def _view(info: OperationInfo, handler: Callable[..., object]) -> Callable[..., Response]:
    """Wrap a handler: who, where, how, what, in this order; then its answer."""
    body = info.body() if info.body else None
    query = info.query() if info.query else None
    view = info.returns() if info.returns else None

    @wraps(handler)
    def serve(**path: str) -> Response:
        given: dict[str, object] = {}
        actor = None
        if info.permission is not None:
            actor = given["actor"] = g.actor = auth.get_actor(clock.now())
            auth.require(actor, info.permission)
        given |= {
            name: arguments.path_value(name, raw, info.path_ids[name], actor) for name, raw in path.items()
        }
        values = arguments.query_values(query)
        if query is not None:
            given["query"] = values
        raw = read_object(lenient=info.emergency) if body is not None else {}
        warns = body is not None and arguments.tells_a_warning(body, raw)
        if info.key:
            given["key"] = arguments.idempotency_key(required=info.key == "required" and not warns)
        if info.if_match:
            given["version"] = arguments.expected_version(required=not warns)
        if body is not None:
            given["body"] = arguments.load(body, raw)
        return _respond(info, view, handler(**given))

    return serve


def _respond(info: OperationInfo, view: Schema | None, result: object) -> Response:
    if isinstance(result, Response):
        return result
    answer: Reply[Any] = result if isinstance(result, Reply) else Reply(data=result)
    if view is None:
        return _empty(info.status)
    if answer.data is None:
        return _empty(304, answer.etag)
    data: dict[str, object] = answer.data if answer.ready else without_nulls(view.dump(answer.data))
    raw = orjson.dumps(data, option=JSON_OPTIONS)
    etag = _etag(info, answer, data, raw)
    if etag is not None and request.method in {"GET", "HEAD"} and client_has(etag):
        return _empty(304, etag)
    response = Response(raw, status=info.status, content_type="application/json")
    response.headers["Cache-Control"] = info.cache
    if etag is not None:
        response.headers["ETag"] = f'"{etag}"'
    if info.location:
        response.headers["Location"] = info.location.format_map(data)
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _empty(status: int, etag: str | None = None) -> Response:
    response = Response(status=status, headers={} if etag is None else {"ETag": f'"{etag}"'})
    del response.headers["Content-Type"]
    return response


def _etag(info: OperationInfo, answer: Reply[object], data: Mapping[str, object], raw: bytes) -> str | None:
    if answer.etag is not None:
        return answer.etag
    if info.conditional:
        return blake2b(raw, digest_size=12).hexdigest()
    return str(data["version"]) if "version" in data else None
