"""What all schemas share: bodies are closed, views are open, pages are bounded."""

import re
from collections.abc import Collection, Mapping
from copy import copy
from typing import NotRequired, TypedDict, Unpack

from marshmallow import EXCLUDE, RAISE, Schema
from marshmallow.fields import Field

from tracker.api import fields
from tracker.api.fields import Options

MAX_PAGE = 100
DEFAULT_PAGE = 50


class Body(Schema):
    """What a client sends; an unknown member is a fault, an optional one may be null, which means not sent."""

    is_request = True
    error_messages = {
        "unknown": "unknown_field|There is no such field here.",
        "type": "invalid_type|Must be an object.",
    }

    class Meta:  # noqa: D106  (marshmallow's place for options)
        unknown = RAISE

    def on_bind_field(self, _name: str, field_obj: Field[object]) -> None:
        """Document every optional member as nullable: generated clients send null for what is unset."""
        if not field_obj.required:
            field_obj.allow_none = True

    def salvage(self, raw: Mapping[str, object], faulty: Collection[str]) -> dict[str, object] | None:
        """Return what is read of a body in spite of these members; None: it is refused."""
        del raw, faulty
        return None


class LenientBody(Body):
    """A body that is never refused for a member that this version does not know."""

    class Meta:  # noqa: D106
        unknown = EXCLUDE


class View(Schema):
    """What the server answers; clients ignore members they do not know."""

    class Meta:  # noqa: D106
        unknown = EXCLUDE


class Query(Schema):
    """The query parameters of an operation; an unknown one is refused."""

    is_request = True


class Limit(fields.Written):
    """How many items a page may have: 50 when absent, larger numbers become 100."""

    default_error_messages = {"format": "out_of_range|Must be a whole number of at least 1."}
    notation = re.compile(r"0*[1-9][0-9]*")

    def __init__(self) -> None:
        super().__init__(10, load_default=DEFAULT_PAGE)
        self.metadata = {
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "description": f"Most items on this page; more than {MAX_PAGE} are never given.",
        }

    def read(self, value: object) -> int:
        """Return the number, lowered to 100."""
        return min(int(self.text_of(value)), MAX_PAGE)


class CommaList(fields.Text):
    """Several words in one parameter, separated by commas; any of them may match."""

    default_error_messages = {"many": "out_of_range|Must have at most {limit} words."}

    def __init__(self, word: fields.Vocabulary, max_items: int, **options: Unpack[Options]) -> None:
        self.word, self.max_items = word, max_items
        super().__init__(65 * max_items, **options)

    def _bind_to_schema(self, field_name: str, parent: Schema | Field[object]) -> None:
        super()._bind_to_schema(field_name, parent)
        self.word = copy(self.word)  # every schema instance shares the declared one, and binding adds to it
        self.word._bind_to_schema(field_name, self)
        items = {
            key.replace("x_", "x-").replace("_", "-"): value for key, value in self.word.metadata.items()
        }
        about = self.metadata.get("description", "")
        self.metadata = {"type": "array", "maxItems": self.max_items, "items": items, "description": about}

    def read(self, value: object) -> list[object]:
        """Return the words, each read as the inner field reads it."""
        words = self.text_of(value).split(",")
        if len(words) > self.max_items:
            raise self.make_error("many", limit=self.max_items)
        return [self.word.deserialize(word) for word in words]


class PageQuery(Query):
    """The parameters of every list."""

    limit = Limit()
    cursor = fields.Text(1000, about="`next_cursor` of the page before; absent on the first page.")


class PageParameters(TypedDict):
    """The parameters of a list as they are read."""

    limit: int
    cursor: NotRequired[str]


def page_of(view: type[View], **beside: Field[object] | fields.ListOf) -> type[View]:
    """Return the schema of one page of a list of these, with what stands beside the list."""
    members = {
        "__doc__": "One page of a list; `next_cursor` is absent on the last one.",
        "items": fields.ListOf(fields.Nested(view), MAX_PAGE, required=True),
        "next_cursor": fields.Text(1000, about="Send it as `cursor` to go on; absent on the last page."),
        **beside,
    }
    return type(view.__name__.removesuffix("View") + "PageView", (View,), members)


class ProblemErrorView(View):
    """One fault: where it is, and what to change."""

    code = fields.Text(64, required=True, about="Stable; what clients switch on.", example="out_of_range")
    detail = fields.Text(500, required=True, example="Must lie between 0 and 10.")
    pointer = fields.Text(500, about="JSON Pointer into the body.", example="#/soreness")
    parameter = fields.Text(64, about="Name of a query parameter or header.", example="limit")


class ProblemView(View):
    """Why a request was not served (RFC 9457)."""

    type = fields.Text(
        200, required=True, bounds={"format": "uri-reference"}, example="/problems/validation-failed"
    )
    title = fields.Text(200, required=True, example="Some values need to change")
    status = fields.Whole(400, 599, required=True, example=422)
    code = fields.Text(
        64, required=True, about="Stable; what clients switch on.", example="validation_failed"
    )
    request_id = fields.Text(64, required=True, about="Name it when you report a fault.")
    detail = fields.Text(1000, about="What to change.")
    errors = fields.ListOf(fields.Nested(ProblemErrorView), 100)
    retry_after_seconds = fields.Whole(0, 86400)
    emergency_advice = fields.Text(
        2000, about="What to do in an emergency; stands in every refusal of a red-flag report."
    )
