"""Why a patient stands where they stand: one sentence for every combination that a row can hold."""

from datetime import UTC, datetime

import pytest

from tracker.alerts.rules.missed import HeardState
from tracker.alerts.vocabulary import Severity
from tracker.outcomes.rules.triage import TriageFacts, triage
from tracker.outcomes.rules.triage_words import explain

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
URGENT = TriageFacts(highest_severity=Severity.URGENT, oldest_unacknowledged_at=NOW)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (URGENT, "An urgent alert that nobody has acknowledged."),
        (TriageFacts(highest_severity=Severity.EMERGENCY, alert_snoozed=True),
         "An emergency alert in hand; an alert is put off."),
        (TriageFacts(highest_severity=Severity.ATTENTION, heard=HeardState.NOT_HEARD),
         "An alert for attention in hand; "
         "nothing has been heard since the session, though a check was asked."),
        (TriageFacts(heard=HeardState.CANNOT_BE_REMINDED), "No reminder can reach the patient."),
        (TriageFacts(heard=HeardState.AWAITED, cannot_be_reminded=True),
         "The first answer is awaited; no reminder can reach the patient."),
        (TriageFacts(heard=HeardState.NOT_ASKED), "Nothing has been asked yet."),
        (TriageFacts(last_answer_settled=False), "Soreness has not settled yet."),
        (TriageFacts(last_answer_settled=False, course_position="above"),
         "Soreness has not settled yet, more than the clinic expects at this time."),
        (TriageFacts(last_answer_settled=False, course_position="late", severe_side_effect=True),
         "Soreness has not settled yet, later than the clinic expects; a side effect was called severe."),
        (TriageFacts(last_answer_settled=False, course_position="inside"), "Soreness has not settled yet."),
        (TriageFacts(last_answer_settled=True, has_disclosed=True),
         "Soreness has settled; something was disclosed before the next visit."),
        (TriageFacts(last_answer_settled=True, alert_settling=True),
         "Soreness has not settled yet; an alert is calming down."),
        (TriageFacts(has_session=False), "No session in the last 30 days."),
        (TriageFacts(has_session=False, highest_severity=Severity.EMERGENCY, oldest_unacknowledged_at=NOW),
         "An emergency alert that nobody has acknowledged; no session in the last 30 days."),
    ],
)  # fmt: skip
def test_a_row_says_why_it_stands_there(facts: TriageFacts, sentence: str) -> None:
    assert explain(facts, triage(facts).reasons) == sentence


def test_marks_do_not_move_a_row() -> None:
    marked = TriageFacts(
        highest_severity=Severity.URGENT,
        oldest_unacknowledged_at=NOW,
        course_position="late",
        alert_snoozed=True,
        severe_side_effect=True,
        has_disclosed=True,
    )
    assert triage(marked).rank_key == triage(URGENT).rank_key
