"""Check-ins, red-flag reports and advice on the wire; the bounds come from the one table of items."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from tracker import clock
from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import Body, LenientBody, PageParameters, PageQuery, View, page_of
from tracker.checkins.rules.items import (
    ITEMS,
    CheckInItem,
    ItemKind,
    SideEffectCode,
    SideEffectSeverity,
)
from tracker.checkins.rules.moments import ClockQuality
from tracker.checkins.vocabulary import UNKNOWN_ZONE, ContactKind, RecordedBy, Source
from tracker.protocols.expected_course import CoursePosition
from tracker.safety.advice import AdviceLevel
from tracker.safety.catalogue import BODY_REGIONS, CATALOGUE, FlagClass

Field = fields.Whole | fields.Text | fields.ListOf
CODE_LENGTH = 64
NOTE = ITEMS["note"].maximum
POSITION_ABOUT = (
    "Soreness against the course that the clinic expects after a session: a setting of the clinic, not a norm. "
    "Absent without a baseline."
)


class SideEffectBody(Body):
    """A harmless effect that the patient noticed."""

    code = fields.Vocabulary(SideEffectCode, required=True)
    severity = fields.Vocabulary(SideEffectSeverity, required=True)
    region = fields.Vocabulary(BODY_REGIONS)
    note = fields.Text(500)


class SideEffectView(View):
    """A harmless effect that the patient noticed."""

    code = fields.Vocabulary(SideEffectCode, closed=False, required=True)
    severity = fields.Vocabulary(SideEffectSeverity, closed=False, required=True)
    region = fields.Vocabulary(BODY_REGIONS, closed=False)
    note = fields.Text(500)


def _field(item: CheckInItem, *, asked: bool) -> Field:
    """Return the field of an item: as it is asked, with what is meant, or as it is shown."""
    about = item.about if asked else ""
    match item.kind:
        case ItemKind.SCALE | ItemKind.WHOLE:
            return fields.Whole(item.minimum, item.maximum, about=about)
        case ItemKind.NUMBER:
            return fields.Number(item.minimum, item.maximum, about=about)
        case ItemKind.CHOICE:
            return fields.Vocabulary(item.codes, closed=asked, about=about)
        case ItemKind.CODES:
            return fields.ListOf(fields.Vocabulary(item.codes, closed=asked), item.maximum, about=about)
        case ItemKind.TEXT:
            return fields.Text(item.maximum, about=about)


def _items(*, asked: bool) -> dict[str, Field]:
    """Return the fields of all items; side effects are objects, and a red flag may be one that nobody knows."""
    effects, flags = ITEMS["side_effects"], ITEMS["red_flags"]
    own: dict[str, Field] = {
        effects.key: fields.ListOf(
            fields.Nested(SideEffectBody if asked else SideEffectView), effects.maximum, required=not asked
        ),
        flags.key: fields.ListOf(
            fields.Text(CODE_LENGTH, min_length=int(asked)), flags.maximum, about=flags.about
        ),
    }
    return {key: own.get(key) or _field(item, asked=asked) for key, item in ITEMS.items()}


class CheckInUpdate(Body):
    """What may be changed of a check-in; members that are absent or null stay as they are."""

    # The names of a class body: each item of the table is a field.
    locals().update(_items(asked=True))

    def salvage(self, raw: Mapping[str, object], faulty: Collection[str]) -> dict[str, object] | None:
        """Return what can be read of a body that ticks a red flag, which is never refused; else None."""
        ticked = raw.get("red_flags")
        if not ticked:
            return None
        rest = {name: value for name, value in raw.items() if name not in faulty}
        return rest | {"red_flags": _codes_in(ticked) if "red_flags" in faulty else ticked}


class CheckInCreate(CheckInUpdate):
    """One answer at one moment; every item is optional."""

    recorded_at = fields.Instant(required=True, about="When it was felt, by the device's clock.")
    sent_at = fields.Instant(about="The device's clock at upload; with it a wrong clock is corrected.")
    time_zone = fields.Zone(required=True)
    patient_id = fields.Identifier(about="Required for staff who enter what a patient says.")
    session_id = fields.Identifier(about="By default the latest session that had ended.")
    source = fields.Vocabulary(Source)

    def salvage(self, raw: Mapping[str, object], faulty: Collection[str]) -> dict[str, object] | None:
        """Return what can be read of a tick; a time that cannot is now, a zone that cannot is UTC."""
        rest = super().salvage(raw, faulty)
        return rest and {"recorded_at": clock.now().isoformat(), "time_zone": UNKNOWN_ZONE} | rest


class AdviceActionView(View):
    """One thing to tap."""

    kind = fields.Vocabulary(["call", "message", "open_link"], closed=False, required=True)
    label = fields.Text(200, required=True)
    value = fields.Text(200, required=True)


class AdviceView(View):
    """What the patient should do now, in the words that their clinic approved."""

    level = fields.Vocabulary(AdviceLevel, closed=False, required=True)
    title = fields.Text(200, required=True)
    message = fields.Text(4000, required=True)
    locale = fields.Text(16, required=True)
    watched = fields.Text(1000, required=True, about="Who looks and when, and what to do instead of waiting.")
    actions = fields.ListOf(fields.Nested(AdviceActionView), 10, required=True)
    rule_key = fields.Text(64)
    course = fields.Text(500, about="Where the answer stands against what the clinic expects at this time.")


class CheckInView(View):
    """A check-in with what followed from it."""

    id = fields.Identifier(required=True)
    patient_id = fields.Identifier(required=True)
    session_id = fields.Identifier()
    recorded_at = fields.Instant(required=True, about="After correction of the device's clock.")
    received_at = fields.Instant(required=True)
    clock_quality = fields.Vocabulary(ClockQuality, closed=False, required=True)
    time_zone = fields.Text(64, required=True)
    local_date = fields.CivilDate(required=True)
    recorded_by = fields.Vocabulary(RecordedBy, closed=False, required=True)
    source = fields.Vocabulary(Source, closed=False, required=True)
    locals().update(_items(asked=False))
    completed_plan_task_ids = fields.ListOf(fields.Identifier(), 100, required=True)
    hours_since_session = fields.Number(0, 100_000)
    course_position = fields.Vocabulary(CoursePosition, closed=False, about=POSITION_ABOUT)
    advice = fields.Nested(AdviceView, required=True)
    amended = fields.Flag(required=True)
    version = fields.Whole(1, INT32, required=True)


class CheckInQuery(PageQuery):
    """Which check-ins."""

    patient_id = fields.Identifier(about="Required for staff; a patient's own by default.")
    session_id = fields.Identifier(about="Only those that belong to this session.")
    recorded_from = fields.Instant(about="Inclusive.")
    recorded_to = fields.Instant(about="Exclusive.")


class CheckInParameters(PageParameters, total=False):
    """Which check-ins, as they are read."""

    patient_id: UUID
    session_id: UUID
    recorded_from: datetime
    recorded_to: datetime


CheckInPageView = page_of(CheckInView)


def _codes_in(value: object) -> list[str]:
    """Return the known codes in what is no list of codes, and one unknown, which is taken for an emergency."""
    given = [
        member for member in (value if isinstance(value, list | dict) else [value]) if isinstance(member, str)
    ]
    return [*(code for code in CATALOGUE if code in given), "unreadable"]


class RedFlagReportCreate(LenientBody):
    """A report that is never refused: what cannot be read counts as not sent."""

    symptoms = fields.Lenient(
        fields.ListOf(
            fields.Lenient(fields.Text(CODE_LENGTH, min_length=1), lambda _value: "unreadable"), 50
        ),
        _codes_in,
    )
    reported_at = fields.Lenient(fields.Instant())
    sent_at = fields.Lenient(fields.Instant())
    time_zone = fields.Lenient(fields.Zone())
    session_id = fields.Lenient(fields.Identifier())
    note = fields.Lenient(fields.Text(NOTE), lambda value: str(value)[:NOTE])
    callback_phone = fields.Lenient(fields.Text(40), lambda value: str(value)[:40])


class RedFlagReportView(View):
    """A report with the advice that belongs to it."""

    id = fields.Identifier(required=True)
    patient_id = fields.Identifier(required=True)
    session_id = fields.Identifier()
    symptoms = fields.ListOf(fields.Text(CODE_LENGTH), 50, required=True)
    reported_at = fields.Instant(required=True)
    received_at = fields.Instant(required=True)
    alert_ids = fields.ListOf(fields.Identifier(), 50, required=True)
    advice = fields.Nested(AdviceView, required=True)
    note = fields.Text(NOTE)


class ContactRequestCreate(Body):
    """A wish to be contacted, or a worry; nobody reads it right away, and no rule reads the words."""

    kind = fields.Vocabulary(ContactKind, required=True)
    can_wait = fields.Flag(about="Can it wait until the next visit? Not answered, it cannot.")
    message = fields.Text(NOTE, about="Read in clinic hours.")
    callback_phone = fields.Text(40)
    requested_at = fields.Instant(required=True)
    sent_at = fields.Instant(about="The device's clock at upload; with it a wrong clock is corrected.")
    time_zone = fields.Zone(required=True)


class ContactRequestView(View):
    """A request with the answer that belongs to it."""

    id = fields.Identifier(required=True)
    patient_id = fields.Identifier(required=True)
    session_id = fields.Identifier()
    kind = fields.Vocabulary(ContactKind, closed=False, required=True)
    can_wait = fields.Flag()
    message = fields.Text(NOTE)
    callback_phone = fields.Text(40)
    requested_at = fields.Instant(required=True)
    received_at = fields.Instant(required=True)
    advice = fields.Nested(AdviceView, required=True)


class RedFlagView(View):
    """One warning sign that can be ticked, with the advice to show at once."""

    code = fields.Text(CODE_LENGTH, required=True, example=next(iter(CATALOGUE)))
    label = fields.Text(300, required=True)
    severity = fields.Vocabulary(FlagClass, closed=False, required=True)
    asked_first = fields.Flag(required=True, about="It belongs to what was needled, or to this day after it.")
    advice = fields.Nested(AdviceView, required=True)


class RedFlagScreenView(View):
    """The whole screen with all its texts, so that a phone can answer offline; `several` is shown for many ticks."""

    version = fields.Text(20, required=True, about="Version of the safety texts.")
    locale = fields.Text(16, required=True)
    question = fields.Text(300, required=True)
    none_label = fields.Text(100, required=True)
    approved_by = fields.Text(200, about="Who approved the texts for the clinic.")
    approved_at = fields.Instant()
    items = fields.ListOf(fields.Nested(RedFlagView), 100, required=True)
    several = fields.Nested(AdviceView, required=True)
    emergency_notice = fields.Text(2000, required=True)
    contact = fields.MapOf(
        {"type": "string", "maxLength": 300}, required=True, about="Words for asking to be contacted, by key."
    )
    soreness_question = fields.Text(500, required=True)
    note_hint = fields.Text(500, required=True)
