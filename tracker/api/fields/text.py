"""The base of all fields, and text: free, a time zone, a word of a list.

A message is ``code|sentence``; ``problems.faults_of`` splits it again. Views write values as they are: orjson
gives instants, days, ids and words the same form in every answer.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypedDict, Unpack

from marshmallow import Schema, ValidationError, fields, missing

from tracker.local_time.zones import canonical_zone

UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
OPEN_RESPONSE = "Extensible enum: treat unknown values as if the member were absent."
OPEN_REQUEST = "Extensible enum: treat unknown values as refused today; later versions may know more."
MESSAGES: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "required|This is needed.",
    "null": "required|This is needed.",
    "validator_failed": "invalid_format|This value cannot be used.",
    "range": "out_of_range|Must lie between {low} and {high}.",
}


class Options(TypedDict, total=False):
    """What may be said of any field where it is declared."""

    required: bool
    load_default: object
    about: str
    example: object


class Described(fields.Field[object]):
    """A field with its bounds and texts for the contract; ``read`` turns what was sent into a value."""

    default_error_messages = MESSAGES
    json_type = "string"

    def __init__(self, *, bounds: Mapping[str, object], **options: Unpack[Options]):
        metadata = {"type": self.json_type, **bounds}
        if options.get("about"):
            metadata["description"] = options["about"]
        if options.get("example") is not None:
            metadata["examples"] = [options["example"]]
        super().__init__(
            metadata=metadata,
            required=options.get("required", False),
            load_default=options.get("load_default", missing),
        )

    def read(self, value: object) -> object:
        """Return the value inside; raises ValidationError with a coded message."""
        return value

    def _deserialize(self, value: object, *_marshmallow: object, **_options: object) -> object:
        return self.read(value)


class Text(Described):
    """Text of bounded length in code points; no control characters but tab and line ends."""

    default_error_messages = {
        "type": "invalid_type|Must be text.",
        "long": "too_long|Must have at most {limit} characters.",
        "short": "out_of_range|Must have at least {limit} characters.",
        "unreadable": "invalid_text|Contains a character that cannot be stored.",
    }

    def __init__(
        self,
        max_length: int,
        *,
        min_length: int = 0,
        bounds: Mapping[str, object] | None = None,
        **options: Unpack[Options],
    ):
        self.min_length, self.max_length = min_length, max_length
        lengths = {"maxLength": max_length} | ({"minLength": min_length} if min_length else {})
        super().__init__(bounds={**(bounds or {}), **lengths}, **options)

    def read(self, value: object) -> object:
        """Return what the text means: itself, unless a kind of text means something else."""
        return self.text_of(value)

    def text_of(self, value: object) -> str:
        """Return the text as it was sent; raises ValidationError for one that is not of this kind."""
        if not isinstance(value, str):
            raise self.make_error("type")
        if len(value) > self.max_length:
            raise self.make_error("long", limit=self.max_length)
        if len(value) < self.min_length:
            raise self.make_error("short", limit=self.min_length)
        if UNREADABLE.search(value):
            raise self.make_error("unreadable")
        return value


class Zone(Text):
    """An IANA time zone or one of its aliases; inside the name in use today."""

    default_error_messages = {"unknown": "unknown_time_zone|Must be an IANA time zone such as Europe/Berlin."}

    def __init__(self, **options: Unpack[Options]):
        super().__init__(64, **options)

    def read(self, value: object) -> str:
        """Return the canonical name."""
        try:
            return canonical_zone(self.text_of(value))
        except ValueError as error:
            if isinstance(error, ValidationError):
                raise
            raise self.make_error("unknown") from None


class Vocabulary(Text):
    """A word of a known list: a request with another one is refused, a view may gain words at any time."""

    default_error_messages = {"unknown": "unknown_value|Must be one of the known values."}

    def __init__(
        self, words: type[StrEnum] | Iterable[str], *, closed: bool = True, **options: Unpack[Options]
    ):
        self.words = {str(word): word for word in words}
        self.closed = closed
        super().__init__(64, **options)

    def _bind_to_schema(self, field_name: str, parent: Schema | fields.Field[object]) -> None:
        """Document the words: only what a request must send is closed (api.md 3.1)."""
        super()._bind_to_schema(field_name, parent)
        request = getattr(self.root, "is_request", False)
        if request and self.closed and self.required:
            self.metadata = {**self.metadata, "enum": list(self.words)}
            return
        sentence = OPEN_REQUEST if request and self.closed else OPEN_RESPONSE
        about = f"{sentence} {self.metadata.get('description', '')}".strip()
        known = list(self.words)
        self.metadata = {
            **self.metadata,
            "examples": known[:3],
            "x_extensible_enum": known,
            "description": about,
        }

    def read(self, value: object) -> str:
        """Return the word, as a member when the list is a StrEnum."""
        word = self.text_of(value)
        if self.closed and word not in self.words:
            raise self.make_error("unknown")
        return self.words.get(word, word)
