"""A patient asks to be contacted, or says that something worries them."""

from tracker import clock
from tracker.api.schemas.check_ins import ContactRequestCreate, ContactRequestView
from tracker.api.wire import Blueprint, Reply
from tracker.checkins.rules.bodies import ContactRequestBody
from tracker.db import transaction
from tracker.people import patients
from tracker.people.rules.access import Actor, Permission
from tracker.recovery import contact_requests

blueprint = Blueprint("contact-requests", "A patient's wish to be contacted, and their worries.")


@blueprint.operation(
    "requestContact",
    "POST",
    "/v1/contact-requests",
    Permission.REQUEST_CONTACT,
    body=ContactRequestCreate,
    returns=ContactRequestView,
    status=201,
    key="required",
    example={
        "kind": "contact_me",
        "can_wait": False,
        "message": "May I go swimming?",
        "requested_at": "2026-03-03T09:00:00Z",
        "time_zone": "Europe/Berlin",
    },
)
def request_contact(actor: Actor, body: ContactRequestBody, key: str) -> Reply[object]:
    """Ask to be contacted, or tell of a worry; the therapist is told, and the answer says when they look.

    It is not for emergencies: what could be one is a red-flag report, which is answered with what to do now.
    """
    with transaction():
        made, repeated = contact_requests.request_contact(
            actor, patients.own_patient_id(actor, None), key, body, clock.now()
        )
    return Reply(data=made, replayed=repeated)
