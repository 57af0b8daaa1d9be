"""The last look at a claimed message about an alert, with the patient locked: now, later or never, and to whom."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, literal_column, or_, select, update

from tracker.alerts import events, notices
from tracker.alerts.first_look import find_end
from tracker.alerts.models import Alert
from tracker.alerts.vocabulary import CLOSED, UNFINISHED
from tracker.db import db
from tracker.delivery.addressees import Addressee, find_addressee
from tracker.delivery.merging import LOOK_AGAIN, hand_over_once
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.rules.verdicts import Drop, HandOver, Verdict, Wait
from tracker.delivery.vocabulary import Anchor, Audience, Reason, State

# Convention: after an outage "new" and "nobody has looked yet" must not reach one person together.
# Shorter than the shortest reply target, so that a practice of one is told again at its end.
SAME_PERSON_AGAIN = timedelta(minutes=4)
AWAY = "Its owner cannot be reached now"


def look(row: Dispatch, now: datetime) -> Verdict:
    """Decide, with the patient locked, whether a claimed alert message still has to go, and to whom."""
    alert = _lock(row.anchor_id)
    if alert is None:
        return Drop(State.CANCELLED, Reason.WITHDRAWN)
    if end := find_end(alert, row.step_key):
        return end
    if row.step_key == notices.WAKE:
        return _wake(alert, now)
    if _is_early(row):
        return Wait(now + LOOK_AGAIN, Reason.ITS_TURN)
    addressee = find_addressee(alert.owner_id, Audience(row.audience), now)
    if addressee is None or not addressee.recipient.routes:
        return Drop(State.DEAD, Reason.NO_ADDRESS)
    is_first = row.step_key in {notices.NOTIFY, notices.ASSIGNED}
    if not pass_on(alert, addressee, AWAY if is_first else "Nobody had acknowledged it", now):
        return Drop(State.CANCELLED, Reason.ACKNOWLEDGED)
    match _find_other(row, addressee.account_id, now):
        case State.ACCEPTED:
            return Drop(State.SUPPRESSED, Reason.TOLD_BEFORE)
        case State.SENDING:
            return Wait(now + LOOK_AGAIN, Reason.MERGING)
    return HandOver(addressee.recipient, "alert")


def pass_on(alert: Alert, addressee: Addressee, why: str, now: datetime) -> bool:
    """Make somebody the owner of an alert unless a person handled it meanwhile: one statement decides.

    Returns whether it is still to be handled; no step is written when it is theirs already.
    """
    changed = Alert.owner_id != addressee.account_id
    statement = (
        update(Alert)
        .where(Alert.id == alert.id, Alert.status == alert.status, Alert.snoozed_until.is_(None))
        .values(
            owner_id=addressee.account_id, version=case((changed, Alert.version + 1), else_=Alert.version)
        )
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    )
    before = alert.owner_id
    if db.session.execute(statement).one_or_none() is None:
        return False
    db.session.refresh(alert)
    if before != addressee.account_id:
        events.add(alert, "escalated", f"{why}; passed on to {addressee.display_name}.", now)
    return True


def _wake(alert: Alert, now: datetime) -> Verdict:
    """End a snooze: the alert is open and told of as if it were new."""
    if alert.snoozed_until is None or alert.snoozed_until > now:
        return Drop(State.CANCELLED, Reason.RENEWED)
    notices.renew(alert, now, 0)
    alert.version += 1
    events.add(alert, "woken", "The time it was put off for is over.", now)
    return Drop(State.CANCELLED, Reason.WOKEN)


def look_at_digest(row: Dispatch, now: datetime) -> Verdict:
    """Decide whether a line of the daily list leaves, or was said with another one of the same owner and day."""
    alert = _lock(row.anchor_id)
    if alert is None or (alert.status in CLOSED and row.planned_because != Reason.CLOSED_BY_ITSELF):
        return Drop(State.CANCELLED, Reason(alert.status) if alert else Reason.WITHDRAWN)
    if alert.snoozed_until is not None:
        return Drop(State.SUPPRESSED, Reason.SNOOZED)
    addressee = find_addressee(alert.owner_id, Audience.OWNER, now)
    if addressee is None or not addressee.recipient.routes:
        return Drop(State.DEAD, Reason.NO_ADDRESS)
    if alert.status in UNFINISHED and not pass_on(alert, addressee, AWAY, now):
        return Drop(State.CANCELLED, Reason.ACKNOWLEDGED)
    others = _list_lines(row, addressee.account_id, now)
    return hand_over_once(row, others, HandOver(addressee.recipient, "summary"), now)


def _is_early(row: Dispatch) -> bool:
    """Say whether an earlier step of this round has not been tried yet: after an outage the owner is told first."""
    earlier = select(Dispatch.id).where(
        Dispatch.anchor_kind == Anchor.ALERT,
        Dispatch.anchor_id == row.anchor_id,
        Dispatch.occurrence == row.occurrence,
        Dispatch.purpose == row.purpose,
        Dispatch.due_at < row.due_at,
        Dispatch.ended_at.is_(None),
        Dispatch.attempt_count == 0,
    )
    return db.session.scalar(earlier.limit(1)) is not None


def _find_other(row: Dispatch, account_id: UUID, now: datetime) -> State | None:
    """Return where another message of this round stands that was begun for this person a moment ago."""
    statement = (
        select(Dispatch.state)
        .join(DeliveryAttempt, DeliveryAttempt.dispatch_id == Dispatch.id)
        .where(
            Dispatch.anchor_kind == Anchor.ALERT,
            Dispatch.anchor_id == row.anchor_id,
            Dispatch.occurrence == row.occurrence,
            Dispatch.id != row.id,
            Dispatch.state.in_([State.ACCEPTED, State.SENDING]),
            DeliveryAttempt.recipient_id == account_id,
            DeliveryAttempt.begun_at > now - SAME_PERSON_AGAIN,
        )
        .order_by(Dispatch.state)
    )
    found = db.session.scalars(statement.limit(1)).one_or_none()
    return State(found) if found else None


def _list_lines(row: Dispatch, owner_id: UUID, now: datetime) -> list[Dispatch]:
    """Return the lines of this owner's list that left since this one was due, then those that are due too."""
    left = Dispatch.accepted_at >= row.due_at
    statement = (
        select(Dispatch)
        .join(Alert, Alert.id == Dispatch.anchor_id)
        .where(
            Dispatch.purpose == literal_column("'summary'"),
            Dispatch.anchor_kind == Anchor.ALERT,
            Dispatch.clinic_id == row.clinic_id,
            Dispatch.due_at > now - notices.DIGEST_LIFE,
            Dispatch.due_at <= now,
            Dispatch.id != row.id,
            Alert.owner_id == owner_id,
            or_(left, Dispatch.ended_at.is_(None) & (Dispatch.not_after > now)),
        )
        .order_by(Dispatch.accepted_at.is_(None), Dispatch.id)
    )
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def _lock(alert_id: UUID) -> Alert | None:
    return db.session.get(Alert, alert_id, populate_existing=True, with_for_update=True)
