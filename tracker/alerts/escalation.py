"""Who hears of an alert, and who next when nobody acknowledges it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tracker.alerts.vocabulary import Severity
from tracker.delivery.states import Audience
from tracker.people.cover import Candidate


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """One message of the ladder, due unless the alert was acknowledged before."""

    key: str
    at: datetime
    audience: Audience


# Minutes after raising. No trial sets these times; they are the clinic's proposal.
_LADDERS: dict[Severity, tuple[tuple[str, int, Audience], ...]] = {
    Severity.EMERGENCY: (
        ("notify", 0, Audience.OWNER),
        ("escalate_1", 30, Audience.DEPUTY),
        ("escalate_2", 120, Audience.LAST_RESORT),
    ),
    Severity.URGENT: (("notify", 0, Audience.OWNER), ("escalate_1", 60, Audience.LAST_RESORT)),
    Severity.ATTENTION: (("notify", 0, Audience.OWNER), ("escalate_1", 240, Audience.DEPUTY)),
    Severity.ROUTINE: (),
}


def ladder(severity: Severity, raised_at: datetime) -> tuple[EscalationStep, ...]:
    """Return the steps in order, in UTC; routine alerts have none, they are read in the digest.

    Minutes are elapsed time at any hour. For urgent and attention they stand for 1 and 4 clinic hours.
    """
    start = raised_at.astimezone(UTC)
    return tuple(
        EscalationStep(key, start + timedelta(minutes=minutes), audience)
        for key, minutes, audience in _LADDERS[severity]
    )


def owner(
    assigned: Candidate | None,
    cover: Candidate | None,
    deputy: Candidate | None,
    last_resort: Candidate | None,
) -> Candidate | None:
    """Return the first active and available one; when all are away the owner of last resort still counts.

    None only when nobody of the four is active.
    """
    in_order = [person for person in (assigned, cover, deputy, last_resort) if person and person.is_active]
    available = [person for person in in_order if person.is_available]
    if available:
        return available[0]
    return last_resort if last_resort in in_order else next(iter(in_order), None)
