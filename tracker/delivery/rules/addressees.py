"""Who is told, best first: the line behind the owner of an alert, at each step of its ladder."""

from tracker.delivery.vocabulary import Audience
from tracker.people.rules.cover import Candidate, CoverLine


def in_line(audience: Audience, line: CoverLine) -> tuple[Candidate, ...]:
    """Return who is told, best first: `line` is that of the alert's owner, who comes last on a step up.

    Who is away comes after everybody who is there; when all are away the owner of last resort still counts.
    """
    owner, cover, deputy, last_resort = line
    orders = {
        Audience.OWNER: (owner, cover, deputy, last_resort),
        Audience.DEPUTY: (deputy, last_resort, cover, owner),
        Audience.LAST_RESORT: (last_resort, deputy, cover, owner),
    }
    active = dict.fromkeys(person for person in orders[audience] if person and person.is_active)

    def rank(person: Candidate) -> tuple[bool, bool]:
        if not person.is_available:
            return True, person != last_resort
        return False, audience is not Audience.OWNER and person == owner

    return tuple(sorted(active, key=rank))
