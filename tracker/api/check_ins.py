"""Check-ins: one answer at one moment, with everything that follows from it in the same transaction."""

from uuid import UUID

from tracker import clock, ids
from tracker.api.cursors import ByTime, Page, decode, page
from tracker.api.schemas.check_ins import (
    CheckInCreate,
    CheckInPageView,
    CheckInParameters,
    CheckInQuery,
    CheckInUpdate,
    CheckInView,
)
from tracker.api.views import view_check_in
from tracker.api.wire import Blueprint, Reply, ready
from tracker.checkins import service as checkins
from tracker.checkins.rules.bodies import CheckInAmendment, CheckInBody
from tracker.checkins.service import ShownCheckIn
from tracker.db import transaction
from tracker.people import patients, trail
from tracker.people.rules.access import Actor, Permission
from tracker.recovery import amendments, check_ins, deletions

blueprint = Blueprint("check-ins", "What a patient says at one moment, and what follows from it.")

EXAMPLE = {
    "recorded_at": "2026-03-03T15:10:00Z",
    "time_zone": "Europe/Berlin",
    "soreness": 3,
    "stiffness": 2,
    "hydration_ml": 500,
    "red_flags": [],
}


@blueprint.operation(
    "createCheckIn",
    "POST",
    "/v1/check-ins",
    Permission.LOG_CHECK_IN,
    body=CheckInCreate,
    returns=CheckInView,
    status=201,
    key="required",
    location="/v1/check-ins/{id}",
    errors=(404,),
    example=EXAMPLE,
)
def create_check_in(actor: Actor, body: CheckInBody, key: str | None) -> Reply[dict[str, object]]:
    """Log how the patient feels, and tell the therapist if it matters; the answer says what to do.

    It needs an Idempotency-Key, unless it ticks a warning sign: that is taken without one too.
    """
    # It stays in the body: a key that was used for one patient must not answer for another.
    patient_id = body["patient_id"] = patients.own_patient_id(actor, body.get("patient_id"))
    with transaction():
        row, repeated = check_ins.log_check_in(actor, patient_id, key or str(ids.new_id()), body, clock.now())
    return Reply(data=_shown(row), ready=True, replayed=repeated)


@blueprint.operation(
    "listCheckIns",
    "GET",
    "/v1/check-ins",
    Permission.READ_CHECK_INS,
    query=CheckInQuery,
    returns=CheckInPageView,
    errors=(404,),
)
def list_check_ins(actor: Actor, query: CheckInParameters) -> Reply[Page[dict[str, object]]]:
    """List the check-ins of a patient, newest first."""
    patient_id = patients.own_patient_id(actor, query.get("patient_id"))
    after = decode(query.get("cursor"), ByTime)
    if actor.is_staff:
        with transaction():
            trail.read_patient(actor, patient_id, "check_ins", None, clock.now())
    rows = checkins.list_check_ins(
        patient_id,
        query["limit"],
        after,
        query.get("session_id"),
        query.get("recorded_from"),
        query.get("recorded_to"),
    )
    return ready(page(rows, query["limit"], _shown, lambda row: (row["recorded_at"], row["id"])))


@blueprint.operation(
    "getCheckIn",
    "GET",
    "/v1/check-ins/<check_in_id>",
    Permission.READ_CHECK_INS,
    returns=CheckInView,
    conditional=True,
)
def get_check_in(actor: Actor, check_in_id: UUID) -> dict[str, object]:
    """Read one check-in."""
    with transaction():
        row = checkins.get_check_in(check_in_id)
        trail.read_patient(actor, row["patient_id"], "check_in", check_in_id, clock.now())
    return view_check_in(row)


@blueprint.operation(
    "amendCheckIn",
    "PATCH",
    "/v1/check-ins/<check_in_id>",
    Permission.LOG_CHECK_IN,
    body=CheckInUpdate,
    returns=CheckInView,
    if_match=True,
    about="Change what a check-in says: a patient for 48 hours, staff at any time. The alert rules look again. "
    "A red flag that is newly ticked is always taken: after 48 hours too, and from an old version or none, then "
    "without the rest; one that is no longer ticked stays on its alert until a person closes it.",
    example={"soreness": 3},
)
def amend_check_in(
    actor: Actor, check_in_id: UUID, body: CheckInAmendment, version: int
) -> dict[str, object]:
    """Change what a check-in says."""
    with transaction():
        return _shown(amendments.amend_check_in(actor, check_in_id, version, body, clock.now()))


@blueprint.operation(
    "deleteCheckIn",
    "DELETE",
    "/v1/check-ins/<check_in_id>",
    Permission.DELETE_CHECK_IN,
    status=204,
    errors=(409,),
    about="Delete what the patient wrote down, at any time; again it changes nothing. Alerts that rest on it are "
    "withdrawn, which stays visible; a red flag that it reported stays until a person closes it.",
)
def delete_check_in(actor: Actor, check_in_id: UUID) -> None:
    """Delete a check-in."""
    with transaction():
        deletions.delete_check_in(actor, check_in_id, clock.now())


def _shown(row: ShownCheckIn) -> dict[str, object]:
    """Show a row without marshmallow; a test holds it equal to what CheckInView().dump shows."""
    return {name: value for name, value in view_check_in(row).items() if value is not None}
