"""The adverse-event register on the wire."""

from datetime import datetime
from typing import NotRequired, TypedDict

from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import Query, View
from tracker.checkins.rules.adverse_events import PER, EventKind
from tracker.checkins.rules.event_counts import SMALLEST_CELL
from tracker.safety.catalogue import BODY_REGIONS
from tracker.sessions.vocabulary import Technique

HOURS = 100_000


class RegisterQuery(Query):
    """Which sessions are counted, by their end."""

    ended_from = fields.Instant(about="Inclusive; by default a year before `ended_to`.")
    ended_to = fields.Instant(about="Exclusive; by default now.")


class RegisterParameters(TypedDict):
    """Which sessions are counted, as it is read."""

    ended_from: NotRequired[datetime]
    ended_to: NotRequired[datetime]


class RateView(View):
    """Sessions with the event per 1,000, with the 95 % interval of Wilson."""

    per_1000 = fields.Number(0, PER, required=True)
    low = fields.Number(0, PER, required=True)
    high = fields.Number(0, PER, required=True)


class EventCountView(View):
    """One kind of event; hours are medians."""

    kind = fields.Vocabulary(EventKind, closed=False, required=True)
    session_count = fields.Whole(0, INT32, required=True, about="Sessions after which it was told of.")
    rate = fields.Nested(RateView, required=True)
    onset_hours = fields.Number(0, HOURS, about="From the session's end until it was first told of.")
    duration_hours = fields.Number(
        0, HOURS, about="From the first to the last time it was told of: a minimum."
    )


class RegisterCellView(View):
    """Sessions of one region and technique; either is absent where all are meant."""

    region = fields.Vocabulary(BODY_REGIONS, closed=False)
    technique = fields.Vocabulary(Technique, closed=False)
    session_count = fields.Whole(0, INT32, required=True)
    heard_count = fields.Whole(
        0, INT32, required=True, about="Sessions after which the patient said anything."
    )
    small = fields.Flag(
        required=True, about=f"Fewer than {SMALLEST_CELL} sessions: events are held back, for privacy."
    )
    events = fields.ListOf(fields.Nested(EventCountView), len(EventKind), required=True)


class RegisterView(View):
    """A clinic's safety numbers, without names and ids; rates are floors, for not everybody answers."""

    ended_from = fields.Instant(required=True)
    ended_to = fields.Instant(required=True)
    cells = fields.ListOf(fields.Nested(RegisterCellView), 1000, required=True)
