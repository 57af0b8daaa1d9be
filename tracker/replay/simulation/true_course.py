"""The course that is really there after a session, hour by hour, before anybody is asked about it."""

import math
from dataclasses import dataclass

from tracker.replay.simulation.chance import Chance
from tracker.replay.simulation.parameters import Parameters

RISE_HOURS = 4.0  # how long an aggravation takes to arrive


@dataclass(frozen=True, slots=True)
class Worse:
    """Something that adds soreness from one hour on and fades; the points are reached after some hours."""

    at: float
    points: float
    decay_hours: float
    rise_hours: float = RISE_HOURS

    def level(self, hour: float) -> float:
        """Return the points it adds at an hour after the session."""
        since = hour - self.at
        if since <= 0:
            return 0.0
        if since < self.rise_hours:
            return self.points * since / self.rise_hours
        return self.points * math.exp(-(since - self.rise_hours) / self.decay_hours)


@dataclass(frozen=True, slots=True)
class Complication:
    """A complication, when it begins, and the red flag that tells of it."""

    kind: str
    at: float
    red_flag: str
    soreness: Worse


@dataclass(frozen=True, slots=True)
class Course:
    """What a patient's needled area does; `level` is the course itself, `felt` has the short rebounds too."""

    peak: float
    peak_at: float
    start: float
    decay_hours: float
    stays_at: float = 0.0
    aggravation: Worse | None = None
    complication: Complication | None = None
    rebounds: tuple[tuple[float, float, float], ...] = ()

    def level(self, hour: float) -> float:
        """Return the lasting soreness at an hour after the session, 0 to 10."""
        if hour < self.peak_at:
            level = self.peak * (self.start + (1 - self.start) * hour / self.peak_at)
        else:
            level = self.peak * math.exp((self.peak_at - hour) / self.decay_hours)
        if level < self.stays_at:
            level = self.stays_at
        if self.aggravation:
            level += self.aggravation.level(hour)
        if self.complication:
            level += self.complication.soreness.level(hour)
        return min(level, 10.0)

    def felt(self, hour: float) -> float:
        """Return what is felt at an hour: the course and any short rebound."""
        extra = sum(
            points * math.exp(-(((hour - at) / width) ** 2) / 2) for at, points, width in self.rebounds
        )
        return self.level(hour) + extra


# When each begins (hours), what it adds (points), how it rises and fades (hours), and what is ticked.
_COMPLICATIONS = {
    "haematoma": ((1, 24), (1.5, 4), (6, 72), "large_or_growing_bruise"),
    "infection": ((24, 120), (2, 5), (24, 96), "spreading_redness"),
    "nerve": ((0.5, 24), (1, 4), (4, 120), "new_numbness_or_tingling"),
    "pneumothorax": ((0.5, 48), (1, 4), (4, 72), "shortness_of_breath"),
}


def draw_course(chance: Chance, given: Parameters, patient_effect: float) -> Course:
    """Draw one course; `patient_effect` moves the peak of all sessions of one patient."""
    peak = chance.normal(given.peak_mean + patient_effect, given.peak_deviation)
    peak = 0.0 if chance.happens(given.no_soreness) else min(max(peak, given.peak_least), given.peak_most)
    late = chance.between(given.delayed_from, given.delayed_to)
    decay = chance.skewed(given.decay_hours, given.decay_variation)
    stays_at = chance.between(given.unsettled_least, given.unsettled_most)
    return Course(
        peak=peak,
        peak_at=late if chance.happens(given.delayed) else 0.0,
        start=given.delayed_start,
        decay_hours=given.slow_decay_hours if chance.happens(given.slow) else decay,
        stays_at=stays_at if chance.happens(given.unsettled) else 0.0,
        aggravation=_aggravation(chance, given),
        complication=_complication(chance, given),
        rebounds=_rebounds(chance, given),
    )


def _aggravation(chance: Chance, given: Parameters) -> Worse | None:
    at = chance.between(given.aggravation_from, given.aggravation_to)
    points = chance.between(given.aggravation_least, given.aggravation_most)
    return Worse(at, points, given.aggravation_decay_hours) if chance.happens(given.aggravation) else None


def _complication(chance: Chance, given: Parameters) -> Complication | None:
    kind = chance.choose({name: getattr(given, name) for name in _COMPLICATIONS})
    when, points, (rise, decay), red_flag = _COMPLICATIONS[kind]
    at, height = chance.between(*when), chance.between(*points)
    if not chance.happens(given.complication):
        return None
    return Complication(kind, at, red_flag, Worse(at, height, decay, rise))


def _rebounds(chance: Chance, given: Parameters) -> tuple[tuple[float, float, float], ...]:
    at = chance.between(given.rebound_from, given.rebound_to)
    points = chance.between(given.rebound_least, given.rebound_most)
    found = [(at, points, given.rebound_width)] if chance.happens(given.rebound) else []
    if chance.happens(given.alcohol) and given.alcohol_points:
        found.append((24.0, given.alcohol_points, 8.0))
    return tuple(found)
