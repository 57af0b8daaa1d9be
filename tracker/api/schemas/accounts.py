"""Signing in and one's own account on the wire."""

from typing import NotRequired, TypedDict

from marshmallow import ValidationError, validates_schema

from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import Body, View
from tracker.api.schemas.home import ZONE_DIFFERS_ABOUT, ClinicSummaryView
from tracker.api.schemas.preferences import ConsentCreate, ConsentView, ReminderPreferencesView
from tracker.people.passwords import MAXIMUM_LENGTH
from tracker.people.rules.access import Role
from tracker.people.vocabulary import ConsentKind

GRANTS = {"password": ("email", "password"), "refresh_token": ("refresh_token",)}


class TokenRequest(Body):
    """What is exchanged for tokens: a password, or the refresh token of the pair before."""

    grant_type = fields.Vocabulary(GRANTS, required=True)
    installation_id = fields.Text(
        64, min_length=1, required=True, about="Made by the app when it is installed."
    )
    email = fields.Email(about="Needed with a password.")
    password = fields.Text(MAXIMUM_LENGTH, min_length=1)
    refresh_token = fields.Text(512, min_length=1, about="Good for one exchange.")

    @validates_schema(skip_on_field_errors=True)
    def check_grant(self, values: "TokenBody", **_marshmallow: object) -> None:
        """Ask for what the kind of grant needs."""
        missing = [name for name in GRANTS[values["grant_type"]] if values.get(name) is None]
        if missing:
            raise ValidationError({name: ["required|This is needed."] for name in missing})


class TokenBody(TypedDict):
    """What is exchanged for tokens, as it is read."""

    grant_type: str
    installation_id: str
    email: NotRequired[str]
    password: NotRequired[str]
    refresh_token: NotRequired[str]


class ActivationRequest(Body):
    """A code from the clinic, and what the patient says when they start."""

    code = fields.Text(
        64, min_length=1, required=True, about="Case, spaces and hyphens do not matter.", example="7FKM-9QXA"
    )
    installation_id = fields.Text(
        64, min_length=1, required=True, about="Made by the app when it is installed."
    )
    locale = fields.Locale(required=True)
    time_zone = fields.Zone(required=True, example="Europe/Berlin")
    consents = fields.ListOf(
        fields.Nested(ConsentCreate),
        len(ConsentKind),
        required=True,
        about="Processing and sharing must be granted; each kind once.",
    )


class MeUpdate(Body):
    """What changes about the caller; what is absent stays."""

    display_name = fields.Text(200, min_length=1, about="Staff only; a patient's name is kept by the clinic.")
    locale = fields.Locale()
    time_zone = fields.Zone(about="A patient confirms a new zone here; reminders of local hours follow.")
    phone = fields.Phone(
        about='Patients only: where text messages go, as E.164 writes it; "" removes it.',
        example="+493012345678",
    )


class MeView(View):
    """The caller: who they are, what they agreed to, and whom to call."""

    id = fields.Identifier(required=True)
    role = fields.Vocabulary(Role, closed=False, required=True)
    display_name = fields.Text(200, required=True)
    locale = fields.Locale(required=True)
    time_zone = fields.Zone(required=True)
    time_zone_differs = fields.Flag(about=f"There for patients. {ZONE_DIFFERS_ABOUT}")
    clinic = fields.Nested(ClinicSummaryView, required=True)
    account_status = fields.Vocabulary(["active"], closed=False, required=True)
    email = fields.Email()
    phone = fields.Phone(about="Where a patient's text messages go.")
    patient_id = fields.Identifier(about="There for patients.")
    consents = fields.ListOf(
        fields.Nested(ConsentView), len(ConsentKind), required=True, about="The newest word on each kind."
    )
    reminder_preferences = fields.Nested(ReminderPreferencesView)
    version = fields.Whole(1, INT32, required=True)


class TokenPairView(View):
    """What a client signs its requests with; only hashes of it are stored here."""

    access_token = fields.Text(512, required=True)
    token_type = fields.Vocabulary(["Bearer"], closed=False, required=True)
    expires_in_seconds = fields.Whole(1, INT32, required=True, about="Life of the access token.")
    refresh_token = fields.Text(
        512, required=True, about="Exchange it once; a second use later than 30 s ends the sign-in."
    )
    me = fields.Nested(MeView, required=True)
