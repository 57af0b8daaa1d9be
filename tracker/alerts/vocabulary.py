"""The words of the alerts: rules, severities, states, outcomes and families."""

from enum import StrEnum

RULE_SET_VERSION = "2026-11.2"


class Rule(StrEnum):
    """Every rule an alert can name."""

    RED_FLAG_EMERGENCY = "red_flag_emergency"
    RED_FLAG_SAME_DAY = "red_flag_same_day"
    CONTACT_REQUEST = "contact_request"
    SEVERE = "severe"
    PERSISTS = "persists"
    WORSENS = "worsens"
    STIFFNESS = "stiffness"
    MISSED_CHECKS = "missed_checks"
    COURSE_NOT_HELPING = "course_not_helping"
    GETTING_SORER = "getting_sorer"


class Severity(StrEnum):
    """How soon a person must look; compare by `rank`, never as text."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ATTENTION = "attention"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """Return 0 for the most pressing severity, rising as it can wait longer."""
        return list(Severity).index(self)


class AlertStatus(StrEnum):
    """Where an alert stands; `settling` is a mark beside it, not a status."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class AlertOutcome(StrEnum):
    """What a person did about an alert when closing it."""

    NO_ACTION_NEEDED = "no_action_needed"
    REASSURED = "reassured"
    ADVICE_CHANGED = "advice_changed"
    VISIT_BROUGHT_FORWARD = "visit_brought_forward"
    REFERRED = "referred"
    EMERGENCY_SERVICES = "emergency_services"


# Somebody did more than look and reassure.
LED_TO_ACTION = frozenset(
    {
        AlertOutcome.ADVICE_CHANGED,
        AlertOutcome.VISIT_BROUGHT_FORWARD,
        AlertOutcome.REFERRED,
        AlertOutcome.EMERGENCY_SERVICES,
    }
)
RED_FLAG_RULES = frozenset({Rule.RED_FLAG_EMERGENCY, Rule.RED_FLAG_SAME_DAY})
UNFINISHED = (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)
CLOSED = frozenset({AlertStatus.RESOLVED, AlertStatus.WITHDRAWN})

# Most important first: the reason shown on top when several soreness rules hold at once.
SORENESS_RULES = (Rule.SEVERE, Rule.WORSENS, Rule.PERSISTS)
COURSE_RULES = (Rule.COURSE_NOT_HELPING, Rule.GETTING_SORER)
# What a clinic may switch off; without the others a patient in trouble could go unseen.
OPTIONAL_RULES = frozenset({Rule.STIFFNESS, Rule.MISSED_CHECKS, *COURSE_RULES})

_SEVERITIES = {
    Rule.RED_FLAG_EMERGENCY: Severity.EMERGENCY,
    Rule.RED_FLAG_SAME_DAY: Severity.URGENT,
    Rule.CONTACT_REQUEST: Severity.ATTENTION,
    Rule.SEVERE: Severity.ATTENTION,
    Rule.PERSISTS: Severity.ATTENTION,
    Rule.WORSENS: Severity.ATTENTION,
}

_FAMILIES = {
    Rule.CONTACT_REQUEST: "contact",
    Rule.SEVERE: "soreness",
    Rule.PERSISTS: "soreness",
    Rule.WORSENS: "soreness",
    Rule.STIFFNESS: "stiffness",
    Rule.MISSED_CHECKS: "missed",
    Rule.COURSE_NOT_HELPING: "course",
    Rule.GETTING_SORER: "course",
}


def severity_of(rule: Rule) -> Severity:
    """Return the severity a rule raises with; a contact request that can wait is made routine elsewhere."""
    return _SEVERITIES.get(rule, Severity.ROUTINE)


def family_of(rule: Rule, red_flag_code: str | None = None) -> str:
    """Return the family, of which one alert is unfinished per session; ValueError: red flag without code."""
    if rule not in RED_FLAG_RULES:
        return _FAMILIES[rule]
    if not red_flag_code:
        raise ValueError("a red flag needs its catalogue code")
    return f"red_flag:{red_flag_code}"
