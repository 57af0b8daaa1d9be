"""Invitations: a therapist lets a patient in."""

from uuid import UUID

from tracker import clock
from tracker.api.cursors import ByTime, Page, PageParameters, decode, page
from tracker.api.schemas.common import PageQuery
from tracker.api.schemas.invitations import InvitationCreate, InvitationPageView, InvitationView
from tracker.api.wire import Blueprint, Reply, Shown, server_settings
from tracker.db import transaction
from tracker.people import invitations, trail
from tracker.people.rules.access import Action, Actor, Permission
from tracker.people.rules.bodies import InvitationBody

blueprint = Blueprint("invitations", "Codes that let patients in.")


@blueprint.operation(
    "createInvitation",
    "POST",
    "/v1/invitations",
    Permission.INVITE_PEOPLE,
    body=InvitationCreate,
    returns=InvitationView,
    status=201,
    key="required",
    errors=(404, 409),
    example={"kind": "patient", "display_name": "Pia", "channel": "email", "address": "pia@example.org"},
    about=(
        "Invite a patient. The answer shows the code and its link once; the same key again shows neither. "
        "A code lasts seven days; a new one for the same patient ends the one before."
    ),
)
def create_invitation(actor: Actor, body: InvitationBody, key: str) -> Reply[Shown]:
    """Invite a patient."""
    now = clock.now()
    with transaction():
        made = invitations.invite(actor, key, body, now)
        if made.code is not None:
            row = made.invitation
            trail.record_deed(actor, Action.CREATE, "invitation", row.id, now, row.patient_id)
    status = invitations.status_of(made.invitation, now)
    if made.code is None:
        return Reply(data=Shown(made.invitation, status=status), replayed=True)
    public_url = server_settings().public_url
    # Behind the #: what a browser, a scanner or a log sees of the link does not hold the code.
    link = f"{public_url}/go/activation#{made.code}"
    return Reply(data=Shown(made.invitation, status=status, activation_code=made.code, activation_link=link))


@blueprint.operation(
    "listInvitations",
    "GET",
    "/v1/invitations",
    Permission.INVITE_PEOPLE,
    query=PageQuery,
    returns=InvitationPageView,
)
def list_invitations(actor: Actor, query: PageParameters) -> Page[Shown]:
    """List the caller's invitations, newest first."""
    after = decode(query.get("cursor"), ByTime)
    now = clock.now()
    with transaction():
        rows = invitations.list_invitations(actor, query["limit"], after)
        trail.record_deed(actor, Action.READ, "invitations", None, now)
    return page(
        rows,
        query["limit"],
        lambda row: Shown(row, status=invitations.status_of(row, now)),
        lambda row: (row.created_at, row.id),
    )


@blueprint.operation(
    "revokeInvitation",
    "DELETE",
    "/v1/invitations/<invitation_id>",
    Permission.INVITE_PEOPLE,
    status=204,
    errors=(409,),
)
def revoke_invitation(actor: Actor, invitation_id: UUID) -> None:
    """End a pending invitation; its code lets nobody in any more."""
    now = clock.now()
    with transaction():
        invitation = invitations.revoke(actor, invitation_id)
        trail.record_deed(actor, Action.DELETE, "invitation", invitation_id, now, invitation.patient_id)
