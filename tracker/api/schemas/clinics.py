"""Clinics on the wire: hours, members, leave, handing over."""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict
from uuid import UUID

from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import Body, PageParameters, PageQuery, View, page_of
from tracker.clinics.rules.hours import Weekday
from tracker.people.rules.access import Role

NUMBER_LENGTH = 40
MOST_SPANS, MOST_CLOSURES, MOST_MEMBERS, MOST_PATIENTS = 70, 200, 1000, 5000
ADDRESSED = "Numbers that patients are shown; they can be changed and not taken away."


def _reply_minutes(highest: int, about: str) -> fields.Whole:
    return fields.Whole(5, highest, about=about)


class MonitoredSpanReplace(Body):
    """A part of one weekday, in the clinic's zone, in which somebody looks at alerts."""

    weekday = fields.Vocabulary(Weekday, required=True)
    opens = fields.LocalTime(required=True)
    closes = fields.WallTime(required=True)


class ClosureReplace(Body):
    """Days on which nobody is there, the first and the last included."""

    first_day = fields.CivilDate(required=True)
    last_day = fields.CivilDate(required=True)
    name = fields.Text(100, about="Such as a public holiday.")


class ClinicUpdate(Body):
    """What may change; lists are replaced whole."""

    name = fields.Text(200, min_length=1)
    phone = fields.Text(NUMBER_LENGTH, min_length=1)
    emergency_number = fields.Text(NUMBER_LENGTH, min_length=1, about=ADDRESSED)
    urgent_care_phone = fields.Text(NUMBER_LENGTH, min_length=1, about=ADDRESSED)
    urgent_instructions = fields.Text(1000, about="Empty text: none any more.")
    time_zone = fields.Zone(about="The zone of the monitored hours.")
    default_locale = fields.Locale()
    monitored_hours = fields.ListOf(fields.Nested(MonitoredSpanReplace), MOST_SPANS)
    closed_days = fields.ListOf(fields.Nested(ClosureReplace), MOST_CLOSURES)
    urgent_reply_minutes = _reply_minutes(
        480, "How soon somebody answers an urgent alert, in monitored minutes."
    )
    attention_reply_minutes = _reply_minutes(
        2400, "How soon somebody answers the others, in monitored minutes."
    )
    deputy_id = fields.Erasable(
        fields.Identifier(), about="Who answers where therapist and cover are not there."
    )
    owner_of_last_resort_id = fields.Identifier(about="Who owns what nobody else does; sees every patient.")


class SafetyTextsApproval(Body):
    """Which pack of safety texts comes into force, in the name of who read it."""

    version = fields.Text(20, min_length=1, required=True)
    approved_by = fields.Text(200, min_length=1, required=True)


class ApprovalBody(TypedDict):
    """Which pack of safety texts, and who read it, as it is read."""

    version: str
    approved_by: str


class MemberUpdate(Body):
    """What an administrator may change of a member of staff."""

    profession = fields.Text(100, about="Empty text: none any more.")
    licence_number = fields.Text(60, about="Empty text: none any more.")
    licence_ends_on = fields.Erasable(
        fields.CivilDate(), about="The last day of the licence in the clinic's zone, such as 2027-06-30."
    )
    administers = fields.Flag(about="May change the clinic; a clinic always keeps somebody who may.")
    active = fields.Flag(about="False needs everything handed over before; true lets somebody in again.")


class HandOverRequest(Body):
    """To whom everything goes."""

    to_therapist_id = fields.Identifier(required=True)
    patient_ids = fields.ListOf(fields.Identifier(), MOST_PATIENTS, min_items=1, about="All by default.")
    deactivate = fields.Flag(about="Whether the account is closed in the same step; false by default.")


class HandOverBody(TypedDict):
    """To whom everything goes, as it is read."""

    to_therapist_id: UUID
    patient_ids: NotRequired[Sequence[UUID]]
    deactivate: NotRequired[bool]


class LeaveCreate(Body):
    """When somebody is away, and who looks after their patients meanwhile."""

    member_id = fields.Identifier(about="The caller by default; others for who administers the clinic.")
    cover_id = fields.Identifier(required=True, about="An active therapist of the clinic who is there then.")
    starts_at = fields.Instant(required=True)
    ends_at = fields.Instant(required=True, about="Exclusive.")


class MonitoredSpanView(View):
    """A part of one weekday, in the clinic's zone, in which somebody looks at alerts."""

    weekday = fields.Vocabulary(Weekday, closed=False, required=True)
    opens = fields.Text(5, required=True)
    closes = fields.Text(5, required=True)


class ClosureView(View):
    """Days on which nobody is there, the first and the last included."""

    first_day = fields.CivilDate(required=True)
    last_day = fields.CivilDate(required=True)
    name = fields.Text(100)


class MemberView(View):
    """Somebody on a clinic's staff."""

    id = fields.Identifier(required=True)
    display_name = fields.Text(200, required=True)
    role = fields.Vocabulary((Role.THERAPIST, Role.CLINIC_ADMIN), closed=False, required=True)
    active = fields.Flag(required=True)
    administers = fields.Flag(required=True)
    profession = fields.Text(100)
    licence_number = fields.Text(60)
    licence_ends_on = fields.CivilDate()
    licence_expired = fields.Flag(
        required=True, about="New alerts go to the next in line; nothing is refused."
    )
    away_until = fields.Instant(about="Present while the member is on leave.")
    cover_id = fields.Identifier(about="Who covers while the member is on leave.")
    version = fields.Whole(1, INT32, required=True)


class ApprovedTextsView(View):
    """The safety texts in force, and who read and approved them."""

    version = fields.Text(20, required=True)
    approved_by = fields.Text(200, required=True)
    approved_at = fields.Instant(required=True)


class ClinicView(View):
    """A whole clinic."""

    id = fields.Identifier(required=True)
    name = fields.Text(200, required=True)
    phone = fields.Text(NUMBER_LENGTH, required=True)
    emergency_number = fields.Text(NUMBER_LENGTH)
    urgent_care_phone = fields.Text(NUMBER_LENGTH)
    urgent_instructions = fields.Text(1000)
    time_zone = fields.Text(64, required=True)
    default_locale = fields.Text(16, required=True)
    monitored_hours = fields.ListOf(fields.Nested(MonitoredSpanView), MOST_SPANS, required=True)
    closed_days = fields.ListOf(fields.Nested(ClosureView), MOST_CLOSURES, required=True)
    is_open = fields.Flag(required=True, about="Whether somebody looks at alerts now.")
    next_opening_at = fields.Instant(about="Now when open; absent for a clinic without hours.")
    urgent_reply_minutes = fields.Whole(5, 480, required=True)
    attention_reply_minutes = fields.Whole(5, 2400, required=True)
    deputy_id = fields.Identifier()
    owner_of_last_resort_id = fields.Identifier()
    safety_texts = fields.Nested(ApprovedTextsView)
    lacks = fields.ListOf(
        fields.Text(100), 10, required=True, about="What is missing before patients may come in."
    )
    members = fields.ListOf(fields.Nested(MemberView), MOST_MEMBERS, required=True)
    version = fields.Whole(1, INT32, required=True)


class HandOverView(View):
    """What changed hands in this call; a repeated one finds nothing left."""

    member = fields.Nested(MemberView, required=True)
    patient_count = fields.Whole(0, INT32, required=True)
    alert_count = fields.Whole(0, INT32, required=True)
    appointment_count = fields.Whole(0, INT32, required=True)
    overlapping_appointment_ids = fields.ListOf(
        fields.Identifier(),
        MOST_PATIENTS,
        required=True,
        about="At these times the new therapist is expected elsewhere too; people sort it out.",
    )


class LeaveView(View):
    """When somebody is away, and who covers."""

    id = fields.Identifier(required=True)
    member_id = fields.Identifier(required=True)
    cover_id = fields.Identifier(required=True)
    starts_at = fields.Instant(required=True)
    ends_at = fields.Instant(required=True)
    created_at = fields.Instant(required=True)
    cancelled_at = fields.Instant()


class LeaveQuery(PageQuery):
    """Which leaves."""

    ends_from = fields.Instant(about="Inclusive; now by default, so that what is over is left out.")


class LeaveParameters(PageParameters, total=False):
    """Which leaves, as they are read."""

    ends_from: datetime


LeavePageView = page_of(LeaveView)
