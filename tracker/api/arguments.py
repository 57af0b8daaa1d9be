"""Turns the parts of a request into the arguments of a handler, or says what is wrong with them."""

import re
from collections.abc import Mapping
from uuid import UUID

from flask import request
from marshmallow import Schema, ValidationError

from tracker.api.fields import IDENTIFIER_LENGTH, Identifier
from tracker.api.problems import Unreadable, faults_of
from tracker.api.schemas.common import Body
from tracker.errors import Invalid, NotFound, VersionMismatch
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor
from tracker.translation import DEFAULT_LOCALE

MAX_KEY_LENGTH = 255
_KEY = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY_LENGTH}}}")
_VERSION_TAG = re.compile(r'(?:W/)?"([0-9]{1,9})(?:[:-](?:gzip|br|zstd))?"')
_IDENTIFIER = Identifier()


def path_value(name: str, raw: str, kind: type, actor: Actor | None) -> object:
    """Return an id of the path, ``me`` as the caller's own patient; raises NotFound for what is no id."""
    if name == "patient_id" and raw == "me" and actor is not None and actor.patient_id is not None:
        return actor.patient_id
    if kind is not UUID:
        if len(raw) > IDENTIFIER_LENGTH or not raw.isascii() or not raw.isprintable():
            raise NotFound
        return raw
    try:
        return _IDENTIFIER.deserialize(raw)
    except ValidationError:
        raise NotFound from None


def query_values(schema: Schema | None) -> dict[str, object]:
    """Return the query parameters; raises Unreadable for an unknown, repeated or wrong one."""
    known = {} if schema is None else schema.fields
    for name, values in request.args.lists():
        if name not in known:
            raise Unreadable("There is no such parameter here.", code="unknown_parameter", parameter=name)
        if len(values) > 1:
            raise Unreadable("Send this parameter once.", parameter=name)
    if schema is None:
        return {}
    try:
        loaded: dict[str, object] = schema.load(request.args.to_dict())
    except ValidationError as error:
        name = next(iter(error.messages))
        fault = next(faults_of(error.messages[name]))
        raise Unreadable(fault.detail, parameter=name) from None
    return loaded


def asked_locale() -> str:
    """Return the language that the request asks for by its header, else the default one."""
    return request.accept_languages.best or DEFAULT_LOCALE


def locale_for(actor: Actor, patient: PatientFacts | None = None) -> str:
    """Return the language to answer in: a patient's own whatever the request asks for, for staff what it asks for."""
    return patient.locale if patient and patient.id == actor.patient_id else asked_locale()


def idempotency_key(*, required: bool) -> str | None:
    """Return the key, bare; raises Unreadable when a required one is missing or cannot be one."""
    raw = request.headers.get("Idempotency-Key", "").strip()
    key = raw[1:-1] if len(raw) > 1 and raw[0] == raw[-1] == '"' else raw
    if _KEY.fullmatch(key):
        return key
    if not required:
        return None  # what cannot be a key is no reason to lose a report
    if not key:
        raise Unreadable(
            "Send an Idempotency-Key: one new UUID per thing created.", code="idempotency_key_missing"
        )
    sentence = f"An Idempotency-Key has at most {MAX_KEY_LENGTH} printable ASCII characters and no spaces."
    raise Unreadable(sentence, parameter="Idempotency-Key")


def tells_a_warning(schema: Schema, raw: Mapping[str, object]) -> bool:
    """Say whether a body tells a warning sign, which is taken whatever is missing or wrong around it."""
    return isinstance(schema, Body) and schema.salvage(raw, ()) is not None


def expected_version(*, required: bool = True) -> int:
    """Return the version in If-Match, whatever proxies did to it; raises Unreadable or VersionMismatch.

    Where none is required, one that is missing or unreadable is 0, which no row ever has.
    """
    raw = request.headers.get("If-Match", "").strip()
    if not required and _VERSION_TAG.fullmatch(raw) is None:
        return 0
    if not raw:
        raise Unreadable(
            'Send If-Match with the version that you read, such as "7".', code="if_match_required"
        )
    tag = _VERSION_TAG.fullmatch(raw)
    if tag is None:
        raise VersionMismatch('If-Match must be one version, such as "7".')
    return int(tag[1])


def load(schema: Schema, raw: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a body, or of one item of a batch; raises Invalid with every fault.

    One that tells a warning sign is read without what is wrong in it.
    """
    try:
        loaded: dict[str, object] = schema.load(raw)
    except ValidationError as error:
        rest = schema.salvage(raw, set(error.messages)) if isinstance(schema, Body) else None
        if rest is not None:
            return dict(schema.load(rest))
        faults = tuple(faults_of(error.messages))
        many = any(fault.code == "too_many_items" for fault in faults)
        raise Invalid(*faults, code="too_many_items" if many else None) from None
    return loaded
