"""What came of a hand-over, written down, and what follows from it for the message and the way it took."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update

from tracker.db import db
from tracker.delivery import statements
from tracker.delivery.models import DeliveryAttempt
from tracker.delivery.rules import retry
from tracker.delivery.rules.channel_kinds import KINDS
from tracker.delivery.rules.hand_over import ProviderAnswer, RowChange
from tracker.delivery.rules.message import Result
from tracker.delivery.service import ACCEPTED, Attempt
from tracker.delivery.vocabulary import AttemptOutcome, ProviderWord, Purpose, Reason, Receipt, State
from tracker.people import devices, patients


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
        position = patients.lock_patient(claim.patient_id).sync_seq
        if ended:
            values["sync_seq"] = position
    answer = ProviderAnswer(
        outcome=result.outcome,
        error_code=result.error_code,
        provider_reference=result.reference,
        not_again_before=retry.wish(result.retry_after_seconds, now),
        ended_at=now,
    )
    ours = statements.record(
        attempt.id, answer, claim.dispatch_id, claim.token, values, give_count_back=not ended
    )
    if result.gone:
        _retire(attempt, result.error_code or "gone", now)
    return State(values["state"]) if ours else None


def _what_follows(
    attempt: Attempt, result: Result, now: datetime, send_timeout: timedelta, fraction: float
) -> RowChange:
    if result.outcome in ACCEPTED:
        return {"state": State.ACCEPTED, "reason": Reason.ACCEPTED, "accepted_at": now, "ended_at": now}
    reason = ProviderWord(result.error_code) if result.error_code else Reason(result.outcome)
    if result.outcome is AttemptOutcome.PERMANENT:
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
    elif KINDS[attempt.route.channel].gone_is_opt_out and attempt.claim.purpose is Purpose.REMINDER:
        patients.opt_out_of_texts(attempt.claim.patient_id, now)


_ORDER = list(Receipt)


def note_receipt(attempt_id: UUID, receipt: Receipt, at: datetime) -> bool:
    """Keep a receipt unless one that comes later on the way is there; returns whether it was kept."""
    earlier = [known.value for known in _ORDER[: _ORDER.index(receipt)]]
    moved = (
        update(DeliveryAttempt)
        .where(
            DeliveryAttempt.id == attempt_id,
            or_(DeliveryAttempt.receipt.is_(None), DeliveryAttempt.receipt.in_(earlier)),
        )
        .values(receipt=receipt, receipt_at=at)
        .returning(DeliveryAttempt.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalars(moved).one_or_none() is not None


def note_receipt_by_key(channel: str, send_key: str, reference: str, receipt: Receipt, at: datetime) -> None:
    """Keep a receipt of the hand-over under this key that a provider knows by this reference, if there is one.

    It may come before the answer to the hand-over is written down: then it is the newest whose reference is unknown.
    """
    known = (
        select(DeliveryAttempt.id)
        .where(
            DeliveryAttempt.send_key == send_key,
            DeliveryAttempt.channel == channel,
            func.coalesce(DeliveryAttempt.provider_reference, reference) == reference,
        )
        .order_by(DeliveryAttempt.provider_reference.is_(None), DeliveryAttempt.number.desc())
        .limit(1)
    )
    attempt_id = db.session.scalars(known).one_or_none()
    if attempt_id is not None:
        note_receipt(attempt_id, receipt, at)
