"""Messages planned, withdrawn, claimed, begun and closed. Nothing here commits, and nothing here sends."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from tracker import ids
from tracker.db import db
from tracker.delivery import statements, wording
from tracker.delivery.links import make_link
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.recipients import find_recipient_again
from tracker.delivery.rules import retry
from tracker.delivery.rules.message import Message, Wording
from tracker.delivery.rules.new_message import NewMessage, Placed
from tracker.delivery.rules.routes import AllShut, OpenExits, Route, Tried, choose, may_work_elsewhere
from tracker.delivery.rules.verdicts import Drop, HandOver, Verdict, Wait
from tracker.delivery.vocabulary import AttemptOutcome, ProviderWord, Purpose, Reason, State, WaitsFor
from tracker.people import accounts, patients

LastLook = Callable[[Dispatch, datetime], Verdict]
# Over how long the messages that wait for one channel are spread.
WAIT_SPREAD = retry.FIRST_PAUSE
# A shorter wait of the same kind again is no news.
WORTH_NOTING = timedelta(minutes=15)
# How soon a worker outside may take what was left to it; one that cannot send it either does not spin on it.
OUTSIDE_LOOK = timedelta(seconds=5)
_ASIDE_FROM_ITS_PLACE = [
    field.name for field in fields(NewMessage) if field.name not in {"placed", "planned_because"}
]
ACCEPTED = frozenset({AttemptOutcome.ACCEPTED, AttemptOutcome.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Sender:
    """Who hands over: the worker process, its ways out, and what keys and links are made of."""

    worker_id: UUID
    exits: OpenExits
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
class Attempt:
    """A hand-over whose row is written."""

    claim: Claim
    id: UUID
    number: int
    route: Route
    # From when on it could have left.
    ready_at: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that may leave once its attempt is committed."""

    attempt: Attempt
    message: Message


class Window(TypedDict, total=False):
    """What else moves with a message that follows the calendar into another zone."""

    nominal_at: datetime
    not_before: datetime
    not_after: datetime


def plan(messages: Sequence[NewMessage], now: datetime) -> None:
    """Write messages to be sent; raises IntegrityError when a step of an anchor is planned twice."""
    if messages:
        db.session.execute(insert(Dispatch), [_row(message, now) for message in messages])


def move(
    row: Dispatch,
    to: Placed,
    patient: patients.PatientFacts,
    now: datetime,
    may_move: ColumnElement[bool],
    **window: Unpack[Window],
) -> None:
    """Let a message that has not left leave at another moment, or not at all, and remember that."""
    note_move(row, to.leaves_at, to.because, now, time_zone=patient.time_zone)
    values = {
        **_columns(to),
        **window,
        "reason": to.because,
        "time_zone": patient.time_zone,
        "sync_seq": patient.sync_seq,
        "claim_token": None,
        "claimed_by": None,
    }
    db.session.execute(update(Dispatch).where(Dispatch.id == row.id, may_move).values(values))


def cancel_open(
    anchor_kind: str,
    anchor_id: UUID,
    reason: Reason,
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


def suppress_open(plan_task_ids: Collection[UUID], reason: Reason, now: datetime, sync_seq: int) -> int:
    """Suppress what is still open of these tasks; returns how many are in flight."""
    return _withdraw(State.SUPPRESSED, [Dispatch.plan_task_id.in_(plan_task_ids)], reason, now, sync_seq)


def suppress_anchored(
    anchor_kind: str, anchor_ids: Collection[UUID], reason: Reason, now: datetime, sync_seq: int
) -> int:
    """Suppress what is still open of these anchors; returns how many are in flight."""
    if not anchor_ids:
        return 0
    which = [Dispatch.anchor_kind == anchor_kind, Dispatch.anchor_id.in_(anchor_ids)]
    return _withdraw(State.SUPPRESSED, which, reason, now, sync_seq)


def expire_late(now: datetime, most: int) -> int:
    """End what is past its not-after, of so many patient_ids at once; returns how many rows."""
    patient_ids = statements.lock_patients_of_late(now, most)
    expired = statements.expire_staff_messages(now)
    if patient_ids:
        expired += statements.expire_reminders(patient_ids, now)
    if expired:
        statements.close_open_attempts(expired, now)
    return len(expired)


def claim(
    purpose: Purpose,
    owner: UUID,
    now: datetime,
    *,
    batch: int,
    lease: timedelta,
    clinic_id: UUID | None = None,
) -> list[Claim]:
    """Take up to ``batch`` rows that are due, of one clinic or all, and those whose worker let its lease run out."""
    token = ids.new_id()
    claimed = statements.claim_due(purpose, owner, token, now, batch=batch, lease=lease, clinic_id=clinic_id)
    abandoned = [row.id for row in claimed if row.claims > 1]
    if abandoned:
        statements.close_open_attempts(abandoned, now)
    return [Claim(row.id, row.patient_id, Purpose(row.purpose), token) for row in claimed]


def give_back(claim: Claim, now: datetime) -> bool:
    """Return a claim that was not begun; it is due again at once. Says whether it was still the holder's."""
    return statements.give_back(claim.dispatch_id, claim.token, now)


def give_back_free(claims: Sequence[Claim], now: datetime) -> list[Claim]:
    """Return claims of one batch that were not begun; returns those left, which somebody else may hold.

    They are given back one in each transaction: who held several rows and waited for another could stop both.
    """
    if not claims:
        return []
    given = statements.give_back_free([claim.dispatch_id for claim in claims], claims[0].token, now)
    return [claim for claim in claims if claim.dispatch_id not in given]


def begin_send(claim: Claim, sender: Sender, last_look: LastLook, now: datetime) -> Sending | State | None:
    """Decide for the last time, under the patient's lock, whether this message leaves.

    Returns the hand-over to make after the commit, else the state the row went to; None: not ours any more.
    """
    found = statements.lock_claimed(claim.dispatch_id, claim.token, now)
    if found is None:
        return None
    row, paused = found
    earlier = statements.list_attempts(row.id) if row.attempt_count else []
    step: Verdict | Sending = Wait(now, Reason.PAUSED) if paused else _decide(row, earlier, last_look, now)
    if isinstance(step, HandOver):
        step = _hand_over(row, claim, sender, step, earlier, now)
    if isinstance(step, Sending):
        return step
    _settle(row, step, now)
    return State(row.state)


def find_begun(claim: Claim, sender: Sender, now: datetime) -> Sending | None:
    """Return the hand-over that was begun under this claim and still has no answer, to be told of it again.

    None also once its lease or its time is over: whoever asks has handed nothing over yet.
    """
    row = db.session.get(Dispatch, claim.dispatch_id, populate_existing=True)
    if row is None or row.state != State.SENDING or row.claim_token != claim.token:
        return None
    if now >= min(row.next_attempt_at, row.not_after):
        return None
    earlier = statements.list_attempts(row.id)
    last = earlier[-1]
    recipient = find_recipient_again(row, last.recipient_id, now)
    routes = {_send_key(row, sender, route): route for route in recipient.routes} if recipient else {}
    if last.send_key not in routes:
        return None
    attempt = Attempt(claim, last.id, last.number, routes[last.send_key], earlier[0].begun_at, row.not_after)
    first = next(tried for tried in earlier if tried.send_key == last.send_key)
    return Sending(
        attempt, _write(row, attempt, sender, Wording(**(first.wording or {})), first.begun_at, now)
    )


def note_move(
    row: Dispatch, to_at: datetime | None, reason: Reason, now: datetime, *, time_zone: str | None = None
) -> None:
    """Remember that a message leaves at another moment than was told before, or not at all, and why."""
    statements.add_move(
        {
            "id": ids.new_id(),
            "dispatch_id": row.id,
            "at": now,
            "from_at": row.due_at,
            "to_at": to_at,
            "reason": reason,
            "time_zone": time_zone or row.time_zone,
        }
    )


def _row(message: NewMessage, now: datetime) -> dict[str, object]:
    placed = message.placed
    row = {name: getattr(message, name) for name in _ASIDE_FROM_ITS_PLACE}
    return row | {
        **_columns(placed),
        "id": ids.new_id(),
        "planned_because": message.planned_because or placed.because,
        "reason": placed.because if placed.held_since else None,
        "created_at": now,
    }


def _columns(placed: Placed) -> dict[str, State | datetime | None]:
    return {
        "state": placed.state,
        "due_at": placed.due_at,
        "next_attempt_at": placed.due_at,
        "ended_at": placed.held_since,
    }


def _withdraw(
    state: State, which: Sequence[ColumnElement[bool]], reason: Reason, now: datetime, sync_seq: int
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


def _decide(row: Dispatch, earlier: Sequence[DeliveryAttempt], last_look: LastLook, now: datetime) -> Verdict:
    if any(attempt.outcome in ACCEPTED for attempt in earlier):
        return Drop(State.ACCEPTED, Reason.ACCEPTED)  # the answer came after the lease was lost
    if row.not_after <= now:
        return Drop(State.EXPIRED, Reason.EXPIRED)
    if row.claims > retry.MAX_CLAIMS:
        return Drop(State.DEAD, Reason.CLAIMS_EXHAUSTED)
    return last_look(row, now)


def _hand_over(
    row: Dispatch,
    claim: Claim,
    sender: Sender,
    wanted: HandOver,
    earlier: Sequence[DeliveryAttempt],
    now: datetime,
) -> Sending | Drop | Wait:
    by_key = {_send_key(row, sender, route): route for route in wanted.recipient.routes}
    counted = [tried for tried in earlier if row.retried_at is None or tried.begun_at >= row.retried_at]
    options = [(route, _tried(key, counted, now)) for key, route in by_key.items()]
    match choose(options, sender.exits):
        case None if may_work_elsewhere(options, accounts.find_served_outside(row.clinic_id, now)):
            return Wait(now + OUTSIDE_LOOK, Reason.LEFT_TO_WORKER_OUTSIDE, outside=True)
        case None:
            if earlier and earlier[-1].error_code:
                return Drop(State.DEAD, ProviderWord(earlier[-1].error_code))
            return Drop(State.DEAD, Reason.NO_CHANNEL if options else Reason.NO_ADDRESS)
        case AllShut(wait):
            return Wait(now + wait + min(wait, WAIT_SPREAD) * ids.jitter(), Reason.CHANNEL_DOWN)
        case Route() as route:
            send_key = next(key for key, known in by_key.items() if known is route)
            return _begin(row, claim, sender, wanted, route, send_key, earlier, now)


def _begin(
    row: Dispatch,
    claim: Claim,
    sender: Sender,
    wanted: HandOver,
    route: Route,
    send_key: str,
    earlier: Sequence[DeliveryAttempt],
    now: datetime,
) -> Sending:
    first = next((tried for tried in earlier if tried.send_key == send_key), None)
    said = first.wording if first else None
    words = Wording(**said) if said else wording.render(wanted.template, wanted.recipient.locale)
    ready_at = earlier[0].begun_at if earlier else max(row.due_at, row.postponed_until or row.due_at)
    attempt = Attempt(claim, ids.new_id(), row.attempt_count + 1, route, ready_at, row.not_after)
    statements.begin(
        {
            "id": attempt.id,
            "dispatch_id": row.id,
            "number": attempt.number,
            "channel": route.channel,
            "recipient_id": wanted.recipient.account_id,
            "device_id": route.device_id,
            "wording": {"subject": words.subject, "body": words.body},
            "send_key": send_key,
            "claim_token": claim.token,
            "claimed_by": sender.worker_id,
            "begun_at": now,
        }
    )
    return Sending(attempt, _write(row, attempt, sender, words, first.begun_at if first else now, now))


def _write(
    row: Dispatch, attempt: Attempt, sender: Sender, words: Wording, written_at: datetime, now: datetime
) -> Message:
    route = attempt.route
    link = make_link(sender.public_url, sender.secret_key, row.id)
    shown = words.filled(link)
    send_key = _send_key(row, sender, route)
    return Message(
        send_key,
        route.address,
        shown.subject,
        shown.body,
        written_at,
        row.not_after,
        link,
        route.keys,
        begun_at=now,
    )


def _send_key(row: Dispatch, sender: Sender, route: Route) -> str:
    return ids.derive(sender.secret_key, "send", str(row.id), route.channel, route.address)


def _tried(send_key: str, earlier: Sequence[DeliveryAttempt], now: datetime) -> Tried:
    mine = [attempt for attempt in earlier if attempt.send_key == send_key]
    outcomes = [attempt.outcome for attempt in mine]
    wishes = [attempt.not_again_before for attempt in mine if attempt.not_again_before]
    return Tried(
        failures=outcomes.count(AttemptOutcome.TRANSIENT),
        lost_answers=outcomes.count(AttemptOutcome.UNKNOWN),
        refused=AttemptOutcome.PERMANENT in outcomes,
        pause=max([timedelta(0), *(wish - now for wish in wishes)]),
    )


def _settle(row: Dispatch, verdict: Drop | Wait, now: datetime) -> None:
    if isinstance(verdict, Drop):
        _end(row, verdict.state, verdict.reason, now)
        return
    if row.reason != verdict.reason or verdict.until - now >= WORTH_NOTING:
        note_move(row, verdict.until, verdict.reason, now)
    row.state, row.reason = State.SCHEDULED, verdict.reason
    row.next_attempt_at = row.postponed_until = verdict.until
    row.waits_for = WaitsFor.OUTSIDE_WORKER if verdict.outside else None
    row.claim_token = row.claimed_by = None
    row.claims -= 1


def _end(row: Dispatch, state: State, reason: Reason | ProviderWord, now: datetime) -> None:
    if row.purpose == Purpose.REMINDER:
        row.sync_seq = patients.lock_patient(row.patient_id).sync_seq
    row.state, row.reason, row.ended_at = state, reason, now
    row.claim_token = row.claimed_by = None
    if state is State.ACCEPTED:
        row.accepted_at = now
