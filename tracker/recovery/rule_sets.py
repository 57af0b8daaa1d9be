"""Which rule set decides about a session: the one place that knows."""

from typing import Any

from tracker.alerts.rule_set import DEFAULT, RuleSet


def rule_set_of(_session: Any) -> RuleSet:
    """Return the alert rules that hold for a session, a row or what a check-in knows of it: what ships."""
    return DEFAULT
