"""A house in which something of everything is there."""

import pytest
from flask import Flask

from tests.access.house import House, furnish
from tests.cast import Cast
from tests.scene import Scene
from tracker.clock import MovableClock


@pytest.fixture
def house(app: Flask, cast: Cast, moment: MovableClock) -> House:
    """Pia was treated, reminded and asked; the clock stands 30 hours after her session."""
    return furnish(app, Scene(app, cast, moment))
