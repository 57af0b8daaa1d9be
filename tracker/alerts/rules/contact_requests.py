"""R0: who asks to be contacted, or leaves a note, is told to a person; their words are carried, never read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from tracker.alerts.rules.facts import Finding, make_finding
from tracker.alerts.vocabulary import Rule, Severity

NOTE_FAMILY = "note"


def assess_contact(
    at: datetime, can_wait: bool, remarks: Mapping[str, str] = MappingProxyType({})
) -> Finding:
    """Return the request; one that the patient says can wait is routine.

    Remarks are the patient's own words and telephone number: no rule reads them, the therapist does.
    """
    waits = "; it can wait until the next visit" if can_wait else ""
    inputs: dict[str, object] = {"can_wait": can_wait, **remarks}
    finding = make_finding(Rule.CONTACT_REQUEST, f"The patient asks to be contacted{waits}.", inputs, at)
    return replace(finding, severity=Severity.ROUTINE) if can_wait else finding


def assess_note(at: datetime, note: str) -> Finding:
    """Return that the patient left a note: somebody reads it, and until then no rule makes anything of it.

    A family of its own keeps it from hiding, or calming, a request to be contacted.
    """
    inputs: dict[str, object] = {"can_wait": True, "kind": "note", "note": note}
    finding = make_finding(Rule.CONTACT_REQUEST, "The patient left a note with a check-in.", inputs, at)
    return replace(finding, severity=Severity.ROUTINE, family=NOTE_FAMILY)
