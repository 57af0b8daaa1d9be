"""Why a patient stands where they stand in the caseload, in one sentence."""

from collections.abc import Sequence

from tracker.outcomes.rules.triage import TriageFacts
from tracker.protocols.expected_course import CoursePosition

_ALERTS = {
    "emergency": "an emergency alert",
    "urgent": "an urgent alert",
    "attention": "an alert for attention",
}
_REASONS = {
    "not_heard": "nothing has been heard since the session, though a check was asked",
    "cannot_be_reminded": "no reminder can reach the patient",
    "awaited": "the first answer is awaited",
    "not_asked": "nothing has been asked yet",
    "settling": "soreness has not settled yet",
    "settled": "soreness has settled",
}
_NO_SESSION = "no session in the last 30 days"
_POSITIONS = {
    CoursePosition.ABOVE: "more than the clinic expects at this time",
    CoursePosition.LATE: "later than the clinic expects",
}


def explain(facts: TriageFacts, reasons: Sequence[str]) -> str:
    """Say the reasons in their order, the one that ranks first, then what else stands on the row."""
    clauses = [_clause(reason, facts) for reason in reasons]
    if not facts.has_session:
        clauses.append(_NO_SESSION)
    clauses += [words for holds, words in _marks(facts) if holds]
    sentence = "; ".join(clauses)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _clause(reason: str, facts: TriageFacts) -> str:
    if reason in _ALERTS:
        alone = facts.oldest_unacknowledged_at is not None
        return f"{_ALERTS[reason]} {'that nobody has acknowledged' if alone else 'in hand'}"
    position = _POSITIONS.get(CoursePosition(facts.course_position)) if facts.course_position else None
    return f"{_REASONS[reason]}, {position}" if position and reason == "settling" else _REASONS[reason]


def _marks(facts: TriageFacts) -> Sequence[tuple[bool, str]]:
    return (
        (facts.alert_settling, "an alert is calming down"),
        (facts.alert_snoozed, "an alert is put off"),
        (facts.severe_side_effect, "a side effect was called severe"),
        (facts.has_disclosed, "something was disclosed before the next visit"),
    )
