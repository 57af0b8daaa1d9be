from datetime import UTC, datetime, timedelta

import pytest

from tracker.delivery.rules.retry import longest_pause, next_attempt, wish

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
    ("retry_after", "seconds"), [(None, None), (0, None), (1, 1), (3600, 3600), (-5, 0), (10**12, 10**6)]
)
def test_a_provider_may_ask_to_be_left_alone(retry_after: int | None, seconds: float | None) -> None:
    until = wish(retry_after, NOW)
    assert until == (None if seconds is None else NOW + timedelta(seconds=seconds))


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
