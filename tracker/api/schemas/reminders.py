"""Reminders on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from tracker.api import fields
from tracker.api.schemas.common import Body, CommaList, PageParameters, PageQuery, View, page_of
from tracker.delivery.vocabulary import PUBLIC_STATUS, Reason

REMINDER_STATUSES = tuple(dict.fromkeys(PUBLIC_STATUS.values()))


class ReminderView(View):
    """A reminder: when it leaves or left, and why it stands where it stands; its words are neutral."""

    id = fields.Identifier(required=True)
    patient_id = fields.Identifier(required=True)
    kind = fields.Text(64, required=True, about="Step of the protocol.", example="check_24h")
    title = fields.Text(200, required=True)
    body = fields.Text(500, required=True)
    due_at = fields.Instant(required=True)
    not_after = fields.Instant(required=True, about="Nothing is handed over from here on.")
    status = fields.Vocabulary(REMINDER_STATUSES, closed=False, required=True)
    reason = fields.Text(
        64, about="Why it is due then, or why it ended so.", example=Reason.DEFERRED_QUIET.value
    )
    link = fields.Text(500, required=True)
    plan_task_id = fields.Identifier()
    appointment_id = fields.Identifier()
    sent_at = fields.Instant()
    acknowledged_at = fields.Instant()
    snoozed_until = fields.Instant(
        about="The patient put it off; it comes again then, once more as a reminder."
    )


class ReminderSnooze(Body):
    """Until when a reminder rests."""

    until = fields.Instant(
        required=True, about="After now, before `not_after`, and not in the patient's quiet hours."
    )


class ReminderSnoozeBody(TypedDict):
    """Until when a reminder rests, as it is read."""

    until: datetime


class ReminderQuery(PageQuery):
    """Which reminders."""

    patient_id = fields.Identifier(about="Required for staff; a patient's own by default.")
    status = CommaList(fields.Vocabulary(REMINDER_STATUSES), 10, about="Any of these, separated by commas.")


class ReminderParameters(PageParameters, total=False):
    """Which reminders, as they are read."""

    patient_id: UUID
    status: Sequence[str]


ReminderPageView = page_of(ReminderView)
