"""How sessions went: hour by hour, one beside the other, and before the next visit."""

from uuid import UUID

from tracker import clock
from tracker.api.arguments import locale_for
from tracker.api.cursors import ByTime, Page, decode, page
from tracker.api.outcome_views import view_result, view_summary, view_trajectory
from tracker.api.schemas.common import PageParameters
from tracker.api.schemas.outcomes import OutcomeQuery, SessionResultPageView, TrajectoryView, VisitSummaryView
from tracker.api.wire import Blueprint
from tracker.db import transaction
from tracker.outcomes.trajectories import list_results, read_trajectory
from tracker.outcomes.visit_summary import read_summary
from tracker.people import patients, trail
from tracker.people.rules.access import Actor, Permission
from tracker.sessions import service as sessions

blueprint = Blueprint("courses", "How sessions went, and what that says for the next one.")


@blueprint.operation(
    "getTrajectory",
    "GET",
    "/v1/sessions/<session_id>/trajectory",
    Permission.READ_SESSIONS,
    returns=TrajectoryView,
    conditional=True,
)
def get_trajectory(actor: Actor, session_id: UUID) -> dict[str, object]:
    """Read how a session went against the course that the clinic expects; alerts are shown to staff only."""
    now = clock.now()
    with transaction():
        patient = patients.get_visible_patient(actor, sessions.get_patient_id(session_id))
        trail.record_read(actor, "trajectory", session_id, now, patient.id)
        trajectory = read_trajectory(actor, sessions.get_session_of(patient.id, session_id), now)
        return view_trajectory(trajectory, patient.time_zone, now, locale_for(actor, patient))


@blueprint.operation(
    "listOutcomes",
    "GET",
    "/v1/patients/<patient_id>/outcomes",
    Permission.READ_SESSIONS,
    query=OutcomeQuery,
    returns=SessionResultPageView,
)
def list_outcomes(actor: Actor, patient_id: UUID, query: PageParameters) -> Page[dict[str, object]]:
    """List what a patient's sessions came to, newest first: dose beside result, and the response by visit."""
    after = decode(query.get("cursor"), ByTime)
    now = clock.now()
    with transaction():
        patient = patients.get_visible_patient(actor, patient_id)
        trail.record_read(actor, "outcomes", None, now, patient_id)
        results = list_results(actor, patient, query["limit"], after, now)
        return page(
            results,
            query["limit"],
            view_result,
            lambda row: (row.history.session.ended_at, row.history.session.id),
        )


@blueprint.operation(
    "getVisitSummary",
    "GET",
    "/v1/appointments/<appointment_id>/summary",
    Permission.BOOK_APPOINTMENTS,
    returns=VisitSummaryView,
    conditional=True,
)
def get_visit_summary(actor: Actor, appointment_id: UUID) -> dict[str, object]:
    """Read all that matters before a visit: the last session and its result, questions, what was disclosed."""
    now = clock.now()
    with transaction():
        summary = read_summary(actor, appointment_id, now)
        trail.record_read(actor, "visit_summary", appointment_id, now, summary.patient.id)
        return view_summary(summary)
