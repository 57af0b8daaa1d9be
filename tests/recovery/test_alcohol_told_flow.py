"""Alcohol since the session: what is told up to the 24 h check counts, for the advice and for the outcome alike."""

import pytest

from tests.scene import Scene
from tracker.alerts.rules.alcohol import ALCOHOL_ANSWERED_BY
from tracker.local_time.windows import After
from tracker.protocols.catalog import CHECK_24H, HOUR

REMARK = "You noted alcohol since your session."


@pytest.mark.parametrize(
    ("hours", "counts"), [(0, True), (23, True), (24.01, True), (26, True), (36, True), (36.01, False)]
)
def test_advice_and_outcome_agree_on_alcohol_in_the_window(scene: Scene, hours: float, counts: bool) -> None:
    session = scene.treat()["session"]["id"]
    said = scene.say(hours, soreness=2, alcohol="yes")
    outcome = scene.get(f"/v1/sessions/{session}/trajectory", scene.cast.tilda)["outcome"]
    assert (REMARK in said["advice"]["message"]) is counts
    assert (outcome["alcohol_avoided"] == "no") is counts


def test_an_amended_answer_is_advised_on_as_one_that_was_said_so_at_once(scene: Scene) -> None:
    scene.treat()
    said = scene.say(26, soreness=2)
    changed = scene.patch(f"/v1/check-ins/{said['id']}", scene.cast.pia, {"alcohol": "yes"}).get_json()
    assert REMARK in changed["advice"]["message"]


def test_only_this_answers_alcohol_is_remarked(scene: Scene) -> None:
    scene.treat()
    scene.say(20, soreness=2, alcohol="yes")
    assert REMARK not in scene.say(26, soreness=2, alcohol="no")["advice"]["message"]


def test_alcohol_counts_until_the_24_h_check_closes() -> None:
    assert CHECK_24H.closes == After(ALCOHOL_ANSWERED_BY.value * HOUR)
