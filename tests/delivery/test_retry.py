from datetime import UTC, datetime, timedelta

import pytest

from tracker.delivery.retry import longest_pause, next_attempt

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
FAR = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 15), (2, 30), (3, 60), (4, 120), (5, 240), (6, 480), (7, 900), (8, 900), (50, 900), (10**6, 900)],
)
def test_the_pause_doubles_up_to_a_quarter_of_an_hour(attempts: int, seconds: int) -> None:
    assert longest_pause(attempts) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("fraction", "seconds"), [(0.0, 0), (0.5, 30), (0.999999, 60)])
def test_the_whole_pause_is_used_to_spread_attempts(fraction: float, seconds: float) -> None:
    again = next_attempt(3, NOW, FAR, fraction)
    assert again is not None
    assert (again - NOW).total_seconds() == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [(None, 7.5), (0, 7.5), (7, 7.5), (8, 8), (3600, 3600), (-5, 7.5)],
)
def test_the_provider_may_ask_for_a_longer_pause_only(retry_after: int | None, seconds: float) -> None:
    assert next_attempt(1, NOW, FAR, 0.5, retry_after) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("last_start", "fits"),
    [
        (NOW + timedelta(seconds=29), False),
        (NOW + timedelta(seconds=30), True),
        (NOW - timedelta(seconds=1), False),
    ],
)
def test_no_attempt_is_planned_that_cannot_end_in_time(last_start: datetime, fits: bool) -> None:
    assert (next_attempt(3, NOW, last_start, 0.5) is not None) is fits


@pytest.mark.parametrize("retry_after", [86_400, 10**12])
def test_a_provider_that_asks_for_more_than_is_left_ends_the_attempts(retry_after: int) -> None:
    assert next_attempt(1, NOW, FAR, 0.5, retry_after) in {None, FAR}
    assert next_attempt(1, NOW, FAR - timedelta(seconds=1), 0.5, retry_after) is None
