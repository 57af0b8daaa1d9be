"""What a check-in may hold is one table: columns, types, schemas and rows are held against it."""

from typing import get_type_hints

import pytest
from sqlalchemy import CheckConstraint, Table

from tracker.api.schemas.check_ins import CheckInUpdate, CheckInView
from tracker.api.schemas.outcomes import TrajectoryPointView
from tracker.checkins.models import CheckIn
from tracker.checkins.rules.bodies import CheckInAmendment, said_in
from tracker.checkins.rules.items import ITEMS, NOTHING_SAID, CheckInItem, ItemKind

TABLE = CheckIn.__table__
assert isinstance(TABLE, Table)
BOUNDS = {
    str(check.sqltext) for check in TABLE.constraints if isinstance(check, CheckConstraint) if check.name
}
WHOLE = [item for item in ITEMS.values() if item.kind in {ItemKind.SCALE, ItemKind.WHOLE}]


@pytest.mark.parametrize("key", ITEMS)
def test_an_item_is_a_column_that_may_be_empty(key: str) -> None:
    column = TABLE.columns[key]
    assert column.nullable is (NOTHING_SAID[key] is None)


@pytest.mark.parametrize("item", WHOLE, ids=lambda item: item.key)
def test_the_database_keeps_the_bounds_of_the_table(item: CheckInItem) -> None:
    assert f"{item.key} BETWEEN {item.minimum} AND {item.maximum}" in BOUNDS


def test_the_type_of_what_is_said_has_the_items_of_the_table() -> None:
    assert set(get_type_hints(CheckInAmendment)) == set(ITEMS) == set(NOTHING_SAID)


def test_schemas_have_the_items_of_the_table_in_its_order() -> None:
    assert list(CheckInUpdate().fields) == list(ITEMS)
    assert [name for name in CheckInView().fields if name in ITEMS] == list(ITEMS)


def test_every_scale_is_drawn_in_the_trajectory() -> None:
    scales = {item.key for item in ITEMS.values() if item.kind is ItemKind.SCALE}
    assert scales <= set(TrajectoryPointView().fields)


def test_what_was_not_said_is_absent() -> None:
    assert said_in(NOTHING_SAID) == {"side_effects": []}
    assert said_in({**NOTHING_SAID, "soreness": 0, "red_flags": []}) == {
        "side_effects": [],
        "soreness": 0,
        "red_flags": [],
    }
