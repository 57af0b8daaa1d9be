"""Activation: a code from the clinic lets a patient in, once."""

from tracker import clock
from tracker.api.schemas.accounts import ActivationRequest, TokenPairView
from tracker.api.tokens import caller_address, lives, require_attempt, view_pair
from tracker.api.wire import Blueprint, Shown
from tracker.db import transaction
from tracker.people import invitations, throttle
from tracker.people.rules.bodies import ActivationBody
from tracker.people.vocabulary import CONSENT_DOCUMENT_VERSION
from tracker.recovery import participation

blueprint = Blueprint("activations", "How a patient comes in.")

EXAMPLE = {
    "code": "7FKM-9QXA",
    "installation_id": "5b1f3f0e-6f0a-4b0e-9d57-2f1d8c0a7b11",
    "locale": "en",
    "time_zone": "Europe/Berlin",
    "consents": [
        {"kind": kind, "document_version": CONSENT_DOCUMENT_VERSION, "status": "granted"}
        for kind in ("data_processing", "share_with_clinic")
    ],
}


@blueprint.operation(
    "activateAccount",
    "POST",
    "/v1/activations",
    None,
    body=ActivationRequest,
    returns=TokenPairView,
    status=201,
    errors=(409, 410),
    example=EXAMPLE,
    about=(
        "Exchange the code of an invitation for tokens. The same installation gets the same tokens again for ten "
        "minutes. Codes that are unknown, used, revoked or expired are answered alike. Attempts are counted per "
        "network address."
    ),
)
def activate_account(body: ActivationBody) -> Shown:
    """Come in with the code from the clinic."""
    limits = throttle.activation_limits(caller_address())
    require_attempt(limits)
    with transaction():
        invitation = invitations.find_invitation(body["code"])
        if invitation is None:
            raise invitations.code_is_over()
        pair = participation.activate(invitation, body, lives(), clock.now())
        throttle.give_back(limits)
    return view_pair(pair)
