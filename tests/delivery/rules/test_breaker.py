"""When a channel is left alone, for how long, and what opens it again."""

from datetime import timedelta

import pytest

from tracker.delivery.rules.breaker import FAILURES_BORNE, Breaker
from tracker.delivery.rules.message import Result
from tracker.delivery.vocabulary import AttemptOutcome

FAILED = Result(AttemptOutcome.TRANSIENT, "smtp_451")
OPEN = timedelta(0)


def failed(times: int, now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        breaker.note(FAILED, now)
    return breaker


@pytest.mark.parametrize(
    ("times", "seconds"), [(0, 0), (4, 0), (5, 15), (6, 30), (7, 60), (9, 240), (10, 300), (50, 300)]
)
def test_the_pause_doubles_from_the_fifth_failure_to_five_minutes(times: int, seconds: int) -> None:
    assert failed(times).shut_for(0.0) == timedelta(seconds=seconds)


def test_a_pause_ends() -> None:
    breaker = failed(5, now=100.0)
    assert breaker.shut_for(114.0) == timedelta(seconds=1)
    assert breaker.shut_for(115.0) == OPEN


def test_after_a_pause_one_message_tries_and_the_others_wait_for_its_answer() -> None:
    breaker = failed(5)
    breaker.let_through(15.0)
    assert breaker.shut_for(15.0) == timedelta(seconds=15)
    breaker.note(Result(AttemptOutcome.ACCEPTED), 16.0)
    assert breaker.shut_for(16.0) == OPEN
    breaker.note(FAILED, 17.0)
    assert breaker.shut_for(17.0) == OPEN, "it starts counting anew"


def test_a_trial_that_fails_makes_the_next_pause_longer() -> None:
    breaker = failed(5)
    breaker.let_through(15.0)
    breaker.note(FAILED, 16.0)
    assert breaker.shut_for(16.0) == timedelta(seconds=30)


@pytest.mark.parametrize(
    "outcome", [AttemptOutcome.ACCEPTED, AttemptOutcome.DUPLICATE, AttemptOutcome.PERMANENT]
)
def test_a_word_about_the_message_itself_shows_that_the_provider_works(outcome: AttemptOutcome) -> None:
    breaker = failed(FAILURES_BORNE - 1)
    breaker.note(Result(outcome), 0.0)
    breaker.note(FAILED, 0.0)
    assert breaker.shut_for(0.0) == OPEN


@pytest.mark.parametrize(
    ("failures", "asked", "seconds"), [(0, 1, 1), (0, 90, 90), (0, 86_400, 3600), (4, 5, 15), (4, 90, 90)]
)
def test_what_the_provider_asks_for_is_kept_at_once_up_to_an_hour(
    failures: int, asked: int, seconds: int
) -> None:
    breaker = failed(failures)
    breaker.note(Result(AttemptOutcome.TRANSIENT, "http_429", retry_after_seconds=asked), 0.0)
    assert breaker.shut_for(0.0) == timedelta(seconds=seconds)
