"""One loaded parent per database for all short runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from torture.ledger import Log
from torture.workers import Nursery
from tracker.config import Settings


@pytest.fixture(scope="session")
def loaded_parent(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(settings, tmp_path_factory.mktemp("nursery")) as parent:
        yield parent


@pytest.fixture
def nursery(app: Flask, loaded_parent: Nursery, tmp_path: Path) -> Iterator[Nursery]:
    """Where workers come from; none of them outlives the test."""
    loaded_parent.strikes.close()
    loaded_parent.strikes = Log(tmp_path / "strikes")
    yield loaded_parent
    loaded_parent.end_all()


@pytest.fixture
def provider_log(tmp_path: Path) -> Iterator[Log]:
    """What the provider writes down."""
    log = Log(tmp_path / "ledger")
    yield log
    log.close()
