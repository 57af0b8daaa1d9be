"""What stands for a baseline that nobody asked: how sore the area was once earlier sessions had settled."""

from collections.abc import Iterable, Sequence
from statistics import median_low

from tracker.alerts.rules.facts import Answer, SessionFacts, answers_since
from tracker.protocols.settled import is_settled


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
