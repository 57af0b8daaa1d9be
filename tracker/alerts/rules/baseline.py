"""What soreness is held against: a baseline steadied by earlier sessions, or estimated where nobody asked."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median_low

from tracker.alerts.rules.facts import Answer, SessionFacts, answers_since
from tracker.protocols.soreness import is_settled

# Three readings halve the noise of one; more of them would be older than the course they are held against.
READINGS = 3


def steady_baseline(session: SessionFacts, earlier: Sequence[int]) -> SessionFacts:
    """Hold a session against the middle one of its own baseline and the two before, `earlier` oldest first.

    Of two the lower one. A session whose baseline nobody asked is returned as it is.
    """
    if session.baseline_soreness is None or not earlier:
        return session
    readings = [*earlier, session.baseline_soreness][-READINGS:]
    return replace(session, baseline_soreness=median_low(readings), baseline_readings=len(readings))


def estimate_baseline(earlier: Iterable[tuple[SessionFacts, Sequence[Answer]]]) -> int | None:
    """Return the median of the settled answers of earlier sessions; None when there is none.

    Of two middle values the lower one: rather one alert too many than one too few.
    """
    settled = [
        answer.soreness
        for session, answers in earlier
        for answer in answers_since(session, answers)
        if is_settled(answer.soreness, session.baseline_soreness)
    ]
    return median_low(settled) if settled else None
