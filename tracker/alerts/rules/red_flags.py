"""R1: every red flag a patient ticks is told to a person, whatever the scores say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from tracker.alerts.rules.facts import Finding, hours_between, make_finding
from tracker.alerts.rules.lifecycle import ExistingAlert, Family, Raise, Refresh, Reopen, Transition
from tracker.alerts.rules.thresholds import DeclaredRule
from tracker.alerts.vocabulary import CLOSED, AlertStatus, Rule, Severity

EMERGENCY = DeclaredRule(Rule.RED_FLAG_EMERGENCY, Severity.EMERGENCY, "red_flag")
SAME_DAY = DeclaredRule(Rule.RED_FLAG_SAME_DAY, Severity.URGENT, "red_flag")
# Each item of the catalogue has an alert of its own.
RED_FLAGS = Family("red_flag", (EMERGENCY, SAME_DAY))


@dataclass(frozen=True, slots=True)
class TickedFlag:
    """A catalogue item the patient ticked, with the words they saw."""

    code: str
    label: str
    is_emergency: bool


def assess_red_flags(
    ticked: Iterable[TickedFlag],
    at: datetime,
    session_ended_at: datetime | None = None,
    check_in_id: str | None = None,
    remarks: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """Return one finding per item ticked, at any time, with or without a session.

    Remarks are the patient's own words and telephone number: no rule reads them, the therapist does.
    """
    once = {flag.code: flag for flag in ticked}
    found = (_report(flag, at, session_ended_at, check_in_id) for flag in once.values())
    return tuple(replace(finding, inputs={**finding.inputs, **remarks}) for finding in found)


def family_of_item(code: str) -> str:
    """Return the family of one item of the catalogue; ValueError without its code."""
    if not code:
        raise ValueError("a red flag needs its catalogue code")
    return f"{RED_FLAGS.key}:{code}"


def merge_red_flag(existing: ExistingAlert | None, finding: Finding) -> Transition:
    """Raise every tick and notify every time; only a person closes a red flag."""
    if existing is None or existing.status in CLOSED:
        return Raise(finding)
    if existing.severity is not None and existing.severity.rank < finding.severity.rank:
        # An unknown code was taken for an emergency: a milder tick of the same item does not calm it.
        finding = replace(finding, rule=existing.rule, severity=existing.severity)
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Reopen(finding)
    return Refresh(finding, notify=True)


def _report(
    flag: TickedFlag, at: datetime, session_ended_at: datetime | None, check_in_id: str | None
) -> Finding:
    hours = None if session_ended_at is None else hours_between(session_ended_at, at)
    told = "call the emergency number" if flag.is_emergency else "call the clinic today"
    inputs: dict[str, object] = {
        "code": flag.code,
        "label": flag.label,
        "hours_since_session": None if hours is None else round(hours, 2),
        "check_in_ids": [] if check_in_id is None else [check_in_id],
    }
    return make_finding(
        EMERGENCY if flag.is_emergency else SAME_DAY,
        f"Reported '{flag.label}'{_when(hours)}; the patient was told to {told}.",
        inputs,
        at,
        family_of_item(flag.code),
    )


def _when(hours: float | None) -> str:
    if hours is None or hours < 0:
        return ""
    if hours < 1:
        return " within an hour after the session"
    return f" {int(hours)} h after the session"
