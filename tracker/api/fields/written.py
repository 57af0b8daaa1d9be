"""Text in one fixed notation: ids, instants, days, times, languages, mail addresses."""

import re
from datetime import UTC, date, datetime
from typing import Unpack
from uuid import UUID

from tracker.api.fields.text import Options, Text
from tracker.people.vocabulary import MAIL_ADDRESS, PHONE_NUMBER

IDENTIFIER_LENGTH = 64
YEARS = range(1970, 2201)


class Written(Text):
    """Text in one fixed notation, matched as a whole."""

    default_error_messages = {"format": "invalid_format|Must be written as documented."}
    notation: re.Pattern[str]

    def text_of(self, value: object) -> str:
        """Return the text if it is written in the notation."""
        text = super().text_of(value)
        if not self.notation.fullmatch(text):
            raise self.make_error("format")
        return text


class Identifier(Written):
    """An id of ours, written canonically in either case; opaque to clients, a UUID inside."""

    default_error_messages = {"format": "invalid_format|Must be an id that this service gave out."}
    notation = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

    def __init__(self, **options: Unpack[Options]):
        super().__init__(IDENTIFIER_LENGTH, **options)

    def read(self, value: object) -> UUID:
        """Return the UUID."""
        return UUID(self.text_of(value))


class Instant(Written):
    """An RFC 3339 instant with its offset, 1970 to 2200; inside an aware UTC datetime."""

    default_error_messages = {
        "format": "invalid_format|Must be an instant with its offset, such as 2026-01-15T08:30:00Z."
    }
    notation = re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]{1,9})?"
        r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
    )

    def __init__(self, **options: Unpack[Options]):
        super().__init__(40, bounds={"format": "date-time"}, **options)

    def read(self, value: object) -> datetime:
        """Return the instant in UTC, with what it had of microseconds."""
        text = self.text_of(value)
        if int(text[:4]) not in YEARS:
            raise self.make_error("range", low=YEARS.start, high=YEARS.stop - 1)
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except ValueError:
            raise self.make_error("format") from None


class CivilDate(Written):
    """A calendar day, YYYY-MM-DD, 1970 to 2200."""

    default_error_messages = {"format": "invalid_format|Must be a day such as 2026-01-15."}
    notation = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

    def __init__(self, **options: Unpack[Options]):
        super().__init__(10, bounds={"format": "date"}, **options)

    def read(self, value: object) -> date:
        """Return the day."""
        text = self.text_of(value)
        if int(text[:4]) not in YEARS:
            raise self.make_error("range", low=YEARS.start, high=YEARS.stop - 1)
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self.make_error("format") from None


class LocalTime(Written):
    """A wall-clock time in whole minutes, HH:MM; stays text inside."""

    default_error_messages = {"format": "invalid_format|Must be a time such as 21:30."}
    notation = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

    def __init__(self, **options: Unpack[Options]):
        super().__init__(5, bounds={"pattern": f"^{self.notation.pattern}$"}, **options)


class Locale(Written):
    """A language tag such as de or pt-BR."""

    default_error_messages = {"format": "invalid_format|Must be a language tag such as en or pt-BR."}
    notation = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")

    def __init__(self, **options: Unpack[Options]):
        super().__init__(16, **options)


class WallTime(Written):
    """The end of a span of a day, HH:MM in whole minutes; 24:00 is its midnight. Stays text inside."""

    default_error_messages = {"format": "invalid_format|Must be a time such as 17:30, at most 24:00."}
    notation = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")

    def __init__(self, **options: Unpack[Options]):
        super().__init__(5, bounds={"pattern": f"^({self.notation.pattern})$"}, **options)


class Erasable(Text):
    """Another notation that may be taken back: empty text says that there is none any more."""

    def __init__(self, inner: Text, *, about: str = ""):
        self.inner = inner
        super().__init__(inner.max_length, about=f"{about} Empty text: none any more.".strip())

    def read(self, value: object) -> object:
        """Return what was written, or empty text."""
        return value if value == "" else self.inner.read(value)


class Email(Written):
    """A mail address in ASCII with a host that has a dot."""

    default_error_messages = {"format": "invalid_format|Must be a mail address."}
    notation = MAIL_ADDRESS

    def __init__(self, **options: Unpack[Options]):
        super().__init__(254, bounds={"format": "email"}, **options)


class Phone(Written):
    """A phone number in E.164; empty text says that there is none any more."""

    default_error_messages = {
        "format": "invalid_format|Must be a number with its country, such as +493012345678."
    }
    notation = re.compile(f"({PHONE_NUMBER.pattern})?")

    def __init__(self, **options: Unpack[Options]):
        super().__init__(16, bounds={"pattern": f"^{self.notation.pattern}$"}, **options)
