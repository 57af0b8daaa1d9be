"""One contender over simulated sessions: figures for the tables, counts of each patient for the intervals."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

from evaluation.contenders import Contender
from tracker.alerts.rules.facts import Answer, SessionFacts
from tracker.alerts.rules.second_answers import SecondAnswer
from tracker.replay.replay import replay_session
from tracker.replay.scoring import Judged, judge
from tracker.replay.simulation.parameters import Parameters
from tracker.replay.simulation.patients import simulate
from tracker.replay.summary import Summary

# What is counted of each patient: the parts of every share that gets an interval.
COUNTS = ("actionable", "in_time", "caught", "serious", "serious_in_time", "serious_caught", "false", "days")
Counts = Sequence[float]


@dataclass(frozen=True)
class Plan:
    """How much is simulated, and under which assumptions."""

    seeds: Sequence[int]
    sessions: int
    parameters: Parameters = Parameters()  # noqa: RUF009  (it never changes)
    renewals: bool = True  # whether an open alert that gets a new reason has told of it


@dataclass
class Trial:
    """What came of one contender."""

    contender: str
    summary: Summary = field(default_factory=Summary)
    counts: dict[str, list[float]] = field(default_factory=dict)
    rechecks: int = 0

    @property
    def patients(self) -> list[list[float]]:
        """The counts of each patient, in the same order for every contender."""
        return list(self.counts.values())

    def count(self, patient: str, one: Judged) -> None:
        """Count one session."""
        self.summary.add(one)
        truth = one.truth
        row = (
            truth.actionable,
            one.in_time,
            one.is_caught,
            truth.serious,
            truth.serious and one.in_time,
            truth.serious and one.is_caught,
            one.false_alerts,
            one.days,
        )
        counts = self.counts.setdefault(patient, [0.0] * len(COUNTS))
        for place, value in enumerate(row):
            counts[place] += value


def run_all(contenders: Iterable[Contender], plan: Plan) -> dict[str, Trial]:
    """Try each contender on the same courses; those that ask the same questions share the answers."""
    groups: dict[object, list[Contender]] = defaultdict(list)
    for contender in contenders:
        groups[contender.asked_as].append(contender)
    with ProcessPoolExecutor(max_workers=2) as pool:
        trials = chain.from_iterable(pool.map(partial(run, plan=plan), groups.values()))
        return {trial.contender: trial for trial in trials}


def run(contenders: Sequence[Contender], plan: Plan) -> list[Trial]:
    """Try contenders that ask alike on every seed."""
    first = contenders[0]
    rechecks = 0

    def asks(answers: Sequence[Answer], facts: SessionFacts) -> SecondAnswer | None:
        nonlocal rechecks
        recheck = first.asks(answers, facts, first.thresholds)
        rechecks += recheck is not None
        return recheck

    trials = [Trial(each.name) for each in contenders]
    for seed in plan.seeds:
        for session in simulate(plan.parameters, plan.sessions, seed, asks, steadied=first.steadied):
            for contender, trial in zip(contenders, trials, strict=True):
                alerts = replay_session(session, contender.rule_set, contender.families)
                if not plan.renewals:
                    alerts = [replace(alert, renewed_at=[]) for alert in alerts]
                one = judge(session, alerts)
                trial.count(f"{seed}:{one.patient}", one)
    for trial in trials:
        trial.rechecks = rechecks
    return trials
