"""T34: nothing stored returns every year, so no rule says what the 29th of February becomes; new dates must ask."""

import ast

from sqlalchemy import Date

from tests.support.source import read
from tracker import models
from tracker.db import Base

# Every civil date that is stored, and why it never has to be found again in another year.
DATES = {
    "account.licence_ends_on": "one day, compared as it stands",
    "check_in.local_date": "the day of one check-in; days are counted, never years",
    "treatment_session.follow_up_on": "one day that a therapist wrote down",
}
SAYS_BIRTH = ("birth", "born", "anniversary", "age")
# What moves a date by calendar years or months, and raises ValueError or shifts on a 29th of February.
MOVES_BY_CALENDAR = {"year", "month", "years", "months"}


def columns() -> dict[str, bool]:
    """Every column by table and name, and whether it holds a civil date."""
    assert models, "imported so that every table is known"
    return {
        f"{table.name}.{column.name}": isinstance(column.type, Date)
        for table in Base.metadata.tables.values()
        for column in table.columns
    }


def test_every_stored_date_is_known_not_to_return_every_year() -> None:
    assert {name for name, is_date in columns().items() if is_date} == set(DATES), (
        "Say in docs/decisions/025 what the date becomes in a year without a 29 February, or why nobody asks."
    )


def test_no_column_holds_a_birth_date_or_an_age() -> None:
    words = {name: name.partition(".")[2].split("_") for name in columns()}
    assert [name for name, parts in words.items() if set(SAYS_BIRTH) & set(parts)] == []


def test_no_code_moves_a_date_by_calendar_years_or_months() -> None:
    found = [
        f"{source.path}:{call.lineno}"
        for source in read("tracker")
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).rpartition(".")[2] in {"replace", "relativedelta"}
        and MOVES_BY_CALENDAR & {keyword.arg for keyword in call.keywords}
    ]
    assert found == []
