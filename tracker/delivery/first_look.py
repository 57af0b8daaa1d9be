"""The look at a batch just claimed: what nobody wants any more ends here, before anything is begun for it."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from tracker.delivery import statements
from tracker.delivery.rules.verdicts import Drop
from tracker.delivery.service import Claim
from tracker.delivery.vocabulary import Purpose, State
from tracker.people import patients

# Reads the facts of claimed messages with one query and says which of them end; it waits for no lock.
FirstLook = Callable[[Collection[UUID], datetime], Mapping[UUID, Drop]]


def end_unwanted(
    claims: Sequence[Claim], look: FirstLook, now: datetime
) -> tuple[list[Claim], Counter[State]]:
    """End what is not wanted of one batch; return the claims that are left, and how many rows went where.

    A race is harmless. The first reading only raises a suspicion, which costs nobody a lock. A suspected row ends
    by a second reading under its patient's lock, as at begin-send: what made it unwanted cannot be taken back
    between that reading and the commit. A patient whom somebody else holds, perhaps to take it back, is passed
    over, and so nothing is waited for although the rows are locked before the patients. What is left goes on to
    begin-send, which has the last word: a fact that changes after this look is seen there.
    """
    suspected = look([claim.dispatch_id for claim in claims], now) if claims else {}
    if not suspected:
        return list(claims), Counter()
    patient_ids = {claim.patient_id for claim in claims if claim.dispatch_id in suspected}
    held = patients.hold_free_patients(patient_ids)
    under_lock = [claim for claim in claims if claim.dispatch_id in suspected and claim.patient_id in held]
    certain = look([claim.dispatch_id for claim in under_lock], now) if under_lock else {}
    if not certain:
        return list(claims), Counter()
    if claims[0].purpose is Purpose.REMINDER:  # no phone of a patient shows the messages to their therapist
        patients.move_positions({claim.patient_id for claim in under_lock if claim.dispatch_id in certain})
    ended = statements.end_claimed(certain, claims[0].token, now)
    left = [claim for claim in claims if claim.dispatch_id not in ended]
    return left, Counter(certain[dispatch_id].state for dispatch_id in ended)
