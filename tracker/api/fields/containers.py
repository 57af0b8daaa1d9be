"""Fields that hold others: lists, maps, objects, and one that never refuses."""

from collections.abc import Callable
from copy import copy
from typing import Any

from marshmallow import Schema, ValidationError, fields

from tracker.api.fields.text import MESSAGES, Described


class MapOf(Described):
    """A map from short keys to values of one kind, given as their JSON Schema; views only."""

    json_type = "object"

    def __init__(self, values: dict[str, Any], **options: Any):
        super().__init__(bounds={"additionalProperties": values}, **options)


class ListOf(fields.List[Any]):
    """A list of bounded length; its bounds are checked before its members."""

    default_error_messages = MESSAGES | {
        "invalid": "invalid_type|Must be a list.",
        "many": "too_many_items|Must have at most {limit} members.",
        "few": "out_of_range|Must have at least {limit} members.",
    }

    def __init__(
        self, inner: fields.Field[Any], max_items: int, *, min_items: int = 0, about: str = "", **options: Any
    ):
        self.max_items, self.min_items = max_items, min_items
        metadata: dict[str, Any] = {"maxItems": max_items}
        metadata |= {"minItems": min_items} if min_items else {}
        metadata |= {"description": about} if about else {}
        super().__init__(inner, metadata=metadata, **options)

    def _deserialize(self, value: Any, *marshmallow: Any, **options: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > self.max_items:
            raise self.make_error("many", limit=self.max_items)
        if len(value) < self.min_items:
            raise self.make_error("few", limit=self.min_items)
        return super()._deserialize(value, *marshmallow, **options)


class Nested(fields.Nested):
    """An object inside an object; its faults carry the whole path."""

    default_error_messages = MESSAGES

    def __init__(self, schema: type[Schema], *, required: bool = False):
        super().__init__(schema, required=required)


class Lenient(fields.Field[Any]):
    """Another field that never refuses: what it cannot read becomes ``otherwise(value)``, by default None."""

    def __init__(self, inner: Described | ListOf, otherwise: Callable[[Any], Any] = lambda _value: None):
        self.inner, self.otherwise = inner, otherwise
        super().__init__()

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.inner = copy(self.inner)  # every schema instance shares the declared one, and binding adds to it
        self.inner.allow_none = not self.required
        self.inner._bind_to_schema(field_name, self)

    def _deserialize(self, value: Any, *marshmallow: Any, **options: Any) -> Any:
        try:
            return self.inner.deserialize(value, *marshmallow, **options)
        except ValidationError:
            return self.otherwise(value)
