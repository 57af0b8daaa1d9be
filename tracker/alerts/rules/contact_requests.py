"""R0: who asks to be contacted, or leaves a note, is told to a person; their words are carried, never read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from tracker.alerts.rules.facts import Finding, make_finding
from tracker.alerts.rules.lifecycle import ExistingAlert, Family, Raise, Refresh, Reopen, Transition
from tracker.alerts.rules.thresholds import DeclaredRule
from tracker.alerts.vocabulary import CLOSED, AlertStatus, Rule, Severity

CONTACT_REQUEST = DeclaredRule(Rule.CONTACT_REQUEST, Severity.ATTENTION, "contact")
CONTACT = Family(CONTACT_REQUEST.family, (CONTACT_REQUEST,))
# A family of its own keeps a note from hiding, or calming, a request to be contacted.
NOTE_FAMILY = "note"


def assess_contact(
    at: datetime, can_wait: bool, remarks: Mapping[str, str] = MappingProxyType({})
) -> Finding:
    """Return the request; one that the patient says can wait is routine.

    Remarks are the patient's own words and telephone number: no rule reads them, the therapist does.
    """
    waits = "; it can wait until the next visit" if can_wait else ""
    inputs: dict[str, object] = {"can_wait": can_wait, **remarks}
    finding = make_finding(CONTACT_REQUEST, f"The patient asks to be contacted{waits}.", inputs, at)
    return replace(finding, severity=Severity.ROUTINE) if can_wait else finding


def assess_note(at: datetime, note: str) -> Finding:
    """Return that the patient left a note: somebody reads it, and until then no rule makes anything of it."""
    inputs: dict[str, object] = {"can_wait": True, "kind": "note", "note": note}
    finding = make_finding(CONTACT_REQUEST, "The patient left a note with a check-in.", inputs, at)
    return replace(finding, severity=Severity.ROUTINE, family=NOTE_FAMILY)


def merge_contact(existing: ExistingAlert | None, finding: Finding) -> Transition:
    """Raise a request to be contacted; it stays until a person has answered, as pressing as it ever was.

    Asked again after somebody took it on, it is open again; a request that can wait disturbs nobody twice.
    """
    if existing is None or existing.status in CLOSED:
        return Raise(finding)
    before = existing.severity or finding.severity
    more_pressing = finding.severity.rank < before.rank
    finding = replace(finding, severity=min(finding.severity, before, key=lambda severity: severity.rank))
    if finding.inputs.get("can_wait"):
        return Refresh(finding, notify=False)
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Reopen(finding)
    # Whoever put it off did not know that the patient would ask again.
    return Refresh(finding, notify=more_pressing or existing.snoozed)


def merge_note(existing: ExistingAlert | None, finding: Finding) -> Transition:
    """Put a note on the work-list, once while one waits there; one that comes after somebody took it on is new."""
    if existing is None or existing.status in CLOSED:
        return Raise(finding)
    if existing.status is AlertStatus.ACKNOWLEDGED:
        return Reopen(finding, notify=False)
    return Refresh(finding, notify=False)
