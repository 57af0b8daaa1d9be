"""When the united alcohol windows of several sessions are over, and how long that is told."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.local_time.windows import After
from tracker.protocols.alcohol import TOLD_FOR, is_alcohol_window_over
from tracker.protocols.catalog import ALCOHOL_AVOIDED_FOR, ALCOHOL_WINDOW, CHECK_24H

ENDED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ends", "at", "over"),
    [
        pytest.param([], "30:00:00", False, id="no-session"),
        pytest.param([0], "20:00:00", False, id="the-check-opens-while-the-window-runs"),
        pytest.param([0], "23:59:59", False, id="one-second-before"),
        pytest.param([0], "24:00:00", True, id="its-end"),
        pytest.param([0], "24:00:01", True, id="one-second-after"),
        pytest.param([0], "35:59:59", True, id="the-check-closes"),
        pytest.param([0], "47:59:59", True, id="a-day-later-less-a-second"),
        pytest.param([0], "48:00:00", False, id="a-day-later"),
        pytest.param([0, 5], "24:00:01", False, id="the-second-window-runs"),
        pytest.param([5, 0], "28:59:59", False, id="one-second-before-the-end-of-both"),
        pytest.param([5, 0], "29:00:00", True, id="both-are-over"),
        pytest.param([0, 25], "26:00:00", False, id="a-new-one-has-begun"),
        pytest.param([0, 25], "49:00:00", True, id="the-new-one-is-over"),
    ],
)
def test_it_is_told_from_the_end_of_the_last_window_for_a_day(ends: list[int], at: str, over: bool) -> None:
    hours, minutes, seconds = map(int, at.split(":"))
    now = ENDED + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert is_alcohol_window_over([ENDED + timedelta(hours=end) for end in ends], now) is over


def test_the_24h_check_can_tell_it_for_as_long_as_it_may_be_answered() -> None:
    assert ALCOHOL_WINDOW.closes == After(ALCOHOL_AVOIDED_FOR)
    assert isinstance(CHECK_24H.closes, After)
    assert CHECK_24H.closes.minutes <= ALCOHOL_AVOIDED_FOR + TOLD_FOR
