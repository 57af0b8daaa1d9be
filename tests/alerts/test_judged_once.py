"""What was found already is handed on, not found again."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests.scene import ENDED, Scene
from tracker import clock
from tracker.alerts import assessments
from tracker.alerts import service as alerts
from tracker.alerts.rules.facts import Answer, Replay, SessionAnswers, SessionFacts, Stiffness
from tracker.alerts.rules.families import SCORE_FAMILIES
from tracker.alerts.rules.lifecycle import ScoreFamily
from tracker.alerts.rules.rule_set import DEFAULT
from tracker.alerts.rules.second_answers import needs_second_answer
from tracker.alerts.rules.thresholds import Thresholds
from tracker.db import transaction
from tracker.people import patients


def never_again(said: SessionAnswers, limits: Thresholds) -> Replay:
    raise AssertionError("the rules were run a second time")


def said(*hours: float) -> SessionAnswers:
    at = [ENDED + timedelta(hours=each) for each in hours]
    facts = SessionFacts(ENDED, 0, baseline_stiffness=0)
    return SessionAnswers(facts, [Answer(each, 9) for each in at], [Stiffness(each, 9) for each in at])


@pytest.mark.parametrize("family", SCORE_FAMILIES, ids=lambda family: family.key)
def test_the_alert_follows_what_was_found_without_running_the_rules_again(
    scene: Scene, family: ScoreFamily
) -> None:
    session_id = UUID(scene.treat()["session"]["id"])
    scene.at(60)
    deaf = replace(family, replay=never_again)
    with transaction():
        patient = patients.lock_patient(scene.cast.pia.patient_id)
        evidence = alerts.Evidence(patient, session_id, clock.now())
        for answers in (said(48, 54), said(48, 54, 58)):  # raised, then an alert that exists
            found = family.replay(answers, DEFAULT.thresholds)
            alert = assessments.reassess(deaf, answers, evidence, DEFAULT, found)
            assert alert is not None
            assert (alert.family, alert.effective_at) == (family.key, answers.soreness[-1].at)
            assert alert.inputs["rule_set"] == DEFAULT.version


@pytest.mark.parametrize("hours", [(3,), (3, 8), (47,), (8, 47), (47, 54)])
def test_a_second_question_takes_what_was_found(hours: tuple[float, ...]) -> None:
    answers = [Answer(ENDED + timedelta(hours=each), 8 if each < 12 else 3) for each in hours]
    facts, limits = SessionFacts(ENDED, 0), DEFAULT.thresholds
    found = SCORE_FAMILIES[0].replay(SessionAnswers(facts, answers), limits)
    assert needs_second_answer(answers, facts, limits, found) == needs_second_answer(answers, facts, limits)
