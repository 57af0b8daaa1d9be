"""R0: a request to be contacted is told to a person and waits for a person."""

from datetime import UTC, datetime

import pytest

from tracker.alerts.rules.contact_requests import assess_contact, merge_contact
from tracker.alerts.rules.lifecycle import ExistingAlert, Refresh, Reopen
from tracker.alerts.vocabulary import AlertStatus, Rule, Severity

AT = datetime(2026, 11, 2, 10, tzinfo=UTC)
OPEN, ACKNOWLEDGED, RESOLVED, WITHDRAWN = AlertStatus
ATTENTION, ROUTINE = Severity.ATTENTION, Severity.ROUTINE


@pytest.mark.parametrize(
    ("can_wait", "severity", "reason"),
    [
        (False, ATTENTION, "The patient asks to be contacted."),
        (True, ROUTINE, "The patient asks to be contacted; it can wait until the next visit."),
    ],
)
def test_what_can_wait_is_routine(can_wait: bool, severity: Severity, reason: str) -> None:
    finding = assess_contact(AT, can_wait)
    assert (finding.rule, finding.family) == (Rule.CONTACT_REQUEST, "contact")
    assert (finding.severity, finding.reason) == (severity, reason)


def test_the_words_of_the_patient_are_carried_and_never_read() -> None:
    words = {"message": "chest pain, cannot breathe", "callback_phone": "+49 30 1"}
    silent, worded = assess_contact(AT, can_wait=True), assess_contact(AT, True, words)
    assert worded.inputs == silent.inputs | words
    assert (worded.severity, worded.reason) == (silent.severity, silent.reason)


@pytest.mark.parametrize(
    ("status", "before", "can_wait", "expected", "severity"),
    [
        (OPEN, ATTENTION, False, Refresh(assess_contact(AT, False), notify=False), ATTENTION),
        (OPEN, ROUTINE, False, Refresh(assess_contact(AT, False), notify=True), ATTENTION),
        (OPEN, ATTENTION, True, "as pressing as before", ATTENTION),
        (ACKNOWLEDGED, ROUTINE, False, Reopen(assess_contact(AT, False)), ATTENTION),
        (ACKNOWLEDGED, ATTENTION, False, Reopen(assess_contact(AT, False)), ATTENTION),
        (ACKNOWLEDGED, ROUTINE, True, Refresh(assess_contact(AT, True), notify=False), ROUTINE),
    ],
)
def test_asked_again_it_is_as_pressing_as_it_ever_was(
    status: AlertStatus, before: Severity, can_wait: bool, expected: object, severity: Severity
) -> None:
    existing = ExistingAlert(status, Rule.CONTACT_REQUEST, AT, severity=before)
    decision = merge_contact(existing, assess_contact(AT, can_wait))
    assert isinstance(decision, Refresh | Reopen)
    assert decision.finding.severity is severity
    if not isinstance(expected, str):
        assert decision == expected


@pytest.mark.parametrize("status", [None, RESOLVED, WITHDRAWN])
def test_a_new_request_is_a_new_alert(status: AlertStatus | None) -> None:
    existing = ExistingAlert(status, Rule.CONTACT_REQUEST, AT, severity=ATTENTION) if status else None
    assert type(merge_contact(existing, assess_contact(AT, can_wait=True))).__name__ == "Raise"
