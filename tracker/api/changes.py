"""The patient's feed of changes: at least once, in order, nothing skipped."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker import clock
from tracker.api.cursors import decode, encode
from tracker.api.patients import view_patient
from tracker.api.schemas.care import ChangePageView, ChangeQuery
from tracker.api.views import view_check_in, view_plan, view_reminder, view_session
from tracker.api.wire import Blueprint
from tracker.checkins import service as checkins
from tracker.errors import Gone
from tracker.people import service as people
from tracker.people.access import Actor, Permission
from tracker.people.service import PatientFacts
from tracker.recovery.changes import Change, list_changes
from tracker.reminders import service as reminders
from tracker.sessions import service as sessions

blueprint = Blueprint("changes", "What changed since a phone last asked.")

POLL_AFTER_SECONDS = 60


@blueprint.operation(
    "listChanges",
    "GET",
    "/v1/changes",
    Permission.SYNC,
    query=ChangeQuery,
    returns=ChangePageView,
    errors=(410,),
)
def list_patient_changes(actor: Actor, query: dict[str, Any]) -> Any:
    """Read what changed since the cursor, oldest first; a row that changed twice comes once, as it is now."""
    patient = people.get_visible_patient(actor, people.own_patient_id(actor, None))
    after: Any = decode(query.get("cursor"), int, str, UUID)
    if after and after[0] > patient.sync_seq:
        raise Gone(
            "This cursor is ahead of the server. Fetch everything again, without a cursor.",
            code="cursor_expired",
        )
    found = list_changes(patient.id, after, query["limit"])
    shown = found[: query["limit"]]
    last = (shown[-1].sync_seq, shown[-1].kind, shown[-1].id) if shown else after
    now = clock.now()
    return {
        "items": [_view(change, patient, actor, now) for change in shown],
        "next_cursor": encode(*last) if last else encode(0, "", UUID(int=0)),
        "has_more": len(found) > len(shown),
        "poll_after_seconds": POLL_AFTER_SECONDS,
    }


def _view(change: Change, patient: PatientFacts, actor: Actor, now: datetime) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": change.kind, "id": change.id, "operation": "upsert"}
    if change.deleted:
        return shown | {"operation": "delete"}
    read: dict[str, Callable[[], dict[str, Any]]] = {
        "check_in": lambda: view_check_in(checkins.get_check_in(change.id)),
        "patient": lambda: view_patient(patient),
        "plan": lambda: view_plan(
            sessions.get_session_of(patient.id, change.id),
            sessions.list_tasks(change.id),
            patient.time_zone,
            now,
        ),
        "reminder": lambda: view_reminder(reminders.get_reminder_of(patient.id, change.id)),
        "session": lambda: view_session(sessions.get_session_of(patient.id, change.id), actor),
    }
    return shown | {change.kind: read[change.kind]()}
