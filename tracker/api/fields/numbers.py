"""Numbers within bounds, and true or false; text that looks like one is refused."""

import math
from typing import Unpack

from tracker.api.fields.text import Described, Options

INT32 = 2**31 - 1


class Whole(Described):
    """A whole number within bounds; 9.0 is one, 9.7, "9" and true are not."""

    default_error_messages = {"type": "invalid_type|Must be a whole number."}
    json_type = "integer"

    def __init__(self, minimum: int, maximum: int, **options: Unpack[Options]):
        self.low, self.high = minimum, maximum
        bounds = {"format": self._format(), "minimum": minimum, "maximum": maximum}
        super().__init__(bounds=bounds, **options)

    def read(self, value: object) -> int | float:
        """Return the number."""
        number = self._number(value)
        if not self.low <= number <= self.high:
            raise self.make_error("range", low=self.low, high=self.high)
        return number

    def _format(self) -> str:
        return "int32" if self.high <= INT32 else "int64"

    def _number(self, value: object) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float) or value % 1:
            raise self.make_error("type")
        return int(value)


class Number(Whole):
    """A number within bounds; text and true are refused."""

    default_error_messages = {"type": "invalid_type|Must be a number."}
    json_type = "number"

    def _format(self) -> str:
        return "double"

    def _number(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.make_error("type")
        return float(value)


class Flag(Described):
    """True or false, and nothing that merely looks like it."""

    default_error_messages = {"type": "invalid_type|Must be true or false."}
    json_type = "boolean"

    def __init__(self, **options: Unpack[Options]):
        super().__init__(bounds={}, **options)

    def read(self, value: object) -> bool:
        """Return the truth value."""
        if not isinstance(value, bool):
            raise self.make_error("type")
        return value
