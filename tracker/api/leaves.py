"""Leave of staff: entered with a cover, listed, ended."""

from typing import Protocol
from uuid import UUID

from tracker import clock
from tracker.api.cursors import ByTime, Page, decode, page
from tracker.api.schemas.clinics import LeaveCreate, LeavePageView, LeaveParameters, LeaveQuery, LeaveView
from tracker.api.wire import Blueprint, Reply, Shown
from tracker.db import transaction
from tracker.errors import NotFound
from tracker.people import leaves
from tracker.people.rules.access import Actor, Permission
from tracker.practice.leaves import cancel, enter
from tracker.practice.rules.bodies import LeaveBody

blueprint = Blueprint("leaves", "When somebody is away, and who covers.")


class _Leave(Protocol):
    account_id: UUID


EXAMPLE = {
    "cover_id": "019a8b7e-2c1d-7e3f-8a4b-5c6d7e8f9a0b",
    "starts_at": "2026-12-20T23:00:00Z",
    "ends_at": "2027-01-03T23:00:00Z",
}


@blueprint.operation(
    "listLeaves",
    "GET",
    "/v1/clinics/<clinic_id>/leaves",
    Permission.READ_CLINIC,
    query=LeaveQuery,
    returns=LeavePageView,
)
def list_leaves(actor: Actor, clinic_id: UUID, query: LeaveParameters) -> Page[Shown]:
    """List who is away and will be, the first to come back first."""
    after = decode(query.get("cursor"), ByTime)
    if actor.clinic_id != clinic_id:
        raise NotFound
    rows = leaves.list_leaves(clinic_id, query["limit"], after, query.get("ends_from") or clock.now())
    return page(rows, query["limit"], _view, lambda row: (row.ends_at, row.id))


@blueprint.operation(
    "createLeave",
    "POST",
    "/v1/clinics/<clinic_id>/leaves",
    Permission.PLAN_LEAVE,
    body=LeaveCreate,
    returns=LeaveView,
    status=201,
    key="required",
    errors=(409,),
    example=EXAMPLE,
    about="Therapists enter their own; who administers the clinic, everybody's. Meanwhile the cover sees the "
    "patients, new alerts are theirs, and messages about open ones go to them.",
)
def create_leave(actor: Actor, clinic_id: UUID, body: LeaveBody, key: str) -> Reply[Shown]:
    """Enter a leave with somebody who covers."""
    with transaction():
        leave, repeated = enter(actor, clinic_id, key, body, clock.now())
    return Reply(data=_view(leave), replayed=repeated)


@blueprint.operation(
    "cancelLeave",
    "DELETE",
    "/v1/clinics/<clinic_id>/leaves/<leave_id>",
    Permission.PLAN_LEAVE,
    status=204,
    errors=(409,),
)
def cancel_leave(actor: Actor, clinic_id: UUID, leave_id: UUID) -> None:
    """End a leave at once, or let it never begin; what its cover still owned goes back."""
    with transaction():
        cancel(actor, clinic_id, leave_id, clock.now())


def _view(leave: _Leave) -> Shown:
    return Shown(leave, member_id=leave.account_id)
