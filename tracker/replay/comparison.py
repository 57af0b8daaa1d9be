"""What a clinic was really told, beside what a rule set would have told it about the same sessions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tracker.alerts.rules.families import SCORE_FAMILIES
from tracker.alerts.rules.rule_set import RuleSet
from tracker.alerts.vocabulary import LED_TO_ACTION
from tracker.replay.recorded import RecordedSession
from tracker.replay.replay import replay_session

# What a rule set decides about: red flags and requests are always told, silence depends on what was handed over.
COMPARED_FAMILIES = frozenset(family.key for family in SCORE_FAMILIES)


@dataclass(frozen=True, slots=True)
class RaisedAlert:
    """An alert that was really raised, and what a person did about it."""

    rule: str
    family: str
    raised_at: datetime
    outcome: str | None = None

    @property
    def led_to_action(self) -> bool:
        """Whether somebody did more than look and reassure."""
        return self.outcome in LED_TO_ACTION


@dataclass(frozen=True, slots=True)
class ComparedSession:
    """A session as it was recorded, with the alerts it really raised."""

    recorded: RecordedSession
    raised: tuple[RaisedAlert, ...] = ()


@dataclass(slots=True)
class Comparison:
    """Counts of what was raised, would be raised, and of what would go or come; and by rule."""

    sessions: int = 0
    raised: int = 0
    raised_with_action: int = 0
    would_raise: int = 0
    dropped: int = 0
    dropped_with_action: int = 0
    added: int = 0
    raised_by_rule: Counter[str] = field(default_factory=Counter)
    would_raise_by_rule: Counter[str] = field(default_factory=Counter)

    def sentence(self, days: int) -> str:
        """Say what would have changed in these days."""
        return (
            f"Last {days} days, {self.sessions} sessions: {self.raised} alerts would become "
            f"{self.would_raise}; {self.dropped} dropped, {self.added} new; "
            f"{self.dropped_with_action} of the dropped had led to action."
        )

    def as_data(self) -> dict[str, int | dict[str, int]]:
        """Return the counts, ready for JSON."""
        return {
            "sessions": self.sessions,
            "raised": self.raised,
            "raised_with_action": self.raised_with_action,
            "would_raise": self.would_raise,
            "dropped": self.dropped,
            "dropped_with_action": self.dropped_with_action,
            "added": self.added,
            "raised_by_rule": dict(sorted(self.raised_by_rule.items())),
            "would_raise_by_rule": dict(sorted(self.would_raise_by_rule.items())),
        }


def compare(sessions: Iterable[ComparedSession], rule_set: RuleSet) -> Comparison:
    """Replay past sessions with a rule set and hold the result against what was raised.

    Inside a session and family the alerts are paired in their order; what has no partner was dropped or is new.
    """
    comparison = Comparison()
    for session in sessions:
        comparison.sessions += 1
        replayed = replay_session(session.recorded, rule_set)
        for family in sorted(COMPARED_FAMILIES):
            raised = sorted((a for a in session.raised if a.family == family), key=lambda a: a.raised_at)
            _count(comparison, raised, [a.finding.rule.value for a in replayed if a.finding.family == family])
    return comparison


def _count(comparison: Comparison, raised: Sequence[RaisedAlert], would_raise: Sequence[str]) -> None:
    dropped = raised[len(would_raise) :]
    comparison.raised += len(raised)
    comparison.raised_with_action += sum(alert.led_to_action for alert in raised)
    comparison.would_raise += len(would_raise)
    comparison.dropped += len(dropped)
    comparison.dropped_with_action += sum(alert.led_to_action for alert in dropped)
    comparison.added += max(len(would_raise) - len(raised), 0)
    comparison.raised_by_rule.update(alert.rule for alert in raised)
    comparison.would_raise_by_rule.update(would_raise)
