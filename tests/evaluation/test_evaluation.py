"""The evaluation in short: the same figures every time, in the order that was published."""

import pytest

from evaluation.__main__ import BEGIN, END, PAGE, evaluate, put_between
from evaluation.contenders import ANY, CURVES, DEFAULT, PRESETS, TUNED, WRITTEN
from evaluation.intervals import Resampled, at_rate, share
from evaluation.red_flags import emergency_codes, silent_items
from evaluation.trial import Plan, Trial, run_all

PLAN = Plan(seeds=(101,), sessions=1600)


@pytest.fixture(scope="module")
def trials() -> dict[str, Trial]:
    return run_all({each.name: each for each in (*PRESETS, *WRITTEN, *ANY, *TUNED)}.values(), PLAN)


def false_rates(trials: dict[str, Trial], *names: str) -> list[float]:
    return [trials[name].summary.all.false_per_100_days or 0 for name in names]


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert evaluate(20, seeds=(1, 2), replicates=20) == evaluate(20, seeds=(1, 2), replicates=20)


def test_louder_rule_sets_find_more_and_err_more(trials: dict[str, Trial]) -> None:
    for curve in (PRESETS, WRITTEN, ANY[::-1], TUNED[::-1]):
        names = [each.name for each in curve]
        found = [trials[name].summary.all.caught for name in names]
        assert found == sorted(found)
        rates = false_rates(trials, *names)
        assert rates == sorted(rates)


def test_the_changes_to_the_rules_cost_no_course_and_save_false_alerts(trials: dict[str, Trial]) -> None:
    now, before = trials[DEFAULT.name].summary, trials[WRITTEN[2].name].summary
    assert now.serious.caught >= before.serious.caught
    assert now.all.false_alerts < 0.85 * before.all.false_alerts
    assert now.all.alerts_per_check_in is not None
    assert now.all.alerts_per_check_in < 0.1


def test_every_emergency_item_alerts() -> None:
    assert len(emergency_codes()) == 18
    assert silent_items() == []


def test_contenders_see_the_same_courses(trials: dict[str, Trial]) -> None:
    assert len({trial.summary.all.actionable for trial in trials.values()}) == 1
    assert len({tuple(trial.counts) for trial in trials.values()}) == 1


def test_an_interval_holds_its_value_and_a_rate_lies_between_two_settings(trials: dict[str, Trial]) -> None:
    resampled = Resampled(trials, replicates=40)
    low, value, high = resampled.of_share(DEFAULT.name, "serious") or (1, 0, 0)
    assert low < value < high
    names = [each.name for each in CURVES["48 h and a limit"]]
    edges = {share(resampled.whole[name], "false"): share(resampled.whole[name], "all") for name in names}
    for rate, found in edges.items():
        assert at_rate(resampled.whole, names, "all", rate) == pytest.approx(found)
    assert at_rate(resampled.whole, names, "all", max(edges) + 1) is None


def test_figures_stand_between_the_marks() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter"
    assert put_between(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter"
    with pytest.raises(ValueError, match="no place"):
        put_between("nothing", "new")
    published = PAGE.read_text(encoding="utf-8")
    assert "no clinical performance" in published
    assert put_between(published, "") != published
