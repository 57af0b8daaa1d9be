"""Intervals of 95 %, by drawing patients anew: sessions of one patient hang together."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from random import Random

from evaluation.trial import COUNTS, Trial

REPLICATES = 200
PLACE = {name: place for place, name in enumerate(COUNTS)}
# How each share is made of the counts.
SHARES = {
    "all": ("caught", "actionable"),
    "all_in_time": ("caught", "in_time"),
    "serious": ("serious_caught", "serious"),
    "serious_in_time": ("serious_caught", "serious_in_time"),
    "false": ("false", "days"),
}
Sums = Mapping[str, Sequence[float]]  # by contender
Interval = tuple[float, float, float]  # lower edge, value, upper edge


def share(counts: Sequence[float], name: str) -> float:
    """One share of summed counts; false alerts are per 100 patient-days."""
    part, whole = SHARES[name]
    value = counts[PLACE[part]] / counts[PLACE[whole]] if counts[PLACE[whole]] else 0.0
    return 100 * value if name == "false" else value


class Resampled:
    """The sums of every contender as they are, and for each time the same patients are drawn anew."""

    def __init__(self, trials: Mapping[str, Trial], seed: int = 1, replicates: int = REPLICATES) -> None:
        chance = Random(seed)
        columns = {name: tuple(zip(*trial.patients, strict=True)) for name, trial in trials.items()}
        size = len(next(iter(columns.values()))[0])
        self.whole: Sums = {name: tuple(map(sum, counts)) for name, counts in columns.items()}
        self.draws: list[Sums] = []
        for _ in range(replicates):
            pick = itemgetter(*chance.choices(range(size), k=size))
            self.draws.append(
                {name: tuple(sum(pick(each)) for each in counts) for name, counts in columns.items()}
            )

    def of_share(self, contender: str, name: str) -> Interval | None:
        """A share of one contender."""
        return self.interval(lambda sums: share(sums[contender], name))

    def of_curve(self, curve: Sequence[str], name: str, rate: float) -> Interval | None:
        """A share of a curve at a rate of false alerts."""
        return self.interval(lambda sums: at_rate(sums, curve, name, rate))

    def of_gain(self, ours: Sequence[str], theirs: Sequence[str], name: str, rate: float) -> Interval | None:
        """What one curve is better by than another at a rate of false alerts."""

        def gain(sums: Sums) -> float | None:
            better, worse = (at_rate(sums, curve, name, rate) for curve in (ours, theirs))
            return None if better is None or worse is None else better - worse

        return self.interval(gain)

    def of_gain_at_own_rate(self, contender: str, theirs: Sequence[str], name: str) -> Interval | None:
        """What one contender is better by than a curve at the contender's own rate of false alerts."""

        def gain(sums: Sums) -> float | None:
            worse = at_rate(sums, theirs, name, share(sums[contender], "false"))
            return None if worse is None else share(sums[contender], name) - worse

        return self.interval(gain)

    def interval(self, figure: Callable[[Sums], float | None]) -> Interval | None:
        """A figure with the edges between which 95 % of the draws lie; None where it cannot be had."""
        value = figure(self.whole)
        drawn = sorted(one for one in map(figure, self.draws) if one is not None)
        if value is None or not drawn:
            return None
        return drawn[int(0.025 * len(drawn))], value, drawn[min(int(0.975 * len(drawn)), len(drawn) - 1)]


def at_rate(sums: Sums, curve: Sequence[str], name: str, rate: float) -> float | None:
    """A share at a rate of false alerts, between the two settings of a curve around it; None outside of it."""
    points = sorted((share(sums[each], "false"), share(sums[each], name)) for each in curve)
    for (low, below), (high, above) in pairwise(points):
        if low <= rate <= high:
            return below + (above - below) * (rate - low) / (high - low) if high > low else above
    return None
