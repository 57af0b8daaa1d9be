"""Messages handed over by a worker outside this service: claimed, begun, reported on, with our own promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from tracker.db import db
from tracker.delivery import results
from tracker.delivery import service as delivery
from tracker.delivery.first_look import end_unwanted
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.pauses import PAUSED_LOOK
from tracker.delivery.rules.channel_kinds import KINDS
from tracker.delivery.rules.message import Result
from tracker.delivery.rules.routes import Route
from tracker.delivery.service import Attempt, Claim, Sender, Sending
from tracker.delivery.vocabulary import Purpose, Receipt, State
from tracker.engine.last_look import FIRST_LOOK, LAST_LOOK, follow
from tracker.errors import Conflict, NotFound
from tracker.people import patients, trail
from tracker.people.rules.access import Action, Actor


@dataclass(frozen=True, slots=True)
class OutsideExits:
    """The channels that a worker outside says it serves, beside those of the worker inside and the paused ones."""

    channels: frozenset[str]
    inside: frozenset[str]
    paused: frozenset[str]

    def has(self, channel: str) -> bool:
        """Say whether anybody serves this channel: what only the worker inside can send is left to it."""
        return channel in self.channels | self.inside

    def drops_repetitions(self, channel: str) -> bool:
        """Say whether a repetition reaches the person once, as the channel promises whoever serves it."""
        return KINDS[channel].drops_repetitions

    def shut_for(self, channel: str) -> timedelta:
        """Return when to look again at a channel that is paused or not the worker's; its providers are its affair."""
        return timedelta(0) if channel in self.channels - self.paused else PAUSED_LOOK


def claim(actor: Actor, limit: int, now: datetime, lease: timedelta) -> list[Claim]:
    """Take due messages of the worker's clinic, alerts first, and those whose worker let its lease run out.

    Fewer than the limit may be left where some are not wanted any more, even none: more may be due all the same.
    """
    taken: list[Claim] = []
    for purpose in Purpose:
        if len(taken) < limit:
            room = limit - len(taken)
            claimed = delivery.claim(
                purpose, actor.account_id, now, batch=room, lease=lease, clinic_id=actor.clinic_id
            )
            taken += end_unwanted(claimed, FIRST_LOOK[purpose], now)[0]
    return taken


def start(actor: Actor, dispatch_id: UUID, token: UUID, sender: Sender, now: datetime) -> Sending:
    """Decide for the last time whether a claimed message leaves; asked again, the same message comes again.

    Raises NotFound, or Conflict with what has become of it instead.
    """
    row = _get(actor, dispatch_id)
    patients.hold_patient(row.patient_id)
    taken = Claim(row.id, row.patient_id, Purpose(row.purpose), token)
    begun = delivery.find_begun(taken, sender, now)
    if begun is not None:
        return begun
    step = delivery.begin_send(taken, sender, LAST_LOOK[taken.purpose], now)
    if isinstance(step, Sending):
        trail.record_deed(actor, Action.READ, "reminder", dispatch_id, now, row.patient_id)
        return step
    follow(taken, step, now)
    raise NotBegun(step)


class NotBegun(Exception):
    """The message does not leave now; what was decided about it has to be committed all the same."""

    def __init__(self, state: State | None) -> None:
        super().__init__(state)
        self.state = state


def release(actor: Actor, dispatch_id: UUID, token: UUID, now: datetime) -> None:
    """Give back a claimed message that was not begun, so that nobody waits for its lease; raises NotFound."""
    row = _get(actor, dispatch_id)
    delivery.give_back(Claim(row.id, row.patient_id, Purpose(row.purpose), token), now)


def record(
    actor: Actor,
    dispatch_id: UUID,
    token: UUID,
    number: int,
    result: Result,
    now: datetime,
    *,
    send_timeout: timedelta,
    fraction: float,
) -> None:
    """Write what came of a hand-over; told again, it changes nothing. Raises NotFound, Conflict."""
    row = _get(actor, dispatch_id)
    tried = _get_attempt(dispatch_id, number)
    if tried.claim_token != token:
        raise Conflict("This hand-over was begun under another claim.")
    attempt = Attempt(
        Claim(row.id, row.patient_id, Purpose(row.purpose), token),
        tried.id,
        tried.number,
        Route(tried.channel, "", tried.device_id),
        row.due_at,
        row.not_after,
    )
    results.record(attempt, result, now, send_timeout=send_timeout, fraction=fraction)


def note_receipt(actor: Actor, dispatch_id: UUID, number: int, receipt: Receipt, at: datetime) -> bool:
    """Note what a provider said later; returns whether that was news. Raises NotFound."""
    _get(actor, dispatch_id)
    return results.note_receipt(_get_attempt(dispatch_id, number).id, receipt, at)


def list_not_after(claims: Sequence[Claim]) -> dict[UUID, datetime]:
    """Return until when each of these messages may leave."""
    chosen = [taken.dispatch_id for taken in claims]
    found = db.session.execute(select(Dispatch.id, Dispatch.not_after).where(Dispatch.id.in_(chosen)))
    return {row.id: row.not_after for row in found}


def _get(actor: Actor, dispatch_id: UUID) -> Dispatch:
    row = db.session.get(Dispatch, dispatch_id, populate_existing=True)
    if row is None or row.clinic_id != actor.clinic_id:
        raise NotFound
    return row


def _get_attempt(dispatch_id: UUID, number: int) -> DeliveryAttempt:
    statement = select(DeliveryAttempt).where(
        DeliveryAttempt.dispatch_id == dispatch_id, DeliveryAttempt.number == number
    )
    tried = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if tried is None:
        raise NotFound("There is no hand-over of this number.")
    return tried
