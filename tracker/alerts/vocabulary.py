"""The words of the alerts: rules, severities, states and outcomes; each family of rules declares the rest."""

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
UNFINISHED = (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)
CLOSED = frozenset({AlertStatus.RESOLVED, AlertStatus.WITHDRAWN})
