"""The simulator draws what it says it draws, and the same again for the same seed."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from statistics import mean

import pytest

from tracker.alerts.rules.families import thresholds_of
from tracker.alerts.rules.second_answers import needs_second_answer
from tracker.protocols.catalog import CHECK_24H, CHECK_48H, CHEST_CHECK, INFECTION_QUESTION, SECOND_LOOK
from tracker.replay.recorded import RecordedSession
from tracker.replay.simulation.chance import Chance
from tracker.replay.simulation.parameters import Parameters, list_parameters
from tracker.replay.simulation.patients import simulate
from tracker.replay.simulation.prompts import SLOTS, Day, place, place_second_answer
from tracker.replay.simulation.true_course import Course, Worse, draw_course
from tracker.replay.simulation.truth import find_need

LIMITS = thresholds_of()
CALM = Course(peak=3, peak_at=0, start=1, decay_hours=20)


def sessions(number: int, seed: int = 1, **changes: float) -> list[RecordedSession]:
    given = replace(Parameters(), **changes)
    return list(simulate(given, number, seed, lambda said, facts: needs_second_answer(said, facts, LIMITS)))


def test_the_same_seed_gives_the_same_sessions_whatever_else_draws() -> None:
    first = sessions(40)
    random.seed(99)
    assert sessions(40) == first
    assert sessions(40, seed=2) != first
    assert sessions(80)[:40] == first


def test_the_courses_are_as_sore_as_the_clinical_basis_says() -> None:
    chance, given = Chance("courses"), Parameters()
    drawn = [draw_course(chance, given, chance.normal(0, given.patient_deviation)) for _ in range(4000)]
    for hour, level, share in ((0, 2.8, None), (24, 1.3, 0.71), (48, 0.60, 0.36), (72, 0.36, 0.17)):
        felt = [course.felt(hour) for course in drawn]
        assert mean(felt) == pytest.approx(level, abs=0.12)
        if share is not None:
            assert mean(each >= 0.5 for each in felt) == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize(
    ("course", "kind", "onset", "serious"),
    [
        (CALM, None, None, None),
        (replace(CALM, stays_at=1.99), None, None, None),
        (replace(CALM, stays_at=2.0), "persist", 48, False),
        (replace(CALM, stays_at=3.0), "persist", 48, True),
        (replace(CALM, peak=9.5, decay_hours=45), "persist", 48, True),
        (replace(CALM, aggravation=Worse(24, 5, 60)), "worsen", 26, True),
        (replace(CALM, aggravation=Worse(24, 2.4, 20)), None, None, None),
        (replace(CALM, stays_at=7.0), "severe", 12, True),
        # A rebound is felt but is no reason to act.
        (replace(CALM, rebounds=((48, 6, 4),)), None, None, None),
    ],
)
def test_truth_is_read_off_the_course(
    course: Course, kind: str | None, onset: float | None, serious: bool | None
) -> None:
    need = find_need(course)
    found = (None, None, None) if need is None else (need.kind, need.onset, need.serious)
    assert found == (kind, onset, serious)


@pytest.mark.parametrize(
    ("step", "ended", "near_lung", "hour"),
    [
        (CHEST_CHECK, 15, False, None),
        (CHEST_CHECK, 15, True, 4),
        (CHEST_CHECK, 18, True, 3),
        (CHECK_24H, 18, False, 24),
        (CHECK_48H, 9, False, 48),
        # At 36 h it is night: before it from 30 h on, else the morning after.
        (SECOND_LOOK, 9, False, 36),
        (SECOND_LOOK, 15, False, 30),
        (SECOND_LOOK, 16, False, 40),
        (INFECTION_QUESTION, 15, False, 124),
    ],
)
def test_prompts_come_when_the_protocol_sends_them(
    step: object, ended: float, near_lung: bool, hour: float | None
) -> None:
    (asked,) = [slot for slot in SLOTS if slot is step]
    assert place(asked, Day(ended, near_lung)) == hour


@pytest.mark.parametrize(("ended", "hour"), [(12, 54), (15.5, 53.5), (18, 62)])
def test_a_recheck_keeps_out_of_the_night(ended: float, hour: float) -> None:
    assert place_second_answer(52, 54, Day(ended, near_lung=False)) == hour


def logs_of(found: list[RecordedSession]) -> int:
    return sum(len(session.logs) for session in found)


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({"never_logs": 1}, lambda found: logs_of(found) == 0),
        ({"missed": 0, "never_logs": 0}, lambda found: all(len(each.logs) >= 3 for each in found)),
        ({"complication": 0, "unsettled": 0, "slow": 0, "aggravation": 0, "peak_mean": 1}, lambda found: not any(
            each.truth and each.truth.serious for each in found)),
        ({"complication": 1}, lambda found: {each.truth.kind for each in found if each.truth} == {"complication"}),
        ({"sessions_each": 1}, lambda found: len({each.patient for each in found}) == len(found)),
        ({"chest": 1}, lambda found: {each.regions for each in found} == {("upper_back",)}),
        ({"follow_hours": 48}, lambda found: max(
            log.at - each.ended_at for each in found for log in each.logs) <= timedelta(hours=48)),
    ],
)  # fmt: skip
def test_a_parameter_does_what_it_says(
    changes: dict[str, float], holds: Callable[[list[RecordedSession]], bool]
) -> None:
    assert holds(sessions(120, 1, **changes))


def test_every_parameter_says_what_it_is_and_where_it_comes_from() -> None:
    for each, told in list_parameters():
        assert each.metadata["meaning"] in told
        assert each.metadata["basis"] in told
        assert each.metadata["least"] <= each.default <= each.metadata["most"]
