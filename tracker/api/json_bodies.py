"""Reads one JSON object from a request, strictly: what two parsers could read differently is refused."""

import json
import math
import re
from collections.abc import Iterator, Mapping

from flask import request

from tracker.api.fields import UNREADABLE
from tracker.api.problems import Unreadable, pointer
from tracker.errors import Fault, Invalid

MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 20
_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_NEVER_TEXT = re.compile("[\x00\ud800-\udfff]")


def read_object(*, lenient: bool = False) -> dict[str, object]:
    """Return the body without its nulls; raises Unreadable, or Invalid for text that cannot be stored.

    A lenient reader takes such characters out, and numbers that are too large as text, instead of refusing the body.
    """
    _require_plain_json()
    value = parse(request.get_data(cache=False), lenient=lenient)
    if lenient:
        value = {UNREADABLE.sub("", key): _cleaned(member) for key, member in value.items()}
        return without_nulls(value)
    faults = list(_text_faults(value, ()))
    if faults:
        raise Invalid(*faults)
    return without_nulls(value)


def parse(raw: bytes, *, lenient: bool = False) -> dict[str, object]:
    """Read UTF-8 JSON whose top level is an object; raises Unreadable for everything else."""
    if not raw.strip():
        raise _malformed("The body is empty.")
    _require_shallow(raw)
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse,
            parse_int=_whole_or_text if lenient else _whole,
            parse_float=_finite_or_text if lenient else _finite,
        )
    except UnicodeDecodeError:
        raise _malformed("The body is not UTF-8.") from None
    except ValueError:
        raise _malformed("The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise _malformed("The body must be a JSON object.")
    return value


def without_nulls(value: Mapping[str, object]) -> dict[str, object]:
    """Return a copy in which no object has a member that is null; members of lists stay."""
    return {key: _without_nulls(member) for key, member in value.items() if member is not None}


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return without_nulls(value)
    return [_without_nulls(member) for member in value] if isinstance(value, list | tuple) else value


def _require_plain_json() -> None:
    if request.content_encoding not in {None, "", "identity"}:
        raise Unreadable("Send the body without content encoding.", code="unsupported_media_type")
    if request.mimetype != "application/json":
        raise Unreadable("Send the body as application/json.", code="unsupported_media_type")
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8"}:
        raise Unreadable("Send the body in UTF-8.", code="unsupported_media_type")


def _require_shallow(raw: bytes) -> None:
    depth = 0
    for token in _BRACKET.finditer(raw):
        if token[0] in {b"[", b"{"}:
            depth += 1
            if depth > MAX_DEPTH:
                raise _malformed(f"The body is nested deeper than {MAX_DEPTH} levels.")
        elif token[0] in {b"]", b"}"}:
            depth -= 1


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for key, value in pairs:
        if key in members:
            raise _malformed(f"The member {_NEVER_TEXT.sub('?', key)[:64]!r} stands there twice.")
        members[key] = value
    return members


def _refuse(constant: str) -> None:
    raise _malformed(f"{constant} is not JSON.")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _malformed(f"A number has more than {MAX_DIGITS} digits.")
    return int(digits)


def _whole_or_text(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits[:MAX_DIGITS]


def _finite_or_text(written: str) -> float | str:
    number = float(written)
    return written[:MAX_DIGITS] if math.isinf(number) else number


def _finite(written: str) -> float:
    number = float(written)
    if math.isinf(number):
        raise _malformed("A number is too large.")
    return number


def _text_faults(value: object, at: tuple[str, ...]) -> Iterator[Fault]:
    if isinstance(value, str) and _NEVER_TEXT.search(value):
        yield Fault(pointer(at), "invalid_text", "Contains a character that cannot be stored.")
    elif isinstance(value, dict):
        for key, member in value.items():
            if _NEVER_TEXT.search(key):
                yield Fault(
                    pointer((*at, key[:64])),
                    "invalid_text",
                    "The name contains a character that cannot be stored.",
                )
            yield from _text_faults(member, (*at, key[:64]))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _text_faults(member, (*at, str(index)))


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return UNREADABLE.sub("", value)
    if isinstance(value, Mapping):
        return {UNREADABLE.sub("", key): _cleaned(member) for key, member in value.items()}
    return [_cleaned(member) for member in value] if isinstance(value, list) else value


def _malformed(detail: str) -> Unreadable:
    return Unreadable(detail, code="malformed_json")
