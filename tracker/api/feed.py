"""The patient's feed of changes: at least once, in order, nothing skipped."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from tracker import clock
from tracker.api.cursors import PageParameters, decode, encode
from tracker.api.problems import Unreadable
from tracker.api.schemas.common import PageQuery
from tracker.api.schemas.feed import ChangePageView
from tracker.api.views import view_appointment, view_check_in, view_plan, view_reminder, view_session
from tracker.api.wire import Blueprint
from tracker.errors import Gone
from tracker.outcomes.feed import FeedItem, FeedRows, find_epoch, list_changes, read_rows
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor, Permission

blueprint = Blueprint("changes", "What changed since a phone last asked.")

POLL_AFTER_SECONDS = 60
_Views = dict[tuple[str, UUID], object]  # by kind and id, what the view of that kind reads


class _Place(NamedTuple):
    seq: int
    kind: str
    id: UUID


class PlaceInFeed(NamedTuple):
    """Where a feed goes on, and which feed it is: whose, in which life of the database."""

    seq: int
    kind: str
    id: UUID
    epoch: UUID
    patient_id: UUID


_START = _Place(0, "", UUID(int=0))


@blueprint.operation(
    "listChanges",
    "GET",
    "/v1/changes",
    Permission.SYNC,
    query=PageQuery,
    returns=ChangePageView,
    errors=(410,),
)
def list_patient_changes(actor: Actor, query: PageParameters) -> dict[str, object]:
    """Read what changed since the cursor, oldest first; a row that changed twice comes once, as it is now."""
    patient = patients.get_visible_patient(actor, patients.own_patient_id(actor, None))
    feed = (find_epoch(), patient.id)
    after = _read_place(query.get("cursor"), feed, patient.sync_seq)
    found = list_changes(patient.id, after, query["limit"])
    shown = found[: query["limit"]]
    last = _Place(shown[-1].sync_seq, shown[-1].kind, shown[-1].id) if shown else after or _START
    views = _view_all(read_rows(shown), patient, actor, clock.now())
    return {
        "items": [_view(change, views) for change in shown],
        "next_cursor": encode(*last, *feed),
        "has_more": len(found) > len(shown),
        "poll_after_seconds": POLL_AFTER_SECONDS,
    }


def _read_place(cursor: str | None, feed: tuple[UUID, UUID], newest: int) -> _Place | None:
    """Return the place of a cursor, None for the first page; raises Gone for a place that says nothing here."""
    if cursor is None:
        return None
    place = _decode(cursor)
    if place is None or (place.epoch, place.patient_id) != feed or place.seq > newest:
        raise Gone(
            "This cursor leads nowhere. Drop what was fetched and fetch it all again, without a cursor.",
            code="cursor_expired",
        )
    return _Place(place.seq, place.kind, place.id)


def _decode(cursor: str) -> PlaceInFeed | None:
    """Return the place of a cursor; None for one of before there were epochs. Raises Unreadable."""
    try:
        return decode(cursor, PlaceInFeed)
    except Unreadable:
        decode(cursor, _Place)  # nobody knows whether a restore lies between
        return None


def _view(change: FeedItem, views: _Views) -> dict[str, object]:
    shown: dict[str, object] = {"kind": change.kind, "id": change.id, "operation": "upsert"}
    if change.deleted:
        return shown | {"operation": "delete"}
    return shown | {change.kind: views[change.kind, change.id]}


def _view_all(rows: FeedRows, patient: PatientFacts, actor: Actor, now: datetime) -> _Views:
    """Show all rows of a page as they are now."""
    views: _Views = {("patient", patient.id): patient}
    for row in rows.check_ins:
        views["check_in", row["id"]] = view_check_in(row)
    for reminder in rows.reminders:
        views["reminder", reminder.id] = view_reminder(reminder, patient.locale)
    for appointment in rows.appointments:
        views["appointment", appointment.id] = view_appointment(appointment, patient.locale)
    for session in rows.sessions:
        tasks = rows.tasks.get(session.id, ())
        views["session", session.id] = view_session(session, actor)
        views["plan", session.id] = view_plan(session, tasks, patient.time_zone, now, patient.locale)
    return views
