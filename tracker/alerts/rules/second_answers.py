"""When one more answer later the same day would decide: before R2 holds alone, and at the first of R3's two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tracker.alerts.rules.facts import Answer, Replay, SessionFacts, answers_since
from tracker.alerts.rules.soreness import PERSISTS_ON_SECOND, SECOND_AFTER, Scores, assess_soreness
from tracker.alerts.rules.thresholds import Threshold, Thresholds
from tracker.alerts.vocabulary import Rule

SECOND_ANSWER_WITHIN = Threshold(
    "recheck_within",
    2,
    "hours from the earliest re-check to the latest",
    "convention: a re-check 4 to 6 h later, still on the same day",
)


@dataclass(frozen=True, slots=True)
class SecondAnswer:
    """One more prompt: from when to when it helps, in UTC, and the rule that waits for it."""

    earliest: datetime
    latest: datetime
    rule: Rule


def needs_second_answer(
    answers: Sequence[Answer],
    session: SessionFacts,
    limits: Thresholds,
    found: Replay | None = None,
) -> SecondAnswer | None:
    """Say whether the newest answer is half of a pair that would raise an alert, and when to ask again: 4-6 h on.

    None when it raises one by itself: then the therapist knows already. `found` is what the rules made of these
    answers, where that is known.
    """
    since = answers_since(session, answers)
    if not since:
        return None
    newest = found.raised_now if found else assess_soreness(since, session, limits)
    if newest is not None:
        return None
    reading = Scores(since, len(since) - 1, session, limits)
    rule = _waiting(reading)
    if rule is None:
        return None
    earliest = reading.newest.at.astimezone(UTC) + timedelta(hours=limits[SECOND_AFTER])
    return SecondAnswer(earliest, earliest + timedelta(hours=SECOND_ANSWER_WITHIN.value), rule)


def _waiting(reading: Scores) -> Rule | None:
    """Return the rule of which the newest answer is the first of two."""
    if reading.is_severe(reading.newest):
        return Rule.SEVERE
    if reading.is_unsettled(reading.newest, reading.limits[PERSISTS_ON_SECOND]):
        return Rule.PERSISTS
    return None
