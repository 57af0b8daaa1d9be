"""Fields that hold others: lists, maps, objects, and one that never refuses."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Unpack

from marshmallow import Schema, ValidationError, fields

from tracker.api.fields.text import MESSAGES, Described, Options


class MapOf(Described):
    """A map from short keys to values of one kind, given as their JSON Schema; views only."""

    json_type = "object"

    def __init__(self, values: dict[str, object], **options: Unpack[Options]):
        super().__init__(bounds={"additionalProperties": values}, **options)


class ListOf(fields.List[object]):
    """A list of bounded length; its bounds are checked before its members."""

    default_error_messages = MESSAGES | {
        "invalid": "invalid_type|Must be a list.",
        "many": "too_many_items|Must have at most {limit} members.",
        "few": "out_of_range|Must have at least {limit} members.",
    }

    def __init__(
        self,
        inner: fields.Field[object],
        max_items: int,
        *,
        min_items: int = 0,
        about: str = "",
        required: bool = False,
    ):
        self.max_items, self.min_items = max_items, min_items
        metadata: dict[str, object] = {"maxItems": max_items}
        metadata |= {"minItems": min_items} if min_items else {}
        metadata |= {"description": about} if about else {}
        super().__init__(inner, metadata=metadata, required=required)

    def _deserialize(
        self, value: object, attr: str | None, data: Mapping[str, object] | None, **options: object
    ) -> list[object]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > self.max_items:
            raise self.make_error("many", limit=self.max_items)
        if len(value) < self.min_items:
            raise self.make_error("few", limit=self.min_items)
        return super()._deserialize(value, attr, data, **options)


class Nested(fields.Nested):
    """An object inside an object; its faults carry the whole path."""

    default_error_messages = MESSAGES

    def __init__(self, schema: type[Schema], *, required: bool = False):
        super().__init__(schema, required=required)


class Lenient(fields.Field[object]):
    """Another field that never refuses: what it cannot read becomes ``otherwise(value)``, by default None."""

    def __init__(
        self, inner: Described | ListOf, otherwise: Callable[[object], object] = lambda _value: None
    ):
        self.inner, self.otherwise = inner, otherwise
        super().__init__()

    def _bind_to_schema(self, field_name: str, parent: Schema | fields.Field[object]) -> None:
        super()._bind_to_schema(field_name, parent)
        self.inner = copy(self.inner)  # every schema instance shares the declared one, and binding adds to it
        self.inner.allow_none = not self.required
        self.inner._bind_to_schema(field_name, self)

    def _deserialize(
        self, value: object, attr: str | None, data: Mapping[str, object] | None, **options: object
    ) -> object:
        try:
            return self.inner.deserialize(value, attr, data, **options)
        except ValidationError:
            return self.otherwise(value)
