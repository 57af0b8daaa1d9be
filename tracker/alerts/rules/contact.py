"""R0: a patient who asks to be contacted is told to a person; their words are carried, never read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from tracker.alerts.rules.facts import Finding, make_finding
from tracker.alerts.vocabulary import Rule, Severity


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
