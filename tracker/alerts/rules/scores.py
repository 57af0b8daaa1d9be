"""The answers about soreness since a session, seen from the newest of them, in the words of the rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.alerts.rules.facts import Answer, SessionFacts, hours_between
from tracker.alerts.rules.thresholds import Thresholds
from tracker.protocols.soreness import is_settled


@dataclass(frozen=True, slots=True)
class Scores:
    """The answers since the session, oldest first and at least one, with the numbers to hold them against."""

    answers: Sequence[Answer]
    session: SessionFacts
    limits: Thresholds

    @property
    def newest(self) -> Answer:
        """Return the answer that is looked at."""
        return self.answers[-1]

    def hours(self, answer: Answer) -> float:
        """Return how long after the session's end an answer was given."""
        return hours_between(self.session.ended_at, answer.at)

    def rise(self, answer: Answer) -> int:
        """Return the points above baseline."""
        # A missing baseline counts as no soreness: rather one alert too many than one too few.
        return answer.soreness - (self.session.baseline_soreness or 0)

    def is_severe(self, answer: Answer) -> bool:
        """Say whether an answer is in the severe band and clearly above baseline, at any hour."""
        limits = self.limits
        return (
            answer.soreness >= limits.severe_soreness.value and self.rise(answer) >= limits.severe_rise.value
        )

    def is_unsettled(self, answer: Answer, soreness: int) -> bool:
        """Say whether an answer is at least that sore, clearly above baseline, when it should have settled."""
        return (
            answer.soreness >= soreness
            and self.rise(answer) >= self.limits.persists_rise.value
            and self.hours(answer) >= self.limits.persists_from.value
        )

    def follows_settled(self) -> bool:
        """Say whether the answer before the newest, at most 30 h earlier, was a settled one."""
        if len(self.answers) < 2:
            return False
        before = self.answers[-2]
        near = hours_between(before.at, self.newest.at) <= self.limits.second_within.value
        return near and is_settled(before.soreness, self.session.baseline_soreness)

    def partners(self) -> list[Answer]:
        """Return the answers 4 to 30 h before the newest, edges included: near enough to confirm it."""
        shortest, longest = self.limits.second_after.value, self.limits.second_within.value
        return [a for a in self.answers[:-1] if shortest <= hours_between(a.at, self.newest.at) <= longest]

    def lowest(self) -> Answer | None:
        """Return the lowest answer from 12 h on, the newest included; the later one of equals."""
        late = [a for a in self.answers if self.hours(a) >= self.limits.lowest_from.value]
        return min(reversed(late), key=lambda a: a.soreness, default=None)
