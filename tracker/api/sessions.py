"""Treatment sessions: recorded and corrected by therapists, read with their plan by patients too."""

from uuid import UUID

from tracker import clock
from tracker.api.arguments import locale_for
from tracker.api.cursors import ByTime, Page, decode, page
from tracker.api.schemas.sessions import (
    PlanView,
    SessionCreate,
    SessionCreatedView,
    SessionPageView,
    SessionParameters,
    SessionQuery,
    SessionUpdate,
    SessionView,
)
from tracker.api.views import view_plan, view_session
from tracker.api.wire import Blueprint, Reply, Shown
from tracker.db import transaction
from tracker.people import patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor, Permission
from tracker.recovery.sessions import correct_session, record_session
from tracker.sessions import service as sessions
from tracker.sessions.licences import list_unlicensed
from tracker.sessions.rules.bodies import SessionBody, SessionCorrection

blueprint = Blueprint("sessions", "Treatment sessions and the plan that follows from each.")

EXAMPLE = {
    "patient_id": "019a8b7e-2c1d-7e3f-8a4b-5c6d7e8f9a0b",
    "modality": "dry_needling",
    "technique": "deep",
    "body_areas": [{"region": "lower_back", "side": "left", "muscle": "multifidus", "needle_count": 4}],
    "ended_at": "2026-03-02T15:00:00Z",
    "time_zone": "Europe/Berlin",
    "baseline_soreness": 2,
    "usual_pain": 5,
}


@blueprint.operation(
    "createSession",
    "POST",
    "/v1/sessions",
    Permission.RECORD_SESSION,
    body=SessionCreate,
    returns=SessionCreatedView,
    status=201,
    key="required",
    location="/v1/sessions/{session[id]}",
    errors=(404,),
    example=EXAMPLE,
)
def create_session(actor: Actor, body: SessionBody, key: str) -> Reply[dict[str, object]]:
    """Record a session; the answer holds its plan, every window in the patient's local words."""
    now = clock.now()
    with transaction():
        session, repeated = record_session(actor, key, body, now)
        patient = patients.get_visible_patient(actor, session.patient_id)
        plan = view_plan(
            session, sessions.list_tasks(session.id), patient.time_zone, now, locale_for(actor, patient)
        )
        shown = view_session(session, actor, list_unlicensed([session]))
        created: dict[str, object] = {"session": shown, "plan": plan}
    return Reply(data=created, replayed=repeated)


@blueprint.operation(
    "listSessions",
    "GET",
    "/v1/sessions",
    Permission.READ_SESSIONS,
    query=SessionQuery,
    returns=SessionPageView,
    errors=(404,),
)
def list_sessions(actor: Actor, query: SessionParameters) -> Page[Shown]:
    """List the sessions of a patient, newest first."""
    patient_id = patients.own_patient_id(actor, query.get("patient_id"))
    after = decode(query.get("cursor"), ByTime)
    with transaction():
        patients.get_visible_patient(actor, patient_id)
        trail.record_read(actor, "sessions", None, clock.now(), patient_id)
        rows = sessions.list_sessions(
            patient_id, query["limit"], after, query.get("ended_from"), query.get("ended_to")
        )
        unlicensed = list_unlicensed(rows)
        return page(
            rows,
            query["limit"],
            lambda row: view_session(row, actor, unlicensed),
            lambda row: (row.ended_at, row.id),
        )


@blueprint.operation(
    "getSession", "GET", "/v1/sessions/<session_id>", Permission.READ_SESSIONS, returns=SessionView
)
def get_session(actor: Actor, session_id: UUID) -> Shown:
    """Read one session."""
    with transaction():
        patient = _read(actor, session_id, "session")
        session = sessions.get_session_of(patient.id, session_id)
        return view_session(session, actor, list_unlicensed([session]))


@blueprint.operation(
    "updateSession",
    "PATCH",
    "/v1/sessions/<session_id>",
    Permission.RECORD_SESSION,
    body=SessionUpdate,
    returns=SessionView,
    if_match=True,
    example={"baseline_soreness": 3},
)
def update_session(actor: Actor, session_id: UUID, body: SessionCorrection, version: int) -> Shown:
    """Correct a session: open tasks and unsent prompts move with it, answered ones stay."""
    with transaction():
        session = correct_session(actor, session_id, version, body, clock.now())
        return view_session(session, actor, list_unlicensed([session]))


@blueprint.operation(
    "getPlan",
    "GET",
    "/v1/sessions/<session_id>/plan",
    Permission.READ_SESSIONS,
    returns=PlanView,
    conditional=True,
)
def get_plan(actor: Actor, session_id: UUID) -> dict[str, object]:
    """Read the plan of a session with every window in the patient's local words."""
    with transaction():
        patient = _read(actor, session_id, "plan")
        session = sessions.get_session_of(patient.id, session_id)
        tasks, locale = sessions.list_tasks(session.id), locale_for(actor, patient)
        return view_plan(session, tasks, patient.time_zone, clock.now(), locale)


def _read(actor: Actor, session_id: UUID, kind: str) -> PatientFacts:
    """Return whose session it is, for those who may see it, and write down that it was read."""
    patient = patients.get_visible_patient(actor, sessions.get_patient_id(session_id))
    trail.record_read(actor, kind, session_id, clock.now(), patient.id)
    return patient
