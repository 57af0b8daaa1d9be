"""Every operation is tried by everybody on what is Pia's, and answers as the table says (S1-S4)."""

import re

import pytest
from flask import Flask

from tests.access.house import House
from tests.access.play import play
from tests.access.table import TABLE, Row
from tracker.api.contract import operations_of

# Reading changes nothing that another reading shows, so that all of it can be tried in one house.
READS = [row for row in TABLE if row.operation.startswith(("get", "list"))]
WRITES = [row for row in TABLE if row not in READS]


def name_of(row: Row) -> str:
    return f"{row.operation} {row.path}"


def faults_of(house: House, row: Row) -> dict[str, object]:
    """Play a row and return what went otherwise than the table says."""
    outcome = play(house, row)
    return {
        f"{row.operation}: {what}": found
        for what, found in {
            "statuses": {name: s for name, s in outcome.statuses.items() if s != row.expected[name]},
            "somebody reads what is not theirs": outcome.leaks,
            "a refusal tells what exists": outcome.tells_apart,
            "a refusal changes": outcome.changed_by_refusals,
            "not one row in the right chain": outcome.odd_trails,
        }.items()
        if found
    }


@pytest.mark.any_database
@pytest.mark.parametrize("row", WRITES, ids=name_of)
def test_everybody_may_change_what_the_table_says_and_nothing_more(house: House, row: Row) -> None:
    assert faults_of(house, row) == {}


def test_everybody_reads_what_the_table_says_and_nothing_more(house: House) -> None:
    assert {name_of(row): found for row in READS if (found := faults_of(house, row))} == {}


def test_every_operation_stands_in_the_table(app: Flask) -> None:
    assert {row.operation for row in TABLE} == {info.operation_id for info in operations_of(app).values()}


def test_every_row_names_the_path_of_its_operation(app: Flask) -> None:
    rules = {info.operation_id: info.rule for info in operations_of(app).values()}
    paths = {row.path.partition("?")[0]: row.operation for row in TABLE}
    for path, operation in paths.items():
        assert re.fullmatch(re.sub(r"<\w+>", r"{\\w+}", rules[operation]), path), operation


def test_every_id_in_a_path_is_tried(app: Flask) -> None:
    for info in operations_of(app).values():
        rows = [row for row in TABLE if row.operation == info.operation_id]
        assert all("{" in row.path for row in rows) or not info.path_ids, info.operation_id
