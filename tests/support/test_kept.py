"""What is put back is what was built: the same bytes, in every table, and the like of what a new building makes."""

import re

import pytest
from flask import Flask
from sqlalchemy import inspect, update
from sqlalchemy.exc import IntegrityError

from tests.cast import Cast, again, build_cast, make_clinic
from tests.support.kept import Kept, empty, run, written_down
from tracker import clock, ids
from tracker.db import Base, db, transaction
from tracker.people.models import Account

# Ids, keys of clients and hashes of secrets are new each time; what is the same one stays the same one.
NEW_EACH_TIME = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|(?:X'|\\x)[0-9a-fA-F]+")


def in_order_of_appearance(statements: str) -> str:
    numbers: dict[str, str] = {}
    return NEW_EACH_TIME.sub(
        lambda found: numbers.setdefault(found[0].replace("-", ""), f"<{len(numbers)}>"), statements
    )


def test_a_database_has_no_table_that_is_left_out(app: Flask) -> None:
    assert {*inspect(db.engine).get_table_names()} == {*Base.metadata.tables, "alembic_version"}


def test_the_kept_cast_is_the_built_one(app: Flask, moment: clock.MovableClock) -> None:
    kept = Kept[Cast]()
    built, rows = kept.take(lambda: build_cast(app)), written_down()
    empty()
    assert written_down() == ""
    assert kept.take(lambda: build_cast(app)) is built
    assert written_down() == rows
    with transaction():
        make_clinic("Practice that comes later")
    assert written_down() != rows
    assert kept.take(lambda: build_cast(app), instead=True) is built
    assert written_down() == rows
    copied = again(built, app)
    assert copied.client is not built.client
    assert copied.pia.headers is not built.pia.headers
    names = [name for name in Cast.__slots__ if name != "client"]
    assert [getattr(copied, name) for name in names] == [getattr(built, name) for name in names]


def test_a_cast_that_is_built_anew_is_like_the_kept_one(app: Flask, cast: Cast) -> None:
    kept = written_down()
    assert kept.count("INSERT") > 5
    empty()
    build_cast(app)
    built = written_down()
    assert built != kept
    assert in_order_of_appearance(built) == in_order_of_appearance(kept)


def test_what_fails_on_the_way_leaves_nothing(app: Flask, cast: Cast) -> None:
    rows = written_down()
    empty()
    with pytest.raises(Exception, match="nowhere"):
        run(rows + "INSERT INTO nowhere VALUES (1);")
    assert written_down() == ""
    run(rows)
    assert written_down() == rows
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), transaction():
        db.session.execute(update(Account).values(clinic_id=ids.new_id()))
