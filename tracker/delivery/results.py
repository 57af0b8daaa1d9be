"""What came of a hand-over, written down, and what follows from it for the message and the way it took."""

from datetime import datetime, timedelta
from typing import Any

from tracker.delivery import retry, statements
from tracker.delivery.message import Result
from tracker.delivery.service import ACCEPTED, Attempt
from tracker.delivery.states import Outcome, Purpose, State
from tracker.people import devices
from tracker.people import service as people
from tracker.people.vocabulary import Way


def record(
    attempt: Attempt, result: Result, now: datetime, *, send_timeout: timedelta, fraction: float
) -> State | None:
    """Write what came of a hand-over; returns the row's new state.

    None: the row has another owner by now or is over, and only the attempt was written.
    """
    claim = attempt.claim
    values = _what_follows(attempt, result, now, send_timeout, fraction)
    ended = values["state"] != State.SCHEDULED
    if claim.purpose is Purpose.REMINDER and (ended or result.gone):
        position = people.lock_patient(claim.patient_id).sync_seq
        values |= {"sync_seq": position} if ended else {}
    answer = {
        "outcome": result.outcome,
        "error_code": result.error_code,
        "provider_reference": result.reference,
        "not_again_before": retry.wish(result.retry_after_seconds, now),
        "ended_at": now,
    }
    ours = statements.record(
        attempt.id, answer, claim.dispatch_id, claim.token, values, give_count_back=not ended
    )
    if result.gone:
        _retire(attempt, result.error_code or "gone", now)
    return State(values["state"]) if ours else None


def _what_follows(
    attempt: Attempt, result: Result, now: datetime, send_timeout: timedelta, fraction: float
) -> dict[str, Any]:
    if result.outcome in ACCEPTED:
        return {"state": State.ACCEPTED, "reason": State.ACCEPTED, "accepted_at": now, "ended_at": now}
    reason = result.error_code or result.outcome
    if result.outcome is Outcome.PERMANENT:
        # The next look takes another way, or ends the row when there is none.
        again: datetime | None = now
    else:
        # Not after what the provider asks for: another way may be open before.
        again = retry.next_attempt(attempt.number, now, attempt.not_after - send_timeout, fraction)
    # Where no attempt fits any more the row waits for its end: until then it may still be withdrawn.
    again = again or attempt.not_after
    return {
        "state": State.SCHEDULED,
        "reason": reason,
        "next_attempt_at": again,
        "postponed_until": again,
    }


def _retire(attempt: Attempt, reason: str, now: datetime) -> None:
    if attempt.route.device_id is not None:
        devices.retire(attempt.route.device_id, reason, now)
    elif attempt.route.channel == Way.SMS and attempt.claim.purpose is Purpose.REMINDER:
        people.opt_out_of_texts(attempt.claim.patient_id, now)
