"""Field types of bodies, views and queries: what they accept, and how the contract bounds them."""

from tracker.api.fields.containers import Lenient, ListOf, MapOf, Nested
from tracker.api.fields.numbers import INT32, Flag, Number, Whole
from tracker.api.fields.text import UNREADABLE, Options, Text, Vocabulary, Zone
from tracker.api.fields.written import (
    IDENTIFIER_LENGTH,
    CivilDate,
    Email,
    Erasable,
    Identifier,
    Instant,
    Locale,
    LocalTime,
    Phone,
    WallTime,
    Written,
)

__all__ = [
    "IDENTIFIER_LENGTH",
    "INT32",
    "UNREADABLE",
    "CivilDate",
    "Email",
    "Erasable",
    "Flag",
    "Identifier",
    "Instant",
    "Lenient",
    "ListOf",
    "LocalTime",
    "Locale",
    "MapOf",
    "Nested",
    "Number",
    "Options",
    "Phone",
    "Text",
    "Vocabulary",
    "WallTime",
    "Whole",
    "Written",
    "Zone",
]
