"""The short version of each long run that a make target plays."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from torture import database, database_disk, outage, provider, race, restore
from torture.restore_keepers import keeper_of
from torture.stage import DATABASES, SQLITE, Stage, stage
from torture.target import quieten
from tracker import clock
from tracker.config import Settings


@pytest.fixture
def place(app: Flask, settings: Settings, tmp_path: Path) -> Stage:
    """The database of the tests as a stage."""
    quieten()
    return Stage("", app, settings, tmp_path)


@pytest.fixture(autouse=True)
def _clock_goes_on() -> Iterator[None]:
    yield
    clock.replace(None)


def test_a_provider_that_misbehaves_delays_but_loses_and_repeats_nothing(place: Stage) -> None:
    assert provider.misbehave(place, rows=60, least=0).missed == []


def test_a_mail_server_that_misbehaves_does_no_worse(place: Stage) -> None:
    assert provider.misbehave_by_mail(place, mails=12).missed == []


def test_poisoned_rows_end_and_harm_no_other(place: Stage) -> None:
    assert provider.poison(place, rows=100).missed == []


def test_nothing_is_begun_after_the_commit_that_withdraws_it(place: Stage) -> None:
    assert race.race(place, interleavings=32).missed == []


def test_after_three_days_only_what_is_still_wanted_leaves(place: Stage) -> None:
    assert outage.come_back(place, overdue=200, in_window=60, alerts=20).missed == []


def test_a_full_disk_refuses_writes_and_nothing_else() -> None:
    with stage(SQLITE) as own:
        assert database_disk.fill_sqlite(own, attempts=10).missed == []


def test_a_database_that_crashes_forgets_nothing_it_acknowledged() -> None:
    with database.on_breakable_server() as (server, own):
        assert database.crash(server, own, restarts=2).missed == []


@pytest.mark.parametrize("database", DATABASES)
def test_a_service_that_is_restored_lost_nothing_of_before_and_repeats_little(database: str) -> None:
    with keeper_of(database) as keeper:
        assert restore.restore(keeper, rounds=1).missed == []
