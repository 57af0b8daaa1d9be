"""Messages planned, withdrawn, claimed, begun and closed. Nothing here commits, and nothing here sends."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from tracker import ids
from tracker.db import db
from tracker.delivery import message, retry, statements
from tracker.delivery.message import Message, Result
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.states import Outcome, Purpose, State
from tracker.delivery.verdicts import Drop, HandOver, Verdict, Wait
from tracker.people import service as people

Recheck = Callable[[Dispatch, datetime], Verdict]
ACCEPTED = frozenset({Outcome.ACCEPTED, Outcome.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Sender:
    """Who hands over: the worker process, its channel, and what keys and links are made of."""

    worker_id: UUID
    channel: str
    secret_key: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that belongs to one worker until its lease ends or it is given back."""

    dispatch_id: UUID
    patient_id: UUID
    purpose: Purpose
    token: UUID


@dataclass(frozen=True, slots=True)
class Sending:
    """A hand-over whose attempt row is written: the message may leave once this is committed."""

    claim: Claim
    attempt_id: UUID
    number: int
    message: Message


def plan(rows: Sequence[Mapping[str, Any]]) -> None:
    """Write messages to be sent; raises IntegrityError when a step of an anchor is planned twice."""
    if rows:
        new = [
            {"id": ids.new_id(), "state": State.SCHEDULED, "next_attempt_at": row["due_at"], **row}
            for row in rows
        ]
        db.session.execute(insert(Dispatch), new)


def cancel_open(
    anchor_kind: str,
    anchor_id: UUID,
    reason: str,
    now: datetime,
    sync_seq: int,
    *,
    step_keys: Collection[str] | None = None,
) -> int:
    """Cancel what is still open of an anchor, or these steps of it; returns how many are in flight."""
    which = [Dispatch.anchor_kind == anchor_kind, Dispatch.anchor_id == anchor_id]
    if step_keys is not None:
        which.append(Dispatch.step_key.in_(step_keys))
    return _withdraw(State.CANCELLED, which, reason, now, sync_seq)


def suppress_open(plan_task_ids: Collection[UUID], reason: str, now: datetime, sync_seq: int) -> int:
    """Suppress what is still open of these tasks; returns how many are in flight."""
    return _withdraw(State.SUPPRESSED, [Dispatch.plan_task_id.in_(plan_task_ids)], reason, now, sync_seq)


def list_accepted_since(patient_id: UUID, since: datetime) -> Sequence[Dispatch]:
    """Return a patient's reminders that were handed over at or after an instant, newest first."""
    return db.session.scalars(
        select(Dispatch)
        .where(
            Dispatch.patient_id == patient_id,
            Dispatch.purpose == Purpose.REMINDER,
            Dispatch.accepted_at >= since,
        )
        .order_by(Dispatch.accepted_at.desc())
    ).all()


def expire_late(now: datetime, most: int) -> int:
    """End what is past its not-after, of so many patients at once; returns how many rows."""
    patients = statements.lock_patients_of_late(now, most)
    expired = statements.expire_alerts(now)
    if patients:
        expired += statements.expire_reminders(patients, now)
    if expired:
        statements.close_open_attempts(expired, now)
    return len(expired)


def claim(purpose: Purpose, owner: UUID, now: datetime, *, batch: int, lease: timedelta) -> list[Claim]:
    """Take up to ``batch`` rows that are due, and those whose worker let its lease run out."""
    token = ids.new_id()
    claimed = statements.claim_due(purpose, owner, token, now, batch=batch, lease=lease)
    abandoned = [row.id for row in claimed if row.claims > 1]
    if abandoned:
        statements.close_open_attempts(abandoned, now)
    return [Claim(row.id, row.patient_id, Purpose(row.purpose), token) for row in claimed]


def give_back(claims: Sequence[Claim], now: datetime) -> int:
    """Return claims of one batch that were not begun; they are due again at once."""
    return statements.give_back([claim.dispatch_id for claim in claims], claims[0].token, now)


def begin_send(claim: Claim, sender: Sender, recheck: Recheck, now: datetime) -> Sending | State | None:
    """Decide for the last time, under the patient's lock, whether this message leaves.

    Returns the hand-over to make after the commit, else the state the row went to; None: not ours any more.
    """
    row = statements.lock_claimed(claim.dispatch_id, claim.token)
    if row is None:
        return None
    earlier = statements.list_attempts(row.id) if row.attempt_count else []
    match _decide(row, earlier, recheck, now):
        case HandOver() as wanted:
            return _begin(row, claim, sender, wanted, earlier, now)
        case Drop(state, reason):
            _end(row, state, reason, now)
        case Wait(until, reason):
            row.state, row.reason, row.next_attempt_at = State.SCHEDULED, reason, until
            row.claim_token = row.claimed_by = None
            row.claims -= 1
    return State(row.state)


def record(
    sending: Sending, result: Result, now: datetime, *, send_timeout: timedelta, fraction: float
) -> State | None:
    """Write what came of a hand-over; returns the row's new state.

    None: the row has another owner by now or is over, and only the attempt was written.
    """
    claim = sending.claim
    values = _what_follows(sending, result, now, send_timeout, fraction)
    ended = values["state"] != State.SCHEDULED
    if ended and claim.purpose is Purpose.REMINDER:
        values["sync_seq"] = people.lock_patient(claim.patient_id).sync_seq
    ours = statements.move_sending(claim.dispatch_id, claim.token, values, give_count_back=not ended)
    answer = {
        "outcome": result.outcome,
        "error_code": result.error_code,
        "provider_reference": result.reference,
        "ended_at": now,
    }
    statements.close_attempt(sending.attempt_id, answer)
    return State(values["state"]) if ours else None


def _withdraw(
    state: State, which: Sequence[ColumnElement[bool]], reason: str, now: datetime, sync_seq: int
) -> int:
    ended = {"state": state, "reason": reason, "ended_at": now, "sync_seq": sync_seq}
    db.session.execute(
        update(Dispatch)
        .where(*which, Dispatch.state.in_([State.SCHEDULED, State.CLAIMED]))
        .values(**ended, claim_token=None, claimed_by=None)
        .execution_options(synchronize_session=False)
    )
    in_flight = select(Dispatch.id).where(*which, Dispatch.state == State.SENDING)
    return len(db.session.execute(in_flight).all())


def _decide(row: Dispatch, earlier: Sequence[DeliveryAttempt], recheck: Recheck, now: datetime) -> Verdict:
    if any(attempt.outcome in ACCEPTED for attempt in earlier):
        return Drop(State.ACCEPTED, State.ACCEPTED)  # the answer came after the lease was lost
    if row.not_after <= now:
        return Drop(State.EXPIRED, State.EXPIRED)
    if row.claims > retry.MAX_CLAIMS:
        return Drop(State.DEAD, "claims_exhausted")
    return recheck(row, now)


def _begin(
    row: Dispatch,
    claim: Claim,
    sender: Sender,
    wanted: HandOver,
    earlier: Sequence[DeliveryAttempt],
    now: datetime,
) -> Sending:
    recipient = wanted.recipient
    send_key = ids.derive(sender.secret_key, "send", str(row.id), sender.channel, recipient.address)
    link = f"{sender.public_url}/go/{ids.derive(sender.secret_key, 'link', str(row.id))[:22]}"
    words = message.render(wanted.template, recipient.locale, link)
    attempt: dict[str, Any] = {
        "id": ids.new_id(),
        "dispatch_id": row.id,
        "number": row.attempt_count + 1,
        "channel": sender.channel,
        "recipient_id": recipient.account_id,
        "send_key": send_key,
        "claim_token": claim.token,
        "claimed_by": sender.worker_id,
        "begun_at": now,
    }
    statements.begin(attempt)
    first = next((tried.begun_at for tried in earlier if tried.send_key == send_key), now)
    letter = Message(send_key, recipient.address, words.subject, words.body, first, row.not_after)
    return Sending(claim, attempt["id"], attempt["number"], letter)


def _end(row: Dispatch, state: State, reason: str, now: datetime) -> None:
    if row.purpose == Purpose.REMINDER:
        row.sync_seq = people.lock_patient(row.patient_id).sync_seq
    row.state, row.reason, row.ended_at = state, reason, now
    row.claim_token = row.claimed_by = None
    if state is State.ACCEPTED:
        row.accepted_at = now


def _what_follows(
    sending: Sending, result: Result, now: datetime, send_timeout: timedelta, fraction: float
) -> dict[str, Any]:
    if result.outcome in ACCEPTED:
        return {"state": State.ACCEPTED, "reason": State.ACCEPTED, "accepted_at": now, "ended_at": now}
    reason = result.error_code or result.outcome
    if result.outcome is Outcome.PERMANENT:
        return {"state": State.DEAD, "reason": reason, "ended_at": now}
    not_after = sending.message.not_after
    again = retry.next_attempt(
        sending.number, now, not_after - send_timeout, fraction, result.retry_after_seconds
    )
    # Where no attempt fits any more the row waits for its end: until then it may still be withdrawn.
    return {"state": State.SCHEDULED, "reason": reason, "next_attempt_at": again or not_after}
