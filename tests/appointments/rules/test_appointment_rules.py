"""Where an appointment may go from where it stands, when it may start, and what collides."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from tracker.appointments.rules.scheduling import FARTHEST_AHEAD, Slot, find_start_fault, may_follow
from tracker.appointments.vocabulary import AppointmentStatus, Preparation
from tracker.protocols.task_texts import PREPARATION_TEXTS

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
BOOKED, CONFIRMED, CANCELLED, COMPLETED, NO_SHOW = AppointmentStatus
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("starts", "minutes", "collides"),
    [
        (-30, 30, False),  # ends as the other begins
        (-30, 31, True),
        (-300, 480, True),  # around all of it
        (0, 60, True),
        (59, 5, True),
        (60, 5, False),  # begins as the other ends
        (20, 10, True),  # inside
    ],
)
def test_two_times_collide_when_they_share_an_instant(starts: int, minutes: int, collides: bool) -> None:
    one, other = Slot(NOW, 60), Slot(NOW + timedelta(minutes=starts), minutes)
    assert (one.overlaps(other), other.overlaps(one)) == (collides, collides)


@pytest.mark.parametrize(
    ("starts_at", "fault"),
    [
        (NOW - TICK, "in_the_past"),
        (NOW, "in_the_past"),
        (NOW + TICK, None),
        (NOW + FARTHEST_AHEAD, None),
        (NOW + FARTHEST_AHEAD + TICK, "too_far_ahead"),
    ],
)
def test_an_appointment_lies_ahead_by_two_years_at_most(starts_at: datetime, fault: str | None) -> None:
    assert find_start_fault(starts_at, NOW) == fault


def steps(*, by_patient: bool, begun: bool) -> set[tuple[AppointmentStatus, AppointmentStatus]]:
    """Return every step from one status to another that is allowed."""
    return {
        (one, other)
        for one, other in product(AppointmentStatus, repeat=2)
        if one is not other and may_follow(one, other, by_patient=by_patient, begun=begun)
    }


def test_a_patient_answers_for_a_time_that_lies_ahead() -> None:
    answers = {(BOOKED, CONFIRMED), (BOOKED, CANCELLED), (CONFIRMED, CANCELLED)}
    assert steps(by_patient=True, begun=False) == answers
    assert steps(by_patient=True, begun=True) == set()


def test_a_therapist_corrects_everything_but_nobody_has_come_before_the_time() -> None:
    everything = {(one, other) for one, other in product(AppointmentStatus, repeat=2) if one is not other}
    assert steps(by_patient=False, begun=True) == everything
    early = {(one, other) for one, other in everything if other not in {COMPLETED, NO_SHOW}}
    assert steps(by_patient=False, begun=False) == early


@pytest.mark.parametrize(("by_patient", "begun"), list(product((True, False), repeat=2)))
def test_to_stay_as_it_is_is_always_allowed(by_patient: bool, begun: bool) -> None:
    assert all(may_follow(one, one, by_patient=by_patient, begun=begun) for one in AppointmentStatus)


def test_everything_to_prepare_has_words_and_nothing_else_has() -> None:
    assert set(PREPARATION_TEXTS) == set(Preparation)
