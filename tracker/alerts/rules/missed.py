"""R8: a patient who was asked and has not answered is called; silence is never read as fine."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tracker.alerts.rules.facts import Finding, SessionFacts, hours_between, make_finding
from tracker.alerts.rules.lifecycle import ExistingAlert, Family, Nothing, Raise, Resolve, Transition, mark
from tracker.alerts.rules.thresholds import SINCE_SESSION, DeclaredRule, Threshold
from tracker.alerts.vocabulary import CLOSED, AlertStatus, Rule, Severity

# Not configurable by a clinic: whoever is silent must not be lost.
MISSED_AFTER = Threshold(
    "missed_after",
    60,
    SINCE_SESSION,
    "PRO-TECT, Basch et al., JAMA 2022;327:2413: staff call those who have not answered by 72 h",
)
MISSED_AFTER_CHEST = Threshold(
    "missed_after_chest",
    30,
    SINCE_SESSION,
    "pneumothorax is reported up to two days after needling (Ghent 2024; Mintken, Phys Ther 2025)",
)

MISSED_CHECKS = DeclaredRule(Rule.MISSED_CHECKS, Severity.ROUTINE, "missed", optional=True)
MISSED = Family(MISSED_CHECKS.family, (MISSED_CHECKS,), of_session=True)


class CheckOutcome(StrEnum):
    """What became of one soreness check."""

    NOT_DUE = "not_due"
    NOT_ASKED = "not_asked"
    NOT_DELIVERED = "not_delivered"
    HANDED_OVER = "handed_over"
    ANSWERED = "answered"


class HeardState(StrEnum):
    """Whether a patient has been heard since the session, and if not, why."""

    HEARD = "heard"
    AWAITED = "awaited"
    NOT_HEARD = "not_heard"
    NOT_ASKED = "not_asked"
    CANNOT_BE_REMINDED = "cannot_be_reminded"


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """The 24 h and 48 h checks of a session, and whether any other check since it was answered."""

    check_24h: CheckOutcome
    check_48h: CheckOutcome
    other_answered: bool = False

    @property
    def answered(self) -> bool:
        """Whether any check of the session has been answered."""
        return self.other_answered or CheckOutcome.ANSWERED in (self.check_24h, self.check_48h)


_WORDS = {
    CheckOutcome.NOT_DUE: "not due",
    CheckOutcome.NOT_ASKED: "not asked",
    CheckOutcome.NOT_DELIVERED: "not delivered",
    CheckOutcome.HANDED_OVER: "not answered",
}


def assess_after(ended_at: datetime, chest_region: bool) -> datetime:
    """Return when to look for missed checks, in UTC: after 60 h, after 30 h near the lungs."""
    limit = MISSED_AFTER_CHEST if chest_region else MISSED_AFTER
    return ended_at.astimezone(UTC) + timedelta(hours=limit.value)


def assess_missed(session: SessionFacts, checks: CheckFacts, now: datetime) -> Finding | None:
    """Ask for a call when a check was handed over and none was answered.

    After a session near the lungs the 24 h check alone decides from 30 h on; from 60 h on both checks do.
    """
    looked_at = _looked_at(session, checks, now)
    if checks.answered or CheckOutcome.HANDED_OVER not in looked_at.values():
        return None
    hours = hours_between(session.ended_at, now)
    each = ", ".join(f"{name} {_WORDS[outcome]}" for name, outcome in looked_at.items())
    inputs: dict[str, object] = {
        "hours_since_session": round(hours, 2),
        "check_24h": checks.check_24h.value,
        "check_48h": checks.check_48h.value,
        "chest_region": session.chest_region,
    }
    return make_finding(MISSED_CHECKS, f"Nothing heard in {int(hours)} h: {each}.", inputs, now)


def merge_missed(existing: ExistingAlert | None, finding: Finding | None) -> Transition:
    """Put the patient on the call list once per session; an answered check takes the urgency off."""
    if finding is not None:
        if existing is None or existing.status is AlertStatus.WITHDRAWN:
            return Raise(finding)
        if existing.status is AlertStatus.RESOLVED:
            return Nothing()
        return mark(existing, settling=False, note="The answer was taken back.")
    if existing is None or existing.status in CLOSED:
        return Nothing()
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Resolve("The patient has answered.")
    return mark(existing, settling=True, note="The patient has answered.")


def heard_state(
    session: SessionFacts, checks: CheckFacts, can_be_reminded: bool, now: datetime
) -> HeardState:
    """Say where the patient stands for the caseload; `not_heard` holds exactly when a call is asked for."""
    outcomes = (checks.check_24h, checks.check_48h)
    if checks.answered:
        return HeardState.HEARD
    if assess_missed(session, checks, now) is not None:
        return HeardState.NOT_HEARD
    if not can_be_reminded:
        return HeardState.CANNOT_BE_REMINDED
    if CheckOutcome.HANDED_OVER in outcomes:
        return HeardState.AWAITED
    if CheckOutcome.NOT_DELIVERED in outcomes:
        return HeardState.CANNOT_BE_REMINDED
    return HeardState.NOT_ASKED


def _looked_at(session: SessionFacts, checks: CheckFacts, now: datetime) -> dict[str, CheckOutcome]:
    """Return the checks that are late enough to count, by the name a therapist knows."""
    hours = hours_between(session.ended_at, now)
    if hours >= MISSED_AFTER.value:
        return {"24 h check": checks.check_24h, "48 h check": checks.check_48h}
    if session.chest_region and hours >= MISSED_AFTER_CHEST.value:
        return {"24 h check": checks.check_24h}
    return {}
