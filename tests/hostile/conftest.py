"""A house in which something of everything is there."""

import pytest
from flask import Flask

from tests.access.house import Furnished, House, take_house
from tests.cast import Cast
from tests.scene import Scene
from tests.support.kept import Kept
from tracker.clock import MovableClock


@pytest.fixture(scope="session")
def kept_house(migrated_app: Flask) -> Kept[Furnished]:
    """The house of this run and database, with its rows."""
    return Kept()


@pytest.fixture
def house(app: Flask, cast: Cast, moment: MovableClock, kept_house: Kept[Furnished]) -> House:
    """Pia was treated, reminded and asked; the clock stands 30 hours after her session."""
    return take_house(kept_house, app, Scene(app, cast, moment))
