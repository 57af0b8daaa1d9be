"""What a request about running a clinic holds once it has been read.

A member that was null counts as not sent, so an optional one is there with its value or not there at all.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NotRequired, TypedDict, cast
from uuid import UUID

Nothing = Literal[""]  # takes back what is there


class MonitoredSpan(TypedDict):
    """A part of one weekday in which somebody looks at alerts."""

    weekday: str
    opens: str
    closes: str


class Closure(TypedDict):
    """Days on which nobody is there."""

    first_day: date
    last_day: date
    name: NotRequired[str]


class ClinicBody(TypedDict, total=False):
    """What changes about a clinic; lists are replaced whole."""

    name: str
    phone: str
    emergency_number: str
    urgent_care_phone: str
    urgent_instructions: str
    time_zone: str
    default_locale: str
    monitored_hours: Sequence[MonitoredSpan]
    closed_days: Sequence[Closure]
    urgent_reply_minutes: int
    attention_reply_minutes: int
    deputy_id: UUID | Nothing
    owner_of_last_resort_id: UUID


class MemberBody(TypedDict, total=False):
    """What changes about a member of staff."""

    profession: str
    licence_number: str
    licence_ends_on: date | Nothing
    administers: bool
    active: bool


class ClinicColumns(TypedDict, total=False):
    """What changes of a clinic as it is stored: None for what is taken back, days as text inside lists."""

    name: str
    phone: str
    emergency_number: str
    urgent_care_phone: str
    urgent_instructions: str | None
    time_zone: str
    default_locale: str
    monitored_hours: list[dict[str, str]]
    closed_days: list[dict[str, str]]
    urgent_reply_minutes: int
    attention_reply_minutes: int
    deputy_id: UUID | None
    owner_of_last_resort_id: UUID


class MemberColumns(TypedDict, total=False):
    """What changes of a member of staff as it is stored: None for what is taken back."""

    profession: str | None
    licence_number: str | None
    licence_ends_on: date | None
    administers: bool
    active: bool


class LeaveBody(TypedDict):
    """When somebody is away, and who looks after their patients meanwhile; the caller unless another is named."""

    member_id: NotRequired[UUID]
    cover_id: UUID
    starts_at: datetime
    ends_at: datetime


class RuleNumber(TypedDict):
    """One number of a rule, with where it comes from and who set it."""

    name: str
    value: int
    unit: NotRequired[str]
    source: str
    author: str


class RuleSetting(TypedDict):
    """One rule: whether it is on, and the numbers that differ from the preset's."""

    key: str
    enabled: NotRequired[bool]
    parameters: NotRequired[Sequence[RuleNumber]]


class AdviceWords(TypedDict):
    """The clinic's own words for one kind of advice, in one language."""

    locale: str
    key: str
    title: str
    message: str


class PointSetting(TypedDict):
    """The band at one hour after the session, in points above the baseline."""

    hours: int
    lower: float
    upper: float


class CourseSetting(TypedDict):
    """What the clinic expects of soreness after a session."""

    points: Sequence[PointSetting]
    settled_after_hours: int
    source: str
    author: str


class RulePreviewBody(TypedDict):
    """Rules to be held against the clinic's own past before they are published."""

    days: int
    preset: NotRequired[str]
    alert_rules: NotRequired[Sequence[RuleSetting]]


class ProtocolBody(TypedDict):
    """What a new version of the clinic's protocol says."""

    name: str
    author: str
    note: NotRequired[str]
    preset: NotRequired[str]
    alert_rules: NotRequired[Sequence[RuleSetting]]
    expected_course: NotRequired[CourseSetting]
    advice_texts: NotRequired[Sequence[AdviceWords]]


def columns_of_clinic(body: ClinicBody) -> ClinicColumns:
    """Return what was sent about a clinic as it is stored."""
    columns = _without_empty(body)
    if "monitored_hours" in body:
        columns["monitored_hours"] = _as_text(body["monitored_hours"])
    if "closed_days" in body:
        columns["closed_days"] = _as_text(body["closed_days"])
    return cast(ClinicColumns, columns)  # the names are the body's; what changes of their values is above


def columns_of_member(body: MemberBody) -> MemberColumns:
    """Return what was sent about a member of staff as it is stored."""
    return cast(MemberColumns, _without_empty(body))  # the same members, and None for empty text


def _as_text(entries: Sequence[Mapping[str, object]]) -> list[dict[str, str]]:
    return [{name: str(value) for name, value in entry.items()} for entry in entries]


def _without_empty(body: Mapping[str, object]) -> dict[str, object]:
    return {name: None if value == "" else value for name, value in body.items()}
