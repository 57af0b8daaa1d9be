"""A scene with the whole cast, at the end of a session."""

import pytest
from flask import Flask

from tests.cast import Cast
from tests.recovery.scene import Scene
from tracker.clock import MovableClock


@pytest.fixture
def scene(app: Flask, cast: Cast, moment: MovableClock) -> Scene:
    """Everybody is signed in and the clock stands at the end of the session."""
    return Scene(app, cast, moment)
