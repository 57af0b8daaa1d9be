"""A reminder put off by the patient: it comes again at the moment they chose, and not in between."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from tracker.db import db
from tracker.delivery import service as delivery
from tracker.delivery.models import Dispatch, DispatchMove
from tracker.delivery.rules.new_message import NewMessage, Placed
from tracker.delivery.vocabulary import Anchor, Reason, State
from tracker.errors import Conflict, Fault, Invalid
from tracker.local_time.quiet import INSTANT, last_allowed, next_allowed
from tracker.local_time.words import describe_instant
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.tasks import StoredStatus
from tracker.reminders.placing import new_reminder
from tracker.reminders.rules.prompts import PlannedPrompt
from tracker.reminders.service import get_reminder_of, same_check
from tracker.reminders.standing import kind_of
from tracker.sessions.models import PlanTask

MOST = 3  # a check that is put off for ever is one that nobody answers (convention)
# The occurrences below are the days of a step, or a check and its repeat.
FIRST_FREE = 10
UNSENT = frozenset({State.SCHEDULED, State.CLAIMED})
SENT = frozenset({State.SENDING, State.ACCEPTED})


def snooze(patient: PatientFacts, reminder_id: UUID, until: datetime, now: datetime) -> Dispatch:
    """Let a reminder come again at an instant inside its window and outside quiet hours.

    Saying the same instant twice is once. Raises NotFound, Conflict when there is nothing to put off any more,
    Invalid when that instant does not fit.
    """
    row = get_reminder_of(patient.id, reminder_id)
    db.session.refresh(row, with_for_update=True)  # a claim does not ask for the patient's lock
    if row.snoozed_until == until:
        return row
    _refuse_what_is_over(row, now)
    _refuse_moment(row, until, patient, now)
    for each in (row, *_list_merged_into(row, until)):
        _put_off(each, until, patient, now)
    db.session.flush()
    return get_reminder_of(patient.id, reminder_id)


def _refuse_what_is_over(row: Dispatch, now: datetime) -> None:
    if not kind_of(row).may_be_put_off:
        raise Conflict("This question cannot be put off.")
    if row.state not in UNSENT | SENT or not row.not_before <= now < row.not_after:
        raise Conflict("This reminder cannot be put off: it is not open now.")
    task = db.session.get(PlanTask, row.plan_task_id, populate_existing=True) if row.plan_task_id else None
    if task is not None and task.status != StoredStatus.OPEN:
        raise Conflict("This reminder cannot be put off: it is answered.")
    snoozes = (
        select(func.count())
        .select_from(DispatchMove)
        .join(Dispatch, Dispatch.id == DispatchMove.dispatch_id)
        .where(*same_check(row), DispatchMove.reason == Reason.SNOOZED)
    )
    if (db.session.scalar(snoozes) or 0) >= MOST:
        raise Conflict("This reminder has been put off three times; please answer it, or let it pass.")


def _refuse_moment(row: Dispatch, until: datetime, patient: PatientFacts, now: datetime) -> None:
    here = zone(patient.time_zone)
    latest = last_allowed(row.not_after - INSTANT, patient.quiet, here)
    if latest <= now:
        raise Conflict("This reminder cannot be put off: no later moment is left for it.")
    if until <= now:
        code = "in_the_past"
    elif until >= row.not_after:
        code = "too_late"
    elif next_allowed(until, patient.quiet, here) != until:
        code = "in_quiet_hours"
    else:
        return
    said = describe_instant(latest, here)
    raise Invalid(
        Fault(
            "#/until",
            code,
            f"Choose a moment after now and outside your quiet hours; the latest possible one is {said}.",
        )
    )


def _list_merged_into(row: Dispatch, until: datetime) -> Sequence[Dispatch]:
    """Return the prompts of other sessions whose question this one asked, as far as it will be open then."""
    return db.session.scalars(
        select(Dispatch)
        .join(PlanTask, PlanTask.id == Dispatch.plan_task_id)
        .where(
            Dispatch.merged_into_id == row.id,
            Dispatch.not_after > until,
            PlanTask.status == StoredStatus.OPEN,
        )
    ).all()


def _put_off(row: Dispatch, until: datetime, patient: PatientFacts, now: datetime) -> None:
    """Move what has not left; what has left stays, and a row of its own asks again."""
    _withdraw_repeats(row, patient, now)
    row.snoozed_until = until
    if row.state in UNSENT:
        delivery.move(row, Placed(until, Reason.SNOOZED), patient, now, Dispatch.state.in_(UNSENT))
    else:
        row.sync_seq = patient.sync_seq
        delivery.note_move(row, until, Reason.SNOOZED, now, time_zone=patient.time_zone)
        delivery.plan([_again(row, until, patient, now)], now)


def _withdraw_repeats(row: Dispatch, patient: PatientFacts, now: datetime) -> None:
    held = (Dispatch.state == State.SUPPRESSED) & (Dispatch.reason == Reason.QUIET_NO_WINDOW)
    others = (
        *same_check(row),
        Dispatch.plan_task_id == row.plan_task_id,
        Dispatch.id != row.id,
        Dispatch.state.in_(UNSENT) | held,  # what quiet hours hold must not come beside it when they open
    )
    db.session.execute(
        update(Dispatch)
        .where(*others)
        .values(
            state=State.SUPPRESSED,
            reason=Reason.SNOOZED,
            ended_at=now,
            claim_token=None,
            claimed_by=None,
            sync_seq=patient.sync_seq,
        )
        .execution_options(synchronize_session=False)
    )


def _again(row: Dispatch, until: datetime, patient: PatientFacts, now: datetime) -> NewMessage:
    """Return the prompt that asks again; its occurrence follows all that the protocol plans."""
    latest = select(func.max(Dispatch.occurrence)).where(
        *same_check(row), Dispatch.generation == row.generation
    )
    prompt = PlannedPrompt(
        step_key=row.step_key,
        occurrence=max((db.session.scalar(latest) or 0) + 1, FIRST_FREE),
        nominal_at=until,
        due_at=until,
        not_before=row.not_before,
        not_after=row.not_after,
        reason=Reason.SNOOZED,
        priority=0,
    )
    return new_reminder(
        prompt,
        patient,
        now,
        anchor_kind=Anchor(row.anchor_kind),
        anchor_id=row.anchor_id,
        generation=row.generation,
        plan_task_id=row.plan_task_id,
        snoozed_until=until,
    )
