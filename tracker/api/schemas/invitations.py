"""Invitations on the wire."""

from marshmallow import ValidationError, validates_schema

from tracker.api import fields
from tracker.api.schemas.common import Body, View, page_of
from tracker.people.rules.bodies import InvitationBody
from tracker.people.vocabulary import ContactChannel, InvitationKind, InvitationStatus

STATUSES = (*InvitationStatus, "expired")


class InvitationCreate(Body):
    """Whom to invite, and where reminders go later."""

    kind = fields.Vocabulary(InvitationKind, required=True)
    display_name = fields.Text(200, min_length=1, required=True, about="Name the clinic knows them by.")
    channel = fields.Vocabulary(
        ContactChannel,
        required=True,
        about=(
            "`email`: reminders go to the address. `none`: the patient has no address and is not reminded. "
            "The code itself is not sent: hand it over or show it in the room."
        ),
    )
    address = fields.Email(about="Needed with the channel email; reminders go there.")
    locale = fields.Locale(about="The clinic's by default.")
    patient_id = fields.Identifier(
        about="A patient of the caller's who needs a new code, such as for a new phone; a new patient if absent."
    )

    @validates_schema(skip_on_field_errors=True)
    def check_address(self, values: InvitationBody, **_marshmallow: object) -> None:
        """Ask for an address where one is used, and for none where it is not."""
        given = values.get("address") is not None
        if values["channel"] is ContactChannel.EMAIL and not given:
            raise ValidationError("required|The channel email needs an address.", "address")
        if values["channel"] is ContactChannel.NONE and given:
            raise ValidationError("unknown_field|Leave it out, or choose the channel email.", "address")


class InvitationView(View):
    """An invitation; the code and its link are shown once, to who made it."""

    id = fields.Identifier(required=True)
    kind = fields.Vocabulary(InvitationKind, closed=False, required=True)
    display_name = fields.Text(200, required=True)
    channel = fields.Vocabulary(ContactChannel, closed=False, required=True)
    status = fields.Vocabulary(STATUSES, closed=False, required=True)
    created_at = fields.Instant(required=True)
    expires_at = fields.Instant(required=True)
    patient_id = fields.Identifier()
    activation_code = fields.Text(64, about="Only in the first answer to its creation.", example="7FKM9QXA")
    activation_link = fields.Text(
        500, about="Opens the app with the code, which stands behind # and so reaches no server or scanner."
    )


InvitationPageView = page_of(InvitationView)
