"""The types of bodies say what their schemas read: each member, whether it must be there, and what it is."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import GenericAlias
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from marshmallow import Schema

from tracker.api import fields
from tracker.api.schemas.check_ins import (
    CheckInCreate,
    CheckInUpdate,
    ContactRequestCreate,
    RedFlagReportCreate,
    SideEffectBody,
)
from tracker.api.schemas.sessions import BodyAreaBody, SessionCreate, SessionUpdate
from tracker.checkins.rules.bodies import (
    CheckInAmendment,
    CheckInBody,
    ContactRequestBody,
    RedFlagReportBody,
    SideEffect,
)
from tracker.sessions.rules.bodies import BodyArea, SessionBody, SessionCorrection

# Which type stands for which schema, in the services and inside other bodies.
BODIES: Mapping[type[Schema], Any] = {
    BodyAreaBody: BodyArea,
    CheckInCreate: CheckInBody,
    CheckInUpdate: CheckInAmendment,
    ContactRequestCreate: ContactRequestBody,
    RedFlagReportCreate: RedFlagReportBody,
    SessionCreate: SessionBody,
    SessionUpdate: SessionCorrection,
    SideEffectBody: SideEffect,
}
# The most special first; all other fields are text inside.
READ_AS: Sequence[tuple[type[Any], Any]] = (
    (fields.Flag, bool),
    (fields.Number, float),
    (fields.Whole, int),
    (fields.Identifier, UUID),
    (fields.Instant, datetime),
    (fields.CivilDate, date),
    (fields.Text, str),
)


def type_of(field: Any) -> Any:
    """Return what a field reads. Null never arrives: a body is read without its nulls."""
    if isinstance(field, fields.Lenient):
        inner = type_of(field.inner)
        return inner | None if field.otherwise(object()) is None else inner
    if isinstance(field, fields.ListOf):
        return GenericAlias(Sequence, (type_of(field.inner),))
    if isinstance(field, fields.Nested):
        return BODIES[type(field.schema)]
    return next(read for kind, read in READ_AS if isinstance(field, kind))


@pytest.mark.parametrize(("schema", "body"), BODIES.items(), ids=lambda one: one.__name__)
def test_a_body_has_the_members_of_its_schema(schema: type[Schema], body: Any) -> None:
    assert get_type_hints(body) == {name: type_of(field) for name, field in schema().fields.items()}


@pytest.mark.parametrize(("schema", "body"), BODIES.items(), ids=lambda one: one.__name__)
def test_a_body_needs_what_its_schema_requires(schema: type[Schema], body: Any) -> None:
    required = {name for name, field in schema().fields.items() if field.required}
    assert set(body.__required_keys__) == required
