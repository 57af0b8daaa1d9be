"""Seeded chance: the same seed gives the same draws, on every machine. Nothing here is secret."""

import math
from collections.abc import Mapping
from random import Random


class Chance:
    """A stream of draws that depends on its seed alone."""

    def __init__(self, *seed: object) -> None:
        self._random = Random(":".join(map(str, seed)))  # noqa: S311  (a simulation keeps no secret)

    def happens(self, share: float) -> bool:
        """Say yes in this share of draws, 0 to 1."""
        return self._random.random() < share

    def between(self, low: float, high: float) -> float:
        """Draw evenly between two numbers."""
        return low + (high - low) * self._random.random()

    def normal(self, mean: float, deviation: float) -> float:
        """Draw from a normal distribution."""
        return mean + deviation * self._random.normalvariate(0, 1)

    def skewed(self, median: float, variation: float) -> float:
        """Draw from a log-normal distribution with this median and coefficient of variation."""
        return median * math.exp(self.normal(0, math.sqrt(math.log(1 + variation**2))))

    def waiting(self, mean: float) -> float:
        """Draw a waiting time of this mean, most of them short."""
        return self._random.expovariate(1 / mean) if mean > 0 else 0.0

    def share(self, mean: float, evidence: float) -> float:
        """Draw a share around a mean: the smaller the evidence, the wider."""
        if not 0 < mean < 1:
            return mean
        return self._random.betavariate(mean * evidence, (1 - mean) * evidence)

    def choose(self, weights: Mapping[str, float]) -> str:
        """Draw one of the names by weight."""
        return self._random.choices(list(weights), list(weights.values()))[0]
